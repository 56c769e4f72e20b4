#include "core/judge/latency_edges.h"

#include <vector>

#include <gtest/gtest.h>

namespace kai::core {
namespace {

using Indexes = std::vector<std::size_t>;

TEST(LatencyEdges, TheEdgesNearestToTheWantedSharesAreChosen) {
  const std::vector<double> edges = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
  // Log-normal around 50 ms: the edges that the specification names are 0.05, 0.1, 0.25 and 0.5.
  const std::vector<std::uint64_t> slower = {99'800, 97'800, 80'700, 50'000, 19'300,
                                             2'200,  200,    9,      0};
  EXPECT_EQ(choose_edges({.edges = edges, .timed = 100'000, .slower = slower}),
            (Indexes{3, 4, 5, 6}));
}

TEST(LatencyEdges, OneEdgeIsChosenOnce) {
  const std::vector<double> edges = {0.1, 1};
  const std::vector<std::uint64_t> slower = {300, 0};
  EXPECT_EQ(choose_edges({.edges = edges, .timed = 1000, .slower = slower}), Indexes{0});
}

TEST(LatencyEdges, SharesThatTellNothingAreLeftOut) {
  const std::vector<double> edges = {0.1, 1};
  const std::vector<std::uint64_t> slower = {9100, 4};
  EXPECT_TRUE(choose_edges({.edges = edges, .timed = 10'000, .slower = slower}).empty());
}

TEST(LatencyEdges, FewRequestsChooseNothing) {
  const std::vector<double> edges = {0.1};
  const std::vector<std::uint64_t> slower = {500};
  EXPECT_TRUE(choose_edges({.edges = edges, .timed = 999, .slower = slower}).empty());
  EXPECT_FALSE(choose_edges({.edges = edges, .timed = 1000, .slower = slower}).empty());
}

TEST(LatencyEdges, ALimitIsJudgedAtTheNearestEdgeInRatio) {
  const std::vector<double> edges = {0.1, 0.25, 1};
  EXPECT_EQ(edge_near(edges, 0.5), 1U);  // 0.25 and 1 are equally far: the lower one
  EXPECT_EQ(edge_near(edges, 0.51), 2U);
  EXPECT_EQ(edge_near(edges, 0.16), 1U);
  EXPECT_FALSE(edge_near({}, 0.5).has_value());
}

}  // namespace
}  // namespace kai::core
