#include "core/judge/sentence.h"

#include <cmath>

#include <fmt/format.h>

#include "core/judge/sequential_bridge.h"
#include "core/judge/sequential_sentence.h"

namespace kai::core {
namespace {

std::string with_decimals(double value, int decimals) {
  // Rounded towards zero: 94.96 % must never be shown as the 95 % that it missed.
  const double scale = std::pow(10.0, decimals);
  std::string text = fmt::format("{:.{}f}", std::floor(value * scale + 1e-9) / scale, decimals);
  if (text.find('.') == std::string::npos) return text;
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string success_of_baseline(const ServiceFacts& facts, double limit) {
  if (facts.baseline_requests == 0) return {};
  const double good = static_cast<double>(facts.baseline_requests - facts.baseline_errors);
  return "; old version " +
         format_percent(100.0 * good / static_cast<double>(facts.baseline_requests), limit);
}

std::string low_success(const ServiceFacts& facts, const std::string& name, double limit) {
  return fmt::format("{}: {} success, limit {} ({} of {} canary requests failed{})", name,
                     format_percent(facts.success_percent.value_or(0), limit),
                     format_percent(limit, limit), facts.errors, facts.requests,
                     success_of_baseline(facts, limit));
}

std::string high_latency(const ServiceFacts& facts, const std::string& name,
                         const JudgeConfig& config) {
  std::string old_version;
  if (facts.baseline_latency_seconds) {
    old_version = fmt::format("; old version {:.0f} ms", *facts.baseline_latency_seconds * 1000);
  }
  return fmt::format("{}: p{:g} {:.0f} ms, limit {:.0f} ms ({} canary requests{})", name,
                     config.latency_quantile * 100, facts.latency_seconds.value_or(0) * 1000,
                     config.latency_max_seconds.value_or(0) * 1000, facts.requests, old_version);
}

std::string all_hold(const Verdict& verdict, const JudgeConfig& config) {
  std::size_t lowest = 0;
  for (std::size_t i = 1; i < verdict.facts.size(); ++i) {
    if (verdict.facts[i].success_percent < verdict.facts[lowest].success_percent) lowest = i;
  }
  const ServiceFacts& facts = verdict.facts[lowest];
  return fmt::format(
      "every service holds: lowest success {} ({}, {} of {} canary requests failed), limit {}",
      format_percent(facts.success_percent.value_or(0), config.success_percent_min),
      config.services[lowest].name, facts.errors, facts.requests,
      format_percent(config.success_percent_min, config.success_percent_min));
}

}  // namespace

std::string format_percent(double percent, double limit) {
  for (int decimals = 1; decimals < 6; ++decimals) {
    const std::string text = with_decimals(percent, decimals);
    if (percent >= limit || std::stod(text) < limit) return text + "%";
  }
  return with_decimals(percent, 6) + "%";
}

std::string sentence_of(const Verdict& verdict, const JudgeConfig& config) {
  if (verdict.facts.size() != config.services.size()) return "no evidence yet";
  // Whoever overrules the rule afterwards changes the reason, and then says why.
  if (verdict.sequential && verdict.sequential->reason == verdict.reason)
    return sentence_of(*verdict.sequential, sequential_config_of(config));
  const ServiceFacts& facts = verdict.facts[verdict.culprit];
  const std::string& name = config.services[verdict.culprit].name;
  switch (verdict.reason) {
    case VerdictReason::below_success_threshold:
      return low_success(facts, name, config.success_percent_min);
    case VerdictReason::above_latency_limit:
      return high_latency(facts, name, config);
    case VerdictReason::threshold_ok:
      return all_hold(verdict, config);
    case VerdictReason::collecting:
      return "collecting evidence; no check was due yet";
    case VerdictReason::no_canary_traffic:
      if (facts.requests > 0 && !facts.latency_seconds && config.latency_max_seconds) {
        return name + ": no timed request on the canary, so its latency is unknown";
      }
      if (facts.requests > 0) return name + ": no request reached the canary since the last check";
      return name + ": no request reached the canary";
    case VerdictReason::source_gap:
      return "the metric source brought no evidence";
    case VerdictReason::rejected_input:
      return "the metric source brought impossible counts; they were ignored";
    // The threshold rule gives none of these.
    case VerdictReason::proved_worse:
    case VerdictReason::proved_beyond_tolerance:
    case VerdictReason::recurring:
    case VerdictReason::panic:
    case VerdictReason::proved_below_threshold:
    case VerdictReason::both_unhealthy_rollback:
    case VerdictReason::threshold_check:
    case VerdictReason::value_breach:
    case VerdictReason::kayenta_score:
    case VerdictReason::proved_healthy:
    case VerdictReason::within_tolerance:
    case VerdictReason::kayenta_ok:
    case VerdictReason::warming_up:
    case VerdictReason::worse_within_tolerance:
    case VerdictReason::outside_tolerance:
    case VerdictReason::below_threshold:
    case VerdictReason::both_unhealthy:
    case VerdictReason::no_baseline_traffic:
    case VerdictReason::too_few_requests:
    case VerdictReason::traffic_off_weight:
      break;
  }
  return "no evidence yet";
}

std::string unproved_sentence(const Verdict& verdict, const JudgeConfig& config, double weight) {
  if (!verdict.sequential) return {};
  return unproved_sentence(*verdict.sequential, sequential_config_of(config), weight);
}

}  // namespace kai::core
