#include "core/judge/kayenta.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

using Values = std::vector<double>;
const double missing = std::nan("");

KayentaLabel label_of(const KayentaMetric& metric, const Values& canary, const Values& baseline) {
  return classify(metric, canary, baseline).label;
}

const Values low = {10, 11, 12, 13, 14, 15, 16, 17};
const Values high = {30, 31, 32, 33, 34, 35, 36, 37};

TEST(Kayenta, AClearShiftIsHighOrLow) {
  EXPECT_EQ(label_of({}, high, low), KayentaLabel::high);
  EXPECT_EQ(label_of({}, low, high), KayentaLabel::low);
  EXPECT_EQ(label_of({}, low, low), KayentaLabel::pass);
  EXPECT_EQ(label_of({.direction = KayentaDirection::increase}, low, high), KayentaLabel::pass);
  EXPECT_EQ(label_of({.direction = KayentaDirection::decrease}, high, low), KayentaLabel::pass);
}

TEST(Kayenta, AnAllowedIncreaseIsNoIncrease) {
  EXPECT_EQ(label_of({.allowed_increase = 2.4}, high, low), KayentaLabel::high);
  EXPECT_EQ(label_of({.allowed_increase = 2.6}, high, low), KayentaLabel::pass);
  const KayentaMetric cles{.effect = KayentaEffect::cles, .allowed_increase = 1.0};
  EXPECT_EQ(label_of(cles, high, low), KayentaLabel::high);  // every value is larger
}

TEST(Kayenta, MissingValuesAreDroppedOrZero) {
  EXPECT_EQ(label_of({}, {missing, missing}, low), KayentaLabel::nodata);
  EXPECT_EQ(label_of({.must_have_data = true}, {missing}, low), KayentaLabel::nodata_fail_metric);
  EXPECT_EQ(classify({.critical = true, .must_have_data = true}, Values{missing}, low),
            (KayentaResult{.label = KayentaLabel::nodata, .critical_failure = true}));
  EXPECT_EQ(label_of({.replace_missing = true}, {}, low), KayentaLabel::pass);
  EXPECT_EQ(label_of({.replace_missing = true}, Values(8, missing), low), KayentaLabel::low);
}

TEST(Kayenta, ConstantArmsAreComparedByTheirDifference) {
  EXPECT_EQ(label_of({}, Values(5, 2.0), Values(5, 1.0)), KayentaLabel::high);
  EXPECT_EQ(label_of({}, Values(5, 2.0), Values(3, 2.0)), KayentaLabel::pass);
  EXPECT_EQ(label_of({}, {2.0}, {1.0}), KayentaLabel::error);
  EXPECT_EQ(label_of({}, {2.0}, Values(5, 0.0)), KayentaLabel::error);
}

TEST(Kayenta, OutliersAreRemovedWhenAsked) {
  Values spiked = low;
  spiked.insert(spiked.end(), {10, 11, 12, 13, 14, 15, 16, 1e6});
  const KayentaMetric removing{
      .direction = KayentaDirection::increase, .remove_outliers = true, .allowed_increase = 1.0};
  EXPECT_EQ(label_of(removing, spiked, low), KayentaLabel::pass);
}

TEST(Kayenta, ACriticalMetricThatFailsZeroesTheScore) {
  const std::vector<KayentaMetric> metrics = {{.name = "a", .critical = true}, {.name = "b"}};
  const std::vector<KayentaResult> failed = {
      {.label = KayentaLabel::high, .critical_failure = true}, {}};
  EXPECT_EQ(kayenta_score(metrics, failed, {}), 0);
}

TEST(Kayenta, HalfOfTheMetricsWithoutDataZeroTheScore) {
  const std::vector<KayentaMetric> metrics = {{.name = "a"}, {.name = "b"}};
  const std::vector<KayentaResult> results = {{.label = KayentaLabel::nodata}, {}};
  EXPECT_EQ(kayenta_score(metrics, results, {}), 0);
}

TEST(Kayenta, GroupsShareWhatTheGivenWeightsLeave) {
  const std::vector<KayentaMetric> metrics = {{.group = "errors"},
                                              {.group = "errors"},
                                              {.group = "errors"},
                                              {.group = "latency"},
                                              {.group = "memory"}};
  const std::vector<KayentaResult> results = {
      {.label = KayentaLabel::high}, {}, {}, {}, {.label = KayentaLabel::error}};
  const std::vector<KayentaGroupWeight> weights = {{.group = "errors", .weight = 60}};
  // 60 * 2/3 + 20 (latency) + 20 (memory: nothing counted is 100)
  EXPECT_EQ(kayenta_score(metrics, results, weights), 80);
  EXPECT_EQ(kayenta_score(metrics, results, {}), 88.89);
}

KayentaRule one_metric() { return KayentaRule::create({.metrics = {{.name = "a"}}}).value(); }

TEST(Kayenta, ABadScoreFailsAtOnceAndForEver) {
  KayentaRule rule = one_metric();
  KayentaVerdict verdict;
  for (std::size_t i = 0; i < low.size() && verdict.outcome != Outcome::fail; ++i)
    verdict = rule.observe(std::vector<KayentaRule::Point>{{high[i], low[i]}}, Ask::tick);
  EXPECT_EQ(verdict.reason, VerdictReason::kayenta_score);
  EXPECT_EQ(rule.observe(std::vector<KayentaRule::Point>{{1, 1}}, Ask::final).outcome,
            Outcome::fail);
}

TEST(Kayenta, AGoodScorePassesAtTheEndOnly) {
  KayentaRule rule = one_metric();
  const std::vector<KayentaRule::Point> same = {{3, 3}};
  EXPECT_EQ(rule.observe(same, Ask::tick).outcome, Outcome::inconclusive);
  EXPECT_EQ(rule.observe(same, Ask::final).reason, VerdictReason::kayenta_ok);
}

TEST(Kayenta, ALookbackForgetsWhatIsOlder) {
  KayentaRule rule =
      KayentaRule::create({.metrics = {{.name = "a"}}, .marginal = 0, .lookback = 2}).value();
  const std::vector<KayentaRule::Point> bad = {{9, 1}}, good = {{1, 1}};
  EXPECT_NE(rule.observe(good, Ask::tick).outcome, Outcome::fail);
  EXPECT_NE(rule.observe(good, Ask::tick).outcome, Outcome::fail);
  EXPECT_EQ(rule.observe(bad, Ask::tick).outcome, Outcome::inconclusive);
  EXPECT_FALSE(KayentaRule::create({}).has_value());
  EXPECT_FALSE(KayentaRule::create({.metrics = {{}}, .pass = 70}).has_value());
}

// Its known weakness, reproduced: 20,000 runs of an independent implementation found 11.8 % of
// identical canaries High on two points, 2.6 % on three and 0.1 % on ten.
TEST(Kayenta, FewPointsGiveFalseAlarms) {
  const auto high_share = [](std::size_t points) {
    fakes::Traffic traffic(3);
    int found = 0;
    constexpr int runs = 3000;
    for (int run = 0; run < runs; ++run) {
      Values canary, baseline;
      for (std::size_t i = 0; i < points; ++i) {
        canary.push_back(1 + 0.1 * traffic.normal());
        baseline.push_back(1 + 0.1 * traffic.normal());
      }
      if (label_of({.direction = KayentaDirection::increase}, canary, baseline) ==
          KayentaLabel::high)
        ++found;
    }
    return 100.0 * found / runs;
  };
  EXPECT_NEAR(high_share(2), 11.8, 2.2);
  EXPECT_NEAR(high_share(3), 2.6, 1.2);
  EXPECT_NEAR(high_share(10), 0.11, 0.3);
}

}  // namespace
}  // namespace kai::core
