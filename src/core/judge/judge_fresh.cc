#include "core/judge/judge_fresh.h"

namespace kai::core {

Verdict judge_fresh(Judge& judge, const Frame& frame) {
  Verdict verdict = judge.observe(frame);
  if (verdict.outcome != Outcome::pass) return verdict;
  for (std::size_t i = 0; i < frame.services.size(); ++i) {
    if (frame.services[i].canary.requests > 0) continue;
    verdict.outcome = Outcome::inconclusive;
    verdict.reason = VerdictReason::no_canary_traffic;
    verdict.culprit = i;
    return verdict;
  }
  return verdict;
}

}  // namespace kai::core
