// A verdict of the sequential rule in one line. Fixed forms: people grep for them. Never a p-value,
// never a percentage of certainty.
#pragma once

#include <string>
#include <string_view>

#include "core/judge/sequential.h"

namespace kai::core {

// "ROLLBACK after 45s: checkout errors 4.1% vs 1.0% on the old version (62 bad of 1510; 15
// expected; 3 scrapes agree). Chance of a false alarm: below 1 in 100."
[[nodiscard]] std::string sentence_of(const SequentialVerdict& verdict,
                                      const SequentialConfig& config);

// The end without an answer: "NOT PROVED in 10m: 600 canary requests can only reveal +2.6pp or
// worse; paused by policy." `weight` of the canary in (0, 1); `policy`: promoted, paused, rolled
// back.
[[nodiscard]] std::string not_proved(const SequentialVerdict& verdict,
                                     const SequentialConfig& config, double weight,
                                     std::string_view policy);

// The same without the policy: "NOT PROVED in 10m: 600 canary requests can only reveal +2.6pp or
// worse".
[[nodiscard]] std::string unproved_sentence(const SequentialVerdict& verdict,
                                            const SequentialConfig& config, double weight);

// A bad share with two significant digits: "4.1%", "1.0%", "87%", "0.12%", "0%".
[[nodiscard]] std::string bad_share_text(double share);

// "45s", "75s", "2m", "3m15s".
[[nodiscard]] std::string time_text(Duration time);

}  // namespace kai::core
