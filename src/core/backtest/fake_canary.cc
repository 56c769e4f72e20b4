#include "core/backtest/fake_canary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "base/check.h"
#include "core/judge/service_facts.h"

namespace kai::core {
namespace {

// As the standard library's distributions want it.
struct Bits {
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const { return random.next(); }
  Random& random;
};

// Each request stays with this chance; what is nested in the counts stays nested.
ArmCounts thinned(const ArmCounts& counts, double kept, Random& random) {
  if (kept >= 1) return counts;
  ArmCounts thin;
  thin.errors = draw_binomial(counts.errors, kept, random);
  thin.requests = thin.errors + draw_binomial(counts.requests - counts.errors, kept, random);
  thin.slower.resize(counts.slower.size());
  // Between two edges, from the slowest on.
  std::uint64_t slower = 0;
  for (std::size_t i = counts.slower.size(); i-- > 0;) {
    const std::uint64_t beyond = i + 1 < counts.slower.size() ? counts.slower[i + 1] : 0;
    slower += draw_binomial(counts.slower[i] - std::min(beyond, counts.slower[i]), kept, random);
    thin.slower[i] = slower;
  }
  const std::uint64_t slow = counts.slower.empty() ? 0 : counts.slower.front();
  thin.timed = slower + draw_binomial(counts.timed - std::min(slow, counts.timed), kept, random);
  return thin;
}

struct Kept {
  double canary = 1;
  double baseline = 1;
};

// So that canary to baseline is as weight to the rest.
Kept kept_of(double canary, double baseline, double weight) {
  if (!(canary > 0) || !(baseline > 0)) return {};
  const double too_many = canary * (1 - weight);
  const double enough = baseline * weight;
  if (too_many > enough && weight < 1) return {.canary = enough / too_many, .baseline = 1};
  return {.canary = 1, .baseline = too_many / enough};
}

class Dealer {
 public:
  Dealer(const std::vector<PastInterval>& window, const FakeRolloutSettings& settings,
         Random& random)
      : window_(window), settings_(settings), random_(random) {}

  FakeRollout deal() {
    rollout_.split_by_requests.resize(settings_.services);
    totals_.resize(settings_.services);
    for (std::uint32_t service = 0; service < settings_.services; ++service) draw_pods(service);
    std::size_t begin = 0;
    for (const FakeStep& step : settings_.steps) {
      deal_step(step, begin);
      begin += step.intervals;
    }
    ask();
    for (const ServiceCounts& total : totals_)
      rollout_.idle |= total.canary.requests == 0 || total.baseline.requests == 0;
    return std::move(rollout_);
  }

 private:
  // Pods that were there long enough, in the order in which they become canaries.
  void draw_pods(std::uint32_t service) {
    std::map<std::string, std::size_t> seen;
    std::size_t intervals = 0;
    for (const PastInterval& interval : window_) {
      if (!interval.pods.empty()) intervals += 1;
      for (const PodPast& pod : interval.pods) {
        if (pod.service == service) seen[pod.pod] += 1;
      }
    }
    std::vector<std::string> pods;
    for (const auto& [pod, times] : seen) {
      if (times * 4 >= intervals * 3) pods.push_back(pod);
    }
    for (std::size_t i = pods.size(); i > 1; --i) std::swap(pods[i - 1], pods[random_.next() % i]);
    rollout_.split_by_requests[service] = pods.size() < 2;
    order_.push_back(std::move(pods));
  }

  // 1 to all but one.
  [[nodiscard]] std::size_t canaries(std::uint32_t service, double weight) const {
    const std::size_t pods = order_[service].size();
    const auto by_weight =
        static_cast<std::size_t>(std::ceil(static_cast<double>(pods) * weight - 1e-9));
    const std::size_t wanted = settings_.canary_pods > 0 ? settings_.canary_pods : by_weight;
    return std::clamp<std::size_t>(wanted, 1, pods - 1);
  }

  [[nodiscard]] bool is_canary(const PodPast& pod, std::size_t canaries) const {
    const auto& order = order_[pod.service];
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(canaries);
    return std::find(order.begin(), end, pod.pod) != end;
  }

  void deal_step(const FakeStep& step, std::size_t begin) {
    const double weight = step.weight.share();
    std::vector<std::vector<ServiceCounts>> arms;  // per interval of the step and service
    std::vector<ServiceCounts> sums(settings_.services);
    for (std::size_t i = 0; i < step.intervals; ++i) {
      arms.push_back(split(window_[begin + i], weight));
      for (std::size_t s = 0; s < sums.size(); ++s) add(sums[s], arms.back()[s]);
    }
    for (std::size_t i = 0; i < step.intervals; ++i) {
      if (window_[begin + i].pods.empty()) continue;
      for (std::size_t s = 0; s < sums.size(); ++s) {
        if (rollout_.split_by_requests[s]) continue;
        const Kept kept = kept_of(static_cast<double>(sums[s].canary.requests),
                                  static_cast<double>(sums[s].baseline.requests), weight);
        ServiceCounts& counts = arms[i][s];
        counts.canary = thinned(counts.canary, kept.canary, random_);
        counts.baseline = thinned(counts.baseline, kept.baseline, random_);
      }
      put_frame(std::move(arms[i]), begin + i, step);
    }
    step_ends_.push_back(rollout_.frames.size());
  }

  std::vector<ServiceCounts> split(const PastInterval& interval, double weight) {
    std::vector<ServiceCounts> arms(settings_.services);
    for (const PodPast& pod : interval.pods) {
      ServiceCounts& service = arms[pod.service];
      if (rollout_.split_by_requests[pod.service]) {
        const ArmCounts canary = thinned(pod.counts, weight, random_);
        add(service.canary, canary);
        add(service.baseline, without(pod.counts, canary));
      } else {
        add(is_canary(pod, canaries(pod.service, weight)) ? service.canary : service.baseline,
            pod.counts);
      }
    }
    return arms;
  }

  static ArmCounts without(ArmCounts counts, const ArmCounts& part) {
    counts.requests -= part.requests;
    counts.errors -= part.errors;
    counts.timed -= part.timed;
    for (std::size_t i = 0; i < counts.slower.size(); ++i) counts.slower[i] -= part.slower[i];
    return counts;
  }

  void put_frame(std::vector<ServiceCounts> services, std::size_t interval, const FakeStep& step) {
    for (std::size_t s = 0; s < services.size(); ++s) {
      fill(services[s]);
      add(totals_[s], services[s]);
    }
    const std::size_t before = rollout_.intervals.empty() ? 0 : rollout_.intervals.back();
    const bool first =
        step_ends_.empty() ? rollout_.frames.empty() : rollout_.frames.size() == step_ends_.back();
    rollout_.frames.push_back(
        {.sequence = rollout_.frames.size() + 1,
         .span = settings_.interval * static_cast<std::int64_t>(interval + 1 - before),
         .check = (interval + 1) % settings_.check_every == 0,
         .step_started = first,
         .services = std::move(services),
         .weight_ppm = static_cast<std::uint32_t>(step.weight.hundredths()) * 100});
    rollout_.intervals.push_back(interval + 1);
  }

  // An arm without counts of an edge would say nothing about it, instead of "nothing was slow".
  static void fill(ServiceCounts& service) {
    const std::size_t edges =
        std::max(service.canary.slower.size(), service.baseline.slower.size());
    service.canary.slower.resize(edges);
    service.baseline.slower.resize(edges);
  }

  // May the step pass, and in the end: may it be promoted?
  void ask() {
    for (const std::size_t end : step_ends_) {
      if (end == 0) continue;
      rollout_.frames[end - 1].ask = Ask::step_end;
      rollout_.frames[end - 1].check = true;
    }
    if (!rollout_.frames.empty()) rollout_.frames.back().ask = Ask::final;
  }

  const std::vector<PastInterval>& window_;
  const FakeRolloutSettings& settings_;
  Random& random_;
  std::vector<std::vector<std::string>> order_;  // per service
  std::vector<std::size_t> step_ends_;           // frames up to the end of each step
  std::vector<ServiceCounts> totals_;
  FakeRollout rollout_;
};

}  // namespace

std::size_t length_of(const std::vector<FakeStep>& steps) {
  std::size_t length = 0;
  for (const FakeStep& step : steps) length += step.intervals;
  return length;
}

std::uint64_t draw_binomial(std::uint64_t count, double chance, Random& random) {
  if (count == 0 || !(chance > 0)) return 0;
  if (chance >= 1) return count;
  Bits bits{random};
  const auto drawn =
      std::binomial_distribution<std::int64_t>(static_cast<std::int64_t>(count), chance)(bits);
  return static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(drawn, 0, static_cast<std::int64_t>(count)));
}

FakeRollout make_fake_rollout(const std::vector<PastInterval>& window,
                              const FakeRolloutSettings& settings, Random& random) {
  const std::size_t planned = length_of(settings.steps);
  KAI_CHECK(planned == window.size() && planned > 0);
  return Dealer(window, settings, random).deal();
}

void add_errors(FakeRollout& rollout, std::uint32_t service, double chance, Random& random) {
  for (Frame& frame : rollout.frames) {
    ArmCounts& canary = frame.services[service].canary;
    canary.errors += draw_binomial(canary.requests - canary.errors, chance, random);
  }
}

}  // namespace kai::core
