#include "core/judge/verdict.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/name_table.h"

namespace kai::core {
namespace {

constexpr auto outcomes = std::to_array<Name<Outcome>>(
    {{Outcome::inconclusive, "inconclusive"}, {Outcome::pass, "pass"}, {Outcome::fail, "fail"}});
constexpr auto asks = std::to_array<Name<Ask>>(
    {{Ask::tick, "tick"}, {Ask::step_end, "step_end"}, {Ask::final, "final"}});

}  // namespace

std::string_view name_of(Outcome outcome) { return text_in(outcomes, outcome); }
std::optional<Outcome> outcome_from(std::string_view name) { return value_in(outcomes, name); }
std::string_view name_of(Ask ask) { return text_in(asks, ask); }
std::optional<Ask> ask_from(std::string_view name) { return value_in(asks, name); }

std::optional<VerdictReason> reason_from(std::string_view name) {
  constexpr auto last = std::to_underlying(VerdictReason::rejected_input);
  for (std::uint8_t number = 0; number <= last; ++number) {
    const auto reason = static_cast<VerdictReason>(number);
    if (name_of(reason) == name) return reason;
  }
  return std::nullopt;
}

std::string_view name_of(VerdictReason reason) {
  switch (reason) {
    case VerdictReason::below_success_threshold:
      return "below_success_threshold";
    case VerdictReason::above_latency_limit:
      return "above_latency_limit";
    case VerdictReason::proved_worse:
      return "proved_worse";
    case VerdictReason::proved_beyond_tolerance:
      return "proved_beyond_tolerance";
    case VerdictReason::recurring:
      return "recurring";
    case VerdictReason::panic:
      return "panic";
    case VerdictReason::proved_below_threshold:
      return "proved_below_threshold";
    case VerdictReason::both_unhealthy_rollback:
      return "both_unhealthy_rollback";
    case VerdictReason::threshold_check:
      return "threshold_check";
    case VerdictReason::value_breach:
      return "value_breach";
    case VerdictReason::kayenta_score:
      return "kayenta_score";
    case VerdictReason::threshold_ok:
      return "threshold_ok";
    case VerdictReason::proved_healthy:
      return "proved_healthy";
    case VerdictReason::within_tolerance:
      return "within_tolerance";
    case VerdictReason::kayenta_ok:
      return "kayenta_ok";
    case VerdictReason::collecting:
      return "collecting";
    case VerdictReason::warming_up:
      return "warming_up";
    case VerdictReason::worse_within_tolerance:
      return "worse_within_tolerance";
    case VerdictReason::outside_tolerance:
      return "outside_tolerance";
    case VerdictReason::below_threshold:
      return "below_threshold";
    case VerdictReason::both_unhealthy:
      return "both_unhealthy";
    case VerdictReason::no_canary_traffic:
      return "no_canary_traffic";
    case VerdictReason::no_baseline_traffic:
      return "no_baseline_traffic";
    case VerdictReason::too_few_requests:
      return "too_few_requests";
    case VerdictReason::traffic_off_weight:
      return "traffic_off_weight";
    case VerdictReason::source_gap:
      return "source_gap";
    case VerdictReason::rejected_input:
      return "rejected_input";
  }
  KAI_UNREACHABLE("a verdict without a reason");
}

}  // namespace kai::core
