#include "core/judge/verdict.h"

#include <string_view>

#include "base/check.h"

namespace kai::core {

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
