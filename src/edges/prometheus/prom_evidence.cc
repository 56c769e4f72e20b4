#include "edges/prometheus/prom_evidence.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr Duration window_slack = std::chrono::seconds(2);
constexpr Duration window_max = std::chrono::hours(1);
constexpr Duration base_kept = std::chrono::hours(1);
constexpr int scrapes_fresh_max = 2;
constexpr std::size_t fresh_percent_min = 90;

using SeriesOfPods = std::map<std::string, std::vector<const PromSeries*>>;

// By the value of the pod label; of an address, the part before its port.
SeriesOfPods sort_series(const PromPodLabel& label, const std::vector<PromSeries>& series) {
  SeriesOfPods sorted;
  for (const PromSeries& one : series) {
    std::string value(one.label(label.name));
    if (label.by_address) value = value.substr(0, value.rfind(':') + 1);
    sorted[value].push_back(&one);
  }
  return sorted;
}

bool has_requests(const std::vector<const PromSeries*>& series, const PromFamily& family) {
  return std::ranges::any_of(
      series, [&](const PromSeries* one) { return one->label("__name__") == family.requests; });
}

class Digest {
 public:
  Digest(const PromPlan& plan, const std::vector<ports::PodTarget>& pods,
         const std::vector<PromSeries>& series, PromCounters& counters, PromView view)
      : plan_(plan),
        pods_(pods),
        sorted_(sort_series(plan.pod_label, series)),
        counters_(counters),
        view_(view) {}

  Result<ports::Counters> digest(const PromMoment& moment) {
    for (const ports::PodTarget& pod : pods_) {
      if (auto taken = take(pod); !taken) return std::unexpected(taken.error());
    }
    counted_.source_now = moment.now;
    counted_.arms_apart = are_arms_apart();
    counted_.stale = is_stale(core::Arm::canary, moment.asked_for) ||
                     is_stale(core::Arm::baseline, moment.asked_for);
    std::ranges::stable_sort(counted_.slices, {}, [](const core::Slice& slice) {
      return std::tuple(slice.service, slice.target, slice.to);
    });
    return std::move(counted_);
  }

  [[nodiscard]] const ports::PodTarget* broken_pod() const { return broken_pod_; }

 private:
  Result<Unit> take(const ports::PodTarget& pod) {
    if (pod.service >= plan_.families.size()) return Unit{};  // of a service that was not planned
    const PromFamily& family = plan_.families[pod.service];
    const auto found = sorted_.find(prom_pod_value(plan_.pod_label, pod));
    const bool owns = found != sorted_.end() && has_requests(found->second, family);
    if (owns || counters_.newest(pod)) owners_.insert({pod.service, pod.arm});
    if (!owns && pod.ready && !counters_.newest(pod)) counted_.silent_pods.push_back(pod.name);
    if (!owns) return Unit{};
    auto slices = counters_.take(pod, family, found->second, view_);
    if (!slices) {
      broken_pod_ = &pod;
      return std::unexpected(
          in_context("pod " + codec::printable(pod.name), std::move(slices.error())));
    }
    std::ranges::move(*slices, std::back_inserter(counted_.slices));
    return Unit{};
  }

  [[nodiscard]] bool are_arms_apart() const {
    std::set<std::string> canary;
    for (const ports::PodTarget& pod : pods_) {
      if (pod.arm == core::Arm::canary) canary.insert(prom_pod_value(plan_.pod_label, pod));
    }
    const bool shared = std::ranges::any_of(pods_, [&](const ports::PodTarget& pod) {
      return pod.arm == core::Arm::baseline &&
             canary.contains(prom_pod_value(plan_.pod_label, pod));
    });
    if (shared) return false;
    for (std::uint32_t service = 0; service < plan_.families.size(); ++service) {
      if (!owners_.contains({service, core::Arm::canary}) ||
          !owners_.contains({service, core::Arm::baseline}))
        return false;
    }
    return true;
  }

  [[nodiscard]] bool is_stale(core::Arm arm, WallTime asked_for) const {
    std::size_t ready = 0;
    std::size_t fresh = 0;
    for (const ports::PodTarget& pod : pods_) {
      if (pod.arm != arm || !pod.ready) continue;
      const auto newest = counters_.newest(pod);
      ready += 1;
      if (newest && asked_for - *newest <= scrapes_fresh_max * plan_.scrape_interval) fresh += 1;
    }
    return fresh * 100 < ready * fresh_percent_min;
  }

  const PromPlan& plan_;
  const std::vector<ports::PodTarget>& pods_;
  SeriesOfPods sorted_;
  PromCounters& counters_;
  PromView view_;
  std::set<std::pair<std::uint32_t, core::Arm>> owners_;
  const ports::PodTarget* broken_pod_ = nullptr;
  ports::Counters counted_;
};

}  // namespace

Duration PromEvidence::window(const PromPlan& plan, const std::vector<ports::PodTarget>& pods,
                              WallTime asked_for) const {
  const Duration least = scrapes_fresh_max * plan.scrape_interval + window_slack;
  if (!last_asked_for_) return least;
  const auto cursor = counters_.oldest_cursor(pods);
  const WallTime oldest = cursor ? std::min(*cursor, *last_asked_for_) : *last_asked_for_;
  return std::clamp(asked_for - oldest + plan.scrape_interval + window_slack, least, window_max);
}

Result<ports::Counters> PromEvidence::take(const PromPlan& plan,
                                           const std::vector<ports::PodTarget>& pods,
                                           const std::vector<PromSeries>& series,
                                           const PromMoment& moment) {
  if (series.empty()) {
    return fail(ErrorKind::no_data, plan.address.label() + ": no series of any of " +
                                        std::to_string(pods.size()) + " pods");
  }
  if (!first_look_) first_look_ = moment.now;
  // A copy, so that what one pod breaks costs the others nothing.
  PromCounters counters = counters_;
  Digest digest(plan, pods, series, counters,
                {.first_look = *first_look_, .scrape_interval = plan.scrape_interval});
  auto counted = digest.digest(moment);
  if (!counted) {
    if (digest.broken_pod() != nullptr) counters_.skip(*digest.broken_pod(), moment.asked_for);
    return std::unexpected(in_context(plan.address.label(), std::move(counted.error())));
  }
  counters.forget(moment.asked_for - base_kept);
  counters_ = std::move(counters);
  last_asked_for_ = moment.asked_for;
  return counted;
}

}  // namespace kai::edges
