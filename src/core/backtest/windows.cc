#include "core/backtest/windows.h"

#include <set>
#include <utility>

namespace kai::core {
namespace {

// Of each service; none when one of them has two.
std::map<std::uint32_t, std::string> versions_in(const PastInterval& interval) {
  std::map<std::uint32_t, std::string> versions;
  for (const PodPast& pod : interval.pods) {
    const auto known = versions.try_emplace(pod.service, pod.version).first;
    if (known->second != pod.version) return {};
  }
  return versions;
}

}  // namespace

bool Windows::add(PastInterval interval) {
  if (std::exchange(whole_, false)) keep_window();
  if (!is_seen(interval)) {
    std::size_t& reason = interval.warming ? left_out_.warm_up : left_out_.gap;
    missed_ += 1;
    if (missed_ > missed_intervals_max) give_up(reason);
    if (window_.empty()) {
      reason += 1;
    } else {
      window_.emplace_back();
    }
  } else {
    missed_ = 0;
    if (begins_version(interval)) {
      give_up(left_out_.deploy);
      before_.clear();
      left_out_.deploy += 1;
      if (!versions_->empty()) before_.push_back(std::move(interval));
      return false;
    }
    if (before_.size() < lengths_.learn_min) {
      learn(std::move(interval), left_out_.learning);
    } else if (to_skip_ > 0) {
      to_skip_ -= 1;
      learn(std::move(interval), left_out_.apart);
    } else {
      window_.push_back(std::move(interval));
    }
  }
  whole_ = window_.size() == lengths_.window;
  if (whole_) to_skip_ = lengths_.apart;
  return whole_;
}

bool Windows::is_seen(const PastInterval& interval) const {
  std::set<std::uint32_t> services;
  for (const PodPast& pod : interval.pods) services.insert(pod.service);
  return services.size() >= lengths_.services;
}

// Two versions side by side, or another one than before.
bool Windows::begins_version(const PastInterval& interval) {
  auto now = versions_in(interval);
  const bool same = !now.empty() && (!versions_ || *versions_ == now);
  versions_ = std::move(now);
  return !same;
}

void Windows::learn(PastInterval interval, std::size_t& reason) {
  reason += 1;
  before_.push_back(std::move(interval));
  while (before_.size() > lengths_.learn_max) before_.pop_front();
}

// What a disturbance cuts short is no window; what was seen of it is learned from all the same.
void Windows::give_up(std::size_t& reason) {
  reason += window_.size();
  keep_window();
}

void Windows::keep_window() {
  for (PastInterval& interval : window_) {
    if (!interval.pods.empty()) before_.push_back(std::move(interval));
  }
  window_.clear();
  while (before_.size() > lengths_.learn_max) before_.pop_front();
}

LeftOut Windows::left_out() const {
  LeftOut all = left_out_;
  if (!whole_) all.rest += window_.size();
  return all;
}

}  // namespace kai::core
