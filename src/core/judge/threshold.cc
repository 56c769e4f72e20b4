#include "core/judge/threshold.h"

#include <utility>

namespace kai::core {
namespace {

void add(ArmCounts& sum, const ArmCounts& counts) {
  sum.requests += counts.requests;
  sum.errors += counts.errors;
  sum.timed += counts.timed;
  sum.slower.resize(std::max(sum.slower.size(), counts.slower.size()));
  for (std::size_t i = 0; i < counts.slower.size(); ++i) sum.slower[i] += counts.slower[i];
}

std::optional<double> success_percent_of(const ArmCounts& counts) {
  if (counts.requests == 0) return std::nullopt;
  return 100.0 * static_cast<double>(counts.requests - counts.errors) /
         static_cast<double>(counts.requests);
}

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

std::optional<double> latency_at(double quantile, const std::vector<double>& edges,
                                 std::uint64_t timed, const std::vector<std::uint64_t>& slower) {
  if (timed == 0 || edges.empty() || slower.size() != edges.size()) return std::nullopt;
  const double rank = quantile * static_cast<double>(timed);
  double below = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const double cumulative = static_cast<double>(timed - slower[i]);
    if (cumulative >= rank) {
      const double lower_edge = i == 0 ? 0.0 : edges[i - 1];
      const double inside = cumulative - below;
      if (inside <= 0) return edges[i];
      return lower_edge + (edges[i] - lower_edge) * (rank - below) / inside;
    }
    below = cumulative;
  }
  return edges.back();
}

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
    for (const Interval& interval : intervals_) {
      add(sum.canary, interval.services[i].canary);
      add(sum.baseline, interval.services[i].baseline);
    }
    const auto& edges = config_.services[i].edges;
    all.push_back({.requests = sum.canary.requests,
                   .errors = sum.canary.errors,
                   .baseline_requests = sum.baseline.requests,
                   .baseline_errors = sum.baseline.errors,
                   .success_percent = success_percent_of(sum.canary),
                   .latency_seconds = latency_at(config_.latency_quantile, edges, sum.canary.timed,
                                                 sum.canary.slower),
                   .baseline_latency_seconds = latency_at(
                       config_.latency_quantile, edges, sum.baseline.timed, sum.baseline.slower)});
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
