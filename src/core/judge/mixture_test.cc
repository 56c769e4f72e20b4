#include "core/judge/mixture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/interval_evidence.h"
#include "core/judge/portable_math.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

const auto prior = std::span(worse_grid().ln_prior).first<worse_effects>();

DispersionCurve curve_of(std::vector<DispersionPoint> points) {
  return DispersionCurve::create(points).value();
}

struct Feed {
  Mixture mixture;
  Starts starts;
  StartPlan plan = plan_starts(40, 0, 4);
  double cap = scrape_cap(proof_at(0.01), 1, 3);

  Mixture::Done see(const Counts& counts, const DispersionCurve& curve) {
    std::array<double, worse_effects> gain;
    pair_evidence(counts, {}, worse_grid(), gain);
    const double opening = starts.advance(plan, 1, false);
    return mixture.observe({.gain = gain,
                            .ln_prior = prior,
                            .age = 1,
                            .opening_weight = opening,
                            .unstarted = starts.unstarted,
                            .cap = cap},
                           curve);
  }
};

TEST(Mixture, TheOrderOfFramesDoesNotMatterWithoutForfeits) {
  fakes::Traffic traffic(1);
  const auto curve = curve_of({{1, 1}});
  std::vector<Counts> frames;
  for (int i = 0; i < 30; ++i) frames.push_back(traffic.interval(200, 0.1, 0.01, 0.01));
  Feed forward, backward;
  forward.cap = backward.cap = 1e6;
  for (const Counts& frame : frames) forward.see(frame, curve);
  std::ranges::reverse(frames);
  for (const Counts& frame : frames) backward.see(frame, curve);
  for (std::size_t j = 0; j < worse_effects; ++j) {
    EXPECT_NEAR(forward.mixture.sum[j], backward.mixture.sum[j],
                1e-12 * (1 + std::fabs(forward.mixture.sum[j])));
  }
}

// The martingale of the proof: no dispersion, no forfeit, no slot that is ever dropped.
struct Shadow {
  std::vector<std::array<double, worse_effects>> slots;
  std::vector<double> weights;
  double see(const Counts& counts, double opening, double unstarted) {
    if (opening > 0) {
      slots.push_back({});
      weights.push_back(opening);
    }
    std::array<double, worse_effects> gain;
    pair_evidence(counts, {}, worse_grid(), gain);
    double high = 0;
    for (auto& slot : slots) {
      for (std::size_t j = 0; j < worse_effects; ++j) high = std::max(high, slot[j] += gain[j]);
    }
    double sum = unstarted * std::exp(-high);
    for (std::size_t s = 0; s < slots.size(); ++s) {
      for (std::size_t j = 0; j < worse_effects; ++j)
        sum += weights[s] * std::exp(prior[j] + slots[s][j] - high);
    }
    return high + std::log(sum);
  }
};

TEST(Mixture, EvidenceStaysBelowOnePlusTheMartingaleAndGrowsByAtMostTheCap) {
  for (int run = 0; run < 20; ++run) {
    fakes::Traffic traffic(100 + static_cast<std::uint64_t>(run));
    const auto curve = run % 2 == 0 ? curve_of({{1, 1}}) : curve_of({{1, 1.2}, {10, 2}, {40, 5}});
    Feed feed;
    Starts starts;
    Shadow shadow;
    double before = 0;
    for (int i = 0; i < 150; ++i) {
      const double canary = i % 37 == 20 ? 0.3 : i > 120 ? 0.03 : 0.01;
      const Counts frame = traffic.interval(100, 0.1, canary, 0.01);
      const double opening = starts.advance(feed.plan, 1, false);
      const double martingale = shadow.see(frame, opening, starts.unstarted);
      feed.see(frame, curve);
      const double now = feed.mixture.ln_evidence;
      ASSERT_LE(now, before + feed.cap);
      ASSERT_LE(now, add_in_logs(0, martingale) + 1e-9) << run << " " << i;
      before = now;
    }
  }
}

TEST(Mixture, ManySlotsCostNoMoreMemoryAndTheWeakestIsDropped) {
  fakes::Traffic traffic(3);
  const auto curve = curve_of({{1, 1}});
  Feed feed;
  feed.plan = plan_starts(8, 0, 4);
  int dropped = 0;
  for (int i = 0; i < 400; ++i) {
    if (feed.see(traffic.interval(200, 0.1, 0.01, 0.01), curve).dropped) ++dropped;
    ASSERT_LE(feed.mixture.open, slots_max);
  }
  EXPECT_EQ(dropped, 100 - 16);
}

TEST(Mixture, ZerosChangeItOnlyThroughTheDispersion) {
  fakes::Traffic traffic(4);
  for (const bool rough : {false, true}) {
    const auto curve = rough ? curve_of({{1, 1}, {10, 3}}) : curve_of({{1, 1}});
    Feed feed;
    for (int i = 0; i < 6; ++i) feed.see(traffic.interval(200, 0.1, 0.03, 0.01), curve);
    const double before = feed.mixture.ln_evidence;
    feed.see({}, curve);
    if (rough) {
      EXPECT_LT(feed.mixture.ln_evidence, before - 1e-3);
    } else {
      EXPECT_NEAR(feed.mixture.ln_evidence, before, 1e-12);
    }
  }
}

TEST(Mixture, WithoutForfeitsMoreBadOnesNeverLowerIt) {
  const auto curve = curve_of({{1, 1}, {10, 1.5}});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    fakes::Traffic traffic(seed);
    Feed less, more;
    less.cap = more.cap = 1e6;
    const int raised = static_cast<int>(traffic.source() % 30);
    for (int i = 0; i < 30; ++i) {
      const Counts frame = traffic.interval(50, 0.2, 0.05, 0.05);
      Counts worse = frame;
      if (i == raised && worse.x < worse.n) ++worse.x;
      less.see(frame, curve);
      more.see(worse, curve);
      ASSERT_GE(more.mixture.ln_evidence, less.mixture.ln_evidence - 1e-12);
    }
  }
}

TEST(Mixture, ItNeverExponentiatesItsOwnLogarithm) {
  const auto curve = curve_of({{1, 1}});
  Feed feed;
  feed.cap = 1e9;
  for (int i = 0; i < 100; ++i) feed.see({.n = 100'000, .x = 100'000, .m = 900'000, .y = 9}, curve);
  EXPECT_TRUE(std::isfinite(feed.mixture.ln_evidence));
  EXPECT_GT(feed.mixture.ln_evidence, 1e6);
}

}  // namespace
}  // namespace kai::core
