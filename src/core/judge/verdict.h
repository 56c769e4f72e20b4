// Words of a verdict that all rules share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kai::core {

enum class Outcome : std::uint8_t { inconclusive, pass, fail };

// What the verdict is for. `tick`: may stop a step. `step_end`: may the step pass? `final`: may it
// be promoted?
enum class Ask : std::uint8_t { tick, step_end, final };

enum class VerdictReason : std::uint8_t {
  // fail, threshold rule
  below_success_threshold,
  above_latency_limit,
  // fail, sequential rule
  proved_worse,             // worse than the old version, and more likely than not beyond tolerance
  proved_beyond_tolerance,  // the same, asked for in full (strict tolerance)
  recurring,                // fails again and again, never long enough to be proved at once
  panic,                    // half of all requests or more fail
  proved_below_threshold,   // the absolute limit is broken, by the canary alone
  both_unhealthy_rollback,  // both versions break the limit, and the user wants a rollback then
  threshold_check,          // the simple check at the end
  value_breach,             // a metric without counts is beyond its limit
  // fail, kayenta rule
  kayenta_score,
  // pass
  threshold_ok,
  proved_healthy,
  within_tolerance,
  kayenta_ok,
  // inconclusive
  collecting,              // threshold: no check is due yet; sequential: nothing is decided yet
  warming_up,              // no interval yet in which both arms were seen
  worse_within_tolerance,  // worse is proved, but not beyond what the user accepts
  outside_tolerance,       // the estimate is beyond the tolerance, not proved
  below_threshold,         // the estimate breaks the absolute limit, not proved
  both_unhealthy,          // both versions break the absolute limit
  no_canary_traffic,       // a critical service had no request on the canary in the window
  no_baseline_traffic,     // nothing to compare with
  too_few_requests,        // fewer than a step needs
  traffic_off_weight,      // the caller's: traffic does not follow the weight
  source_gap,              // the frame brought no evidence at all
  rejected_input,          // the frame was impossible; the state did not change
};

// "proved_worse": for machines. No reason reads from another word.
[[nodiscard]] std::string_view name_of(VerdictReason reason);
[[nodiscard]] std::optional<VerdictReason> reason_from(std::string_view name);
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view name);
[[nodiscard]] std::string_view name_of(Ask ask);
[[nodiscard]] std::optional<Ask> ask_from(std::string_view name);

}  // namespace kai::core
