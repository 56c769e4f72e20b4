#include "core/backtest/windows.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

PastInterval interval(const std::string& version, std::uint32_t services = 1) {
  PastInterval all;
  for (std::uint32_t i = 0; i < services; ++i)
    all.pods.push_back({.service = i, .pod = version + "-a", .version = version, .counts = {}});
  return all;
}

PastInterval both(const std::string& one, const std::string& other) {
  PastInterval all = interval(one);
  all.pods.push_back(interval(other).pods.front());
  return all;
}

Windows windows() { return Windows({.window = 4, .learn_min = 3, .learn_max = 5}); }

// How many windows came whole.
int add(Windows& windows, int count, const PastInterval& interval) {
  int whole = 0;
  for (int i = 0; i < count; ++i) whole += windows.add(interval) ? 1 : 0;
  return whole;
}

TEST(Windows, BeginOnlyWhereThereIsSomethingToLearnFrom) {
  Windows all = windows();
  EXPECT_EQ(add(all, 6, interval("v1")), 0);
  EXPECT_TRUE(all.add(interval("v1")));
  EXPECT_EQ(all.before().size(), 3U);
  EXPECT_EQ(all.window().size(), 4U);
  EXPECT_EQ(all.left_out(), (LeftOut{.learning = 3}));
}

TEST(Windows, DoNotOverlapAndAreLearnedFromInTurn) {
  Windows all = windows();
  EXPECT_EQ(add(all, 3 + 3 * 4, interval("v1")), 3);
  EXPECT_EQ(all.before().size(), 5U) << "no more than learn_max";
  EXPECT_EQ(add(all, 2, interval("v1")), 0);
  EXPECT_EQ(all.left_out(), (LeftOut{.learning = 3, .rest = 2}));
}

TEST(Windows, OfADeployGiveWayAndWhatTheOldVersionShowedIsForgotten) {
  Windows all = windows();
  EXPECT_EQ(add(all, 5, interval("v1")), 0);
  EXPECT_EQ(add(all, 3, both("v1", "v2")), 0);
  EXPECT_EQ(add(all, 1 + 2, interval("v2")), 0);
  EXPECT_EQ(add(all, 4, interval("v2")), 1);
  // Two of the window that was cut short, three of the deploy, the first of the new version.
  EXPECT_EQ(all.left_out(), (LeftOut{.learning = 3 + 2, .deploy = 2 + 3 + 1}));
  for (const PastInterval& before : all.before()) EXPECT_EQ(before.pods[0].version, "v2");
}

TEST(Windows, ADeployWithoutAnyOverlapIsOneToo) {
  Windows all = windows();
  EXPECT_EQ(add(all, 6, interval("v1")), 0);
  EXPECT_EQ(add(all, 1, interval("v2")), 0);
  EXPECT_EQ(all.left_out().deploy, 4U);
}

TEST(Windows, SurviveMissedScrapesAndNoGap) {
  Windows all = windows();
  EXPECT_EQ(add(all, 4, interval("v1")), 0);
  EXPECT_EQ(add(all, 2, {}), 0);
  EXPECT_TRUE(all.add(interval("v1")));
  EXPECT_EQ(add(all, 1, interval("v1")), 0);
  EXPECT_EQ(add(all, 3, {}), 0);
  EXPECT_EQ(add(all, 4, interval("v1")), 1) << "what was learned before a gap still holds";
  EXPECT_EQ(all.left_out(), (LeftOut{.learning = 3, .gap = 1 + 3}));
}

TEST(Windows, NeedEveryService) {
  Windows all({.window = 2, .learn_min = 1, .learn_max = 5, .services = 2});
  EXPECT_EQ(add(all, 4, interval("v1", 1)), 0);
  EXPECT_EQ(all.left_out().gap, 4U);
  EXPECT_EQ(add(all, 3, interval("v1", 2)), 1);
}

TEST(Windows, MayBeApart) {
  Windows all({.window = 2, .learn_min = 1, .learn_max = 5, .apart = 4});
  EXPECT_EQ(add(all, 1 + 2 + 4 + 2, interval("v1")), 2);
  EXPECT_EQ(all.left_out(), (LeftOut{.learning = 1, .apart = 4}));
}

}  // namespace
}  // namespace kai::core
