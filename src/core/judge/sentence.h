// A verdict in one sentence, with numbers. Fixed forms: people grep for them.
#pragma once

#include <string>

#include "core/judge/judge.h"

namespace kai::core {

// "api-server: 80.2% success, limit 95% (214 of 1080 canary requests failed; old version 99.1%)".
// "coordinator-service: p95 812 ms, limit 500 ms (1080 canary requests; old version 95 ms)".
// "every service holds: lowest success 99.6% (api-server, 2 of 512 canary requests failed), limit
// 95%".
[[nodiscard]] std::string sentence_of(const Verdict& verdict, const JudgeConfig& config);

// How the end begins when nothing was proved: "NOT PROVED in 10m: 600 canary requests can only
// reveal +2.6pp or worse". Empty for a rule that cannot tell. `weight` of the canary, 0 to 1.
[[nodiscard]] std::string unproved_sentence(const Verdict& verdict, const JudgeConfig& config,
                                            double weight);

// "99.6%", "100%", "95.04%": as many decimals as it takes to tell the number from the limit it is
// compared with.
[[nodiscard]] std::string format_percent(double percent, double limit);

}  // namespace kai::core
