#include "edges/splitter_admin/splitter_increments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_edit.h"
#include "edges/splitter_admin/splitter_services.h"

namespace kai::edges {
namespace {

using core::Arm;
using Edges = std::vector<std::uint64_t>;

WallTime at(int seconds) { return {.since_epoch = std::chrono::seconds(1000 + seconds)}; }

const SplitterArm stable{.route = "shop", .version = "v1", .track = "stable"};
const SplitterArm canary{.route = "shop", .version = "v2", .track = "canary"};

class SplitterIncrementsTest : public testing::Test {
 protected:
  SplitterIncrementsTest() {
    const std::vector<SplitterService> services{
        {.host = "", .path_prefix = "/", .stable = {"shop", "v1", {"127.0.0.1:1"}}}};
    EXPECT_TRUE(set_services(snapshot, services, {}));
    EXPECT_TRUE(set_versions(snapshot, {{"shop", "v2", {"127.0.0.1:2", "127.0.0.1:3"}}}, {}));
    add_canary(snapshot, snapshot.routes[0], "shop@v2");
  }
  ports::Counters look(int seconds) {
    return increments.take({{.route = "shop", .edges_us = {500, 1000}}}, pods, snapshot, counts,
                           started, at(seconds));
  }
  // The slice of an arm; there is one.
  static core::Slice of(const ports::Counters& answer, Arm arm) {
    std::vector<core::Slice> found;
    for (const core::Slice& slice : answer.slices)
      if (slice.arm == arm) found.push_back(slice);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? core::Slice{} : found.front();
  }
  static void count(SplitterCounted& counted, int status, std::uint64_t requests) {
    counted.by_status[status] += requests;
    counted.timed += requests;
    counted.within[1000] += requests;
  }

  splitter::SnapshotSpec snapshot;
  SplitterCounts counts;
  std::string started = "1";
  std::vector<ports::PodTarget> pods{{.service = 0,
                                      .arm = Arm::baseline,
                                      .name = "shop-v1-1",
                                      .address = "127.0.0.1:1",
                                      .started_at = at(-500),
                                      .ready = true},
                                     {.service = 0,
                                      .arm = Arm::canary,
                                      .name = "shop-v2-1",
                                      .address = "127.0.0.1:2",
                                      .started_at = at(-50),
                                      .ready = true},
                                     {.service = 0,
                                      .arm = Arm::canary,
                                      .name = "shop-v2-2",
                                      .address = "127.0.0.1:3",
                                      .started_at = at(-40),
                                      .ready = true}};
  SplitterIncrements increments;
};

TEST_F(SplitterIncrementsTest, CountingBeginsAtTheFirstLook) {
  count(counts[stable], 200, 1000);
  const auto first = look(0);
  EXPECT_TRUE(first.slices.empty());
  EXPECT_TRUE(first.arms_apart);
  EXPECT_FALSE(first.stale);
  EXPECT_EQ(first.source_now, at(0));
  count(counts[stable], 200, 90);
  count(counts[canary], 200, 10);
  const auto second = look(1);
  EXPECT_EQ(of(second, Arm::baseline).requests, 90U);
  EXPECT_EQ(of(second, Arm::canary).requests, 10U) << "born since the look before";
  EXPECT_EQ(of(second, Arm::canary).target, "shop@v2");
  EXPECT_EQ(of(second, Arm::canary).from, at(0));
  EXPECT_EQ(of(second, Arm::canary).to, at(1));
}

TEST_F(SplitterIncrementsTest, NobodyAskingIsZeroAndNotNothing) {
  look(0);
  const auto answer = look(1);
  EXPECT_EQ(of(answer, Arm::canary).requests, 0U);
  EXPECT_EQ(of(answer, Arm::baseline).requests, 0U);
  EXPECT_EQ(of(answer, Arm::baseline).slower, (Edges{0, 0}));
}

TEST_F(SplitterIncrementsTest, ErrorsAreServersErrorsAndCutAnswers) {
  look(0);
  count(counts[canary], 200, 10);
  count(counts[canary], 404, 1);
  count(counts[canary], 499, 2);  // clients that left
  count(counts[canary], 500, 3);
  count(counts[canary], 502, 4);  // refused connections
  count(counts[canary], 504, 5);  // time-outs
  counts[canary].broken = 1;
  const core::Slice slice = of(look(1), Arm::canary);
  EXPECT_EQ(slice.requests, 25U);
  EXPECT_EQ(slice.errors, 13U);
}

// The worker counts while we read.
TEST_F(SplitterIncrementsTest, AnErrorThatIsSeenBeforeItsRequestWaitsForIt) {
  look(0);
  counts[canary].broken = 2;
  count(counts[canary], 200, 1);
  EXPECT_EQ(of(look(1), Arm::canary).errors, 1U);
  count(counts[canary], 200, 1);
  EXPECT_EQ(of(look(2), Arm::canary).errors, 1U);
  EXPECT_EQ(of(look(3), Arm::canary).errors, 0U);
}

TEST_F(SplitterIncrementsTest, EdgesAreExact) {
  counts[canary] = {
      .by_status = {{200, 5}}, .within = {{500, 1}, {1000, 4}}, .timed = 5, .in_flight = {}};
  look(0);
  counts[canary] = {
      .by_status = {{200, 15}}, .within = {{500, 3}, {1000, 12}}, .timed = 15, .in_flight = {}};
  const core::Slice slice = of(look(1), Arm::canary);
  EXPECT_EQ(slice.timed, 10U);
  EXPECT_EQ(slice.slower, (Edges{8, 2}));
}

// Until both looks have it.
TEST_F(SplitterIncrementsTest, AnEdgeThatIsNotCountedSaysNothing) {
  counts[canary] = {.by_status = {{200, 5}}, .within = {{500, 1}}, .timed = 5, .in_flight = {}};
  look(0);
  counts[canary] = {
      .by_status = {{200, 9}}, .within = {{500, 1}, {1000, 9}}, .timed = 9, .in_flight = {}};
  EXPECT_EQ(of(look(1), Arm::canary).timed, 0U);
  EXPECT_EQ(of(look(2), Arm::canary).slower, (Edges{0, 0}));
  count(counts[canary], 200, 4);
  EXPECT_EQ(of(look(3), Arm::canary).timed, 4U);
}

TEST_F(SplitterIncrementsTest, ARestartedSplitterCountsFromZero) {
  count(counts[stable], 200, 1000);
  count(counts[canary], 200, 100);
  look(0);
  counts.clear();
  started = "2";
  count(counts[stable], 200, 7);
  const auto answer = look(1);
  EXPECT_EQ(of(answer, Arm::baseline).requests, 7U);
  EXPECT_EQ(of(answer, Arm::canary).requests, 0U);
  count(counts[canary], 200, 3);
  EXPECT_EQ(of(look(2), Arm::canary).requests, 3U);
}

// Whatever it counted by then.
TEST_F(SplitterIncrementsTest, ARestartIsSeenWhenNoCountFell) {
  count(counts[stable], 200, 10);
  counts[canary] = {
      .by_status = {{200, 5}}, .within = {{500, 5}, {1000, 5}}, .timed = 5, .in_flight = {}};
  look(0);
  started = "2";
  counts[stable] = {};
  count(counts[stable], 200, 50);
  counts[canary] = {
      .by_status = {{200, 8}}, .within = {{500, 6}, {1000, 8}}, .timed = 8, .in_flight = {}};
  const auto answer = look(1);
  EXPECT_EQ(of(answer, Arm::baseline).requests, 50U);
  EXPECT_EQ(of(answer, Arm::canary).requests, 8U);
  EXPECT_EQ(of(answer, Arm::canary).slower, (Edges{2, 0}));
  EXPECT_EQ(of(look(2), Arm::canary).requests, 0U);
}

TEST_F(SplitterIncrementsTest, AClockThatWasPutBackBeginsAnew) {
  look(100);
  count(counts[stable], 200, 5);
  EXPECT_TRUE(look(10).slices.empty());
  count(counts[stable], 200, 6);
  EXPECT_EQ(of(look(11), Arm::baseline).requests, 6U);
}

TEST_F(SplitterIncrementsTest, AnArmIsAsOldAsItsYoungestPod) {
  look(0);
  const auto answer = look(1);
  EXPECT_EQ(of(answer, Arm::canary).age, std::chrono::seconds(40));
  EXPECT_EQ(of(answer, Arm::baseline).age, std::chrono::seconds(500));
}

TEST_F(SplitterIncrementsTest, APodThatNoBackendHasIsSilent) {
  pods.push_back({.service = 0,
                  .arm = Arm::canary,
                  .name = "shop-v2-3",
                  .address = "127.0.0.1:4",
                  .started_at = at(0),
                  .ready = true});
  EXPECT_EQ(look(0).silent_pods, std::vector<std::string>{"shop-v2-3"});
  take_out(snapshot, snapshot.routes[0], "shop@v2");
  const auto answer = look(1);
  EXPECT_FALSE(answer.arms_apart);
  EXPECT_EQ(answer.silent_pods.size(), 3U);
}

TEST_F(SplitterIncrementsTest, ABackendOfBothArmsIsNotApartAndNotCounted) {
  pods[2].arm = Arm::baseline;
  look(0);
  const auto answer = look(1);
  EXPECT_FALSE(answer.arms_apart);
  EXPECT_EQ(answer.slices.size(), 1U);
}

// A first install: its own canary.
TEST_F(SplitterIncrementsTest, TheArmIsThatOfThePods) {
  pods.resize(1);
  pods[0].arm = Arm::canary;
  look(0);
  count(counts[stable], 200, 4);
  EXPECT_EQ(of(look(1), Arm::canary).requests, 4U);
}

TEST_F(SplitterIncrementsTest, APromotedVersionIsCountedInItsNewRole) {
  count(counts[canary], 200, 100);
  look(0);
  const std::vector<SplitterService> promoted{
      {.host = "", .path_prefix = "/", .stable = {"shop", "v2", {"127.0.0.1:2", "127.0.0.1:3"}}}};
  EXPECT_TRUE(set_services(snapshot, promoted, {}));
  count(counts[{.route = "shop", .version = "v2", .track = "stable"}], 200, 8);
  count(counts[canary], 200, 1);  // the last one of the old role
  EXPECT_EQ(of(look(1), Arm::canary).requests, 8U);
}

// --- the text
// ---------------------------------------------------------------------------------------

constexpr const char* labels = R"(service="s",route="shop",version="v2",track="canary")";

TEST(SplitterCounts, AllSeriesOfAnArmAreRead) {
  const std::string l(labels);
  const auto counts = read_counts(
      "# HELP x y\n\nkai_generation 4\nhttp_requests_total{" + l + ",status_code=\"200\"} 7\n" +
      "http_requests_total{" + l + ",status_code=\"503\"} 2\n" +
      "http_request_duration_seconds_bucket{" + l + ",le=\"0.250000\"} 3\n" +
      "http_request_duration_seconds_bucket{" + l + ",le=\"+Inf\"} 9\n" +
      "http_request_duration_seconds_sum{" + l + "} 0.1\n" + "kai_broken_answers_total{" + l +
      "} 1\n" + "kai_requests_in_flight{" + l + "} 4");
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->at(canary), (SplitterCounted{.by_status = {{200, 7}, {503, 2}},
                                                 .broken = 1,
                                                 .within = {{250'000, 3}},
                                                 .timed = 9,
                                                 .in_flight = 4}));
  EXPECT_EQ(counts->at(canary).requests(), 9U);
  EXPECT_EQ(counts->at(canary).errors(), 3U);
}

TEST(SplitterCounts, EscapesInLabelsAreUndone) {
  const auto counts =
      read_counts("kai_requests_in_flight{route=\"a\\\"\\\\\\n}\",version=\"v\",track=\"t\"} 1\n");
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->begin()->first.route, "a\"\\\n}");
}

TEST(SplitterCounts, WhatIsNoCountIsMalformed) {
  const std::string l(labels);
  for (const std::string& line : std::vector<std::string>{
           "http_requests_total", "http_requests_total{", "http_requests_total{} 1",
           "http_requests_total{" + l + "} 1", "http_requests_total{" + l + ",status_code=\"200\"}",
           "http_requests_total{" + l + ",status_code=\"200\"} -1",
           "http_requests_total{" + l + ",status_code=\"200\"} 1.5",
           "http_requests_total{" + l + ",status_code=\"200\"} NaN",
           "http_requests_total{" + l + ",status_code=\"200\"} 99999999999999999",
           "http_requests_total{" + l + ",status_code=\"20x\"} 1",
           "http_requests_total{" + l + ",status_code=\"999\"} 1",
           "http_requests_total{" + l + ",track=\"canary\",status_code=\"200\"} 1",
           "http_requests_total{" + l + ",status_code=\"200} 1",
           "http_requests_total{" + l + ",status_code=\"200\\",
           "http_request_duration_seconds_bucket{" + l + ",le=\"fast\"} 1",
           "http_request_duration_seconds_bucket{" + l + ",le=\"1.0000001\"} 1",
           "http_request_duration_seconds_bucket{" + l + "} 1",
           "kai_broken_answers_total{route=\"shop\"} 1",
           "kai_broken_answers_total{" + l + "} 1\nkai_broken_answers_total{" + l + "} 1"}) {
    const auto counts = read_counts(line);
    ASSERT_FALSE(counts) << line;
    EXPECT_EQ(counts.error().kind, ErrorKind::malformed) << line;
  }
}

TEST(SplitterCounts, SinceWhenTheyAreCountedIsTold) {
  EXPECT_EQ(read_start("# x\nprocess_start_time_seconds 17.250000\nother 1\n"), "17.250000");
  EXPECT_EQ(read_start("\nprocess_start_time_seconds 17"), "17");
  EXPECT_EQ(read_start("\nprocess_start_time_seconds " + std::string(1000, '1')).size(), 64U);
  EXPECT_EQ(read_start("other_process_start_time_seconds 17\n"), "");
}

TEST(SplitterCounts, NothingIsNothing) {
  EXPECT_EQ(read_counts(""), SplitterCounts{});
  EXPECT_EQ(read_counts("\n\n# only words\nother_series{x=\"} broken"), SplitterCounts{});
}

}  // namespace
}  // namespace kai::edges
