#include "core/judge/threshold.h"

#include <utility>

#include "core/judge/service_facts.h"

namespace kai::core {
namespace {

enum class Answer { none, holds, low_success, high_latency };

Answer answer_of(const JudgeConfig& config, const ServiceFacts& facts) {
  if (!facts.success_percent) return Answer::none;
  if (*facts.success_percent < config.success_percent_min) return Answer::low_success;
  if (!config.latency_max_seconds) return Answer::holds;
  if (!facts.latency_seconds) return Answer::none;
  return *facts.latency_seconds > *config.latency_max_seconds ? Answer::high_latency
                                                              : Answer::holds;
}

}  // namespace

ThresholdRule::ThresholdRule(JudgeConfig config) : config_(std::move(config)) {}

void ThresholdRule::keep(const Frame& frame) {
  if (frame.step_started) {
    intervals_.clear();
    kept_ = Duration::zero();
  }
  intervals_.push_back({.span = frame.span, .services = frame.services});
  kept_ += frame.span;
  while (intervals_.size() > 1 && kept_ - intervals_.front().span >= config_.window) {
    kept_ -= intervals_.front().span;
    intervals_.pop_front();
  }
}

std::vector<ServiceFacts> ThresholdRule::facts() const {
  std::vector<ServiceFacts> all;
  for (std::size_t i = 0; i < config_.services.size(); ++i) {
    ServiceCounts sum;
    for (const Interval& interval : intervals_) add(sum, interval.services[i]);
    all.push_back(facts_of(sum, config_.services[i], config_.latency_quantile));
  }
  return all;
}

Verdict ThresholdRule::observe(const Frame& frame) {
  keep(frame);
  Verdict verdict{.facts = facts()};
  if (!frame.check) return verdict;
  std::optional<std::size_t> unanswered;
  for (std::size_t i = 0; i < verdict.facts.size(); ++i) {
    const Answer answer = answer_of(config_, verdict.facts[i]);
    if (answer == Answer::low_success || answer == Answer::high_latency) {
      verdict.outcome = Outcome::fail;
      verdict.culprit = i;
      verdict.reason = answer == Answer::low_success ? VerdictReason::below_success_threshold
                                                     : VerdictReason::above_latency_limit;
      return verdict;
    }
    if (answer == Answer::none && !unanswered) unanswered = i;
  }
  if (unanswered) {
    verdict.culprit = *unanswered;
    verdict.reason = VerdictReason::no_canary_traffic;
    return verdict;
  }
  verdict.reason = VerdictReason::threshold_ok;
  // Between the ends of a step the rule can only stop it; holding so far proves nothing yet.
  verdict.outcome = frame.ask == Ask::tick ? Outcome::inconclusive : Outcome::pass;
  return verdict;
}

}  // namespace kai::core
