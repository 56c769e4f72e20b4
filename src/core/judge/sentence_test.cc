#include "core/judge/sentence.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

JudgeConfig config() {
  return {.services = {{.name = "api-server", .edges = {0.5}},
                       {.name = "coordinator-service", .edges = {0.5}}},
          .latency_max_seconds = 0.5};
}

Verdict verdict_with(VerdictReason reason) {
  return {.reason = reason,
          .culprit = 1,
          .facts = {
              {.requests = 512, .errors = 2, .success_percent = 99.609375, .latency_seconds = 0.1},
              {.requests = 1080,
               .errors = 214,
               .baseline_requests = 1000,
               .baseline_errors = 9,
               .success_percent = 80.185,
               .latency_seconds = 0.812,
               .baseline_latency_seconds = 0.095}}};
}

TEST(Sentence, ALowSuccessNamesServiceLimitAndCounts) {
  EXPECT_EQ(sentence_of(verdict_with(VerdictReason::below_success_threshold), config()),
            "coordinator-service: 80.1% success, limit 95% (214 of 1080 canary requests failed; "
            "old version 99.1%)");
}

TEST(Sentence, AHighLatencyNamesTheLimit) {
  EXPECT_EQ(
      sentence_of(verdict_with(VerdictReason::above_latency_limit), config()),
      "coordinator-service: p95 812 ms, limit 500 ms (1080 canary requests; old version 95 ms)");
}

TEST(Sentence, SilenceIsSaidToBeSilence) {
  Verdict verdict = verdict_with(VerdictReason::no_canary_traffic);
  verdict.facts[1].requests = 0;
  EXPECT_EQ(sentence_of(verdict, config()), "coordinator-service: no request reached the canary");
}

TEST(Sentence, APercentageNeverShowsTheLimitThatItMissed) {
  EXPECT_EQ(format_percent(94.96, 95), "94.9%");
  EXPECT_EQ(format_percent(94.9996, 95), "94.9%");
  EXPECT_EQ(format_percent(100, 95), "100%");
  EXPECT_EQ(format_percent(99.609375, 95), "99.6%");
}

}  // namespace
}  // namespace kai::core
