#include "core/judge/judge.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/judge/sequential_bridge.h"
#include "core/judge/threshold.h"

namespace kai::core {
namespace {

// Counts above this are not exact as doubles any more.
constexpr std::uint64_t count_max = std::uint64_t{1} << 53;

bool is_possible(const ArmCounts& counts, std::size_t edges) {
  const bool complete =
      counts.slower.size() == edges || (counts.slower.empty() && counts.timed == 0);
  if (!complete || counts.requests >= count_max || counts.timed >= count_max) return false;
  if (counts.errors > counts.requests) return false;
  for (const std::uint64_t slower : counts.slower) {
    if (slower > counts.timed) return false;
  }
  return true;
}

bool is_possible(const JudgeConfig& config, const Frame& frame) {
  if (frame.span <= Duration::zero() || frame.services.size() != config.services.size())
    return false;
  for (std::size_t i = 0; i < frame.services.size(); ++i) {
    const std::size_t edges = config.services[i].edges.size();
    if (!is_possible(frame.services[i].canary, edges) ||
        !is_possible(frame.services[i].baseline, edges))
      return false;
  }
  if (!frame.young.empty() && frame.young.size() != config.services.size()) return false;
  for (std::size_t i = 0; i < frame.young.size(); ++i) {
    if (!is_possible(frame.young[i].canary, config.services[i].edges.size())) return false;
  }
  return true;
}

bool are_rising(const std::vector<double>& edges) {
  double last = -1;
  for (const double edge : edges) {
    if (!std::isfinite(edge) || edge <= last) return false;
    last = edge;
  }
  return true;
}

std::string mistake_in(const JudgeConfig& config) {
  if (config.services.empty()) return "no service to judge: an empty list is never healthy";
  const double success = config.success_percent_min;
  if (!(success > 0 && success <= 100))
    return fmt::format("success limit {} is not above 0 and at most 100", success);
  if (!(config.latency_quantile > 0 && config.latency_quantile < 1))
    return "latency quantile is not between 0 and 1";
  if (config.latency_max_seconds &&
      !(*config.latency_max_seconds > 0 && std::isfinite(*config.latency_max_seconds))) {
    return "latency limit is not above 0";
  }
  if (config.window <= Duration::zero()) return "the window is empty";
  for (const ServiceConfig& service : config.services) {
    if (!are_rising(service.edges))
      return "latency edges of " + service.name + " are not finite and rising";
    for (const std::size_t edge : service.judged_edges) {
      if (edge >= service.edges.size())
        return service.name + " has no latency edge number " + std::to_string(edge);
    }
    if (config.latency_max_seconds && service.edges.empty()) {
      return service.name + " has a latency limit, but no histogram to judge it by";
    }
  }
  return {};
}

}  // namespace

struct Judge::State {
  JudgeConfig config;
  std::variant<ThresholdRule, SequentialBridge> rule;
  std::uint64_t last_sequence = 0;
  bool seen = false;
  Verdict last;
};

Judge::Judge(std::unique_ptr<State> state) : state_(std::move(state)) {}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

Result<Judge> Judge::create(const JudgeConfig& config) {
  const std::string mistake = mistake_in(config);
  if (!mistake.empty()) return fail(ErrorKind::rejected, "judge: " + mistake);
  Verdict nothing{.facts = std::vector<ServiceFacts>(config.services.size())};
  if (config.rule == Rule::sequential) {
    auto rule = SequentialBridge::create(config);
    if (!rule) return std::unexpected(rule.error());
    return Judge(std::make_unique<State>(
        State{.config = config, .rule = std::move(*rule), .last = std::move(nothing)}));
  }
  return Judge(std::make_unique<State>(
      State{.config = config, .rule = ThresholdRule(config), .last = std::move(nothing)}));
}

Verdict Judge::observe(const Frame& frame) {
  if (state_->seen && frame.sequence <= state_->last_sequence) return state_->last;
  if (!is_possible(state_->config, frame)) {
    Verdict refused = state_->last;
    refused.outcome = Outcome::inconclusive;
    refused.reason = VerdictReason::rejected_input;
    refused.sequential.reset();
    return refused;
  }
  state_->seen = true;
  state_->last_sequence = frame.sequence;
  return state_->last = std::visit([&](auto& rule) { return rule.observe(frame); }, state_->rule);
}

std::string Judge::saved() const {
  const auto* const sequential = std::get_if<SequentialBridge>(&state_->rule);
  return sequential == nullptr ? std::string() : sequential->saved();
}

std::size_t Judge::saved_size_max() const {
  const auto* const sequential = std::get_if<SequentialBridge>(&state_->rule);
  return sequential == nullptr ? 0 : sequential->saved_size_max();
}

Result<Judge> Judge::restore(const JudgeConfig& config, std::string_view saved) {
  auto judge = create(config);
  if (!judge) return judge;
  if (config.rule != Rule::sequential)
    return fail(ErrorKind::malformed, "judge: the saved evidence is of another rule");
  auto rule = SequentialBridge::restore(config, saved);
  if (!rule) return std::unexpected(rule.error());
  State& state = *judge->state_;
  state.last_sequence = rule->last_sequence();
  state.seen = state.last_sequence > 0;
  if (state.seen) state.last = rule->last();
  state.rule = std::move(*rule);
  return judge;
}

}  // namespace kai::core
