#include "splitter/observe/exposition.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/time.h"
#include "core/traffic/split.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/cell.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t whole = 1'000'000;

Route route(std::vector<Duration> edges = {}) {
  Route route{.table = core::SplitTable(std::span(&whole, 1))};
  route.id = "shop";
  route.service = "shop \"quoted\"";
  route.latency_edges = std::move(edges);
  return route;
}

Backend backend() {
  Backend backend;
  backend.id = backend.version = "v2";
  backend.track = Track::canary;
  return backend;
}

Snapshot in_force(std::vector<Duration> edges = {}) {
  Snapshot snapshot;
  snapshot.routes.push_back(route(std::move(edges)));
  return snapshot;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

constexpr const char* labels =
    R"(service="shop \"quoted\"",route="shop",version="v2",track="canary")";

TEST(Exposition, WorkersAreAddedUpByLabels) {
  CellTable first;
  CellTable second;
  first.of(route(), backend()).add_request(200, Assignment::unkeyed, milliseconds(1));
  second.of(route(), backend()).add_request(200, Assignment::unkeyed, milliseconds(1));
  second.of(route(), backend()).add_request(503, Assignment::unkeyed, milliseconds(1));
  const std::string text = write_exposition({&first, &second}, in_force());
  EXPECT_TRUE(
      has_line(text, "http_requests_total{" + std::string(labels) + ",status_code=\"200\"} 2"))
      << text;
  EXPECT_TRUE(
      has_line(text, "http_requests_total{" + std::string(labels) + ",status_code=\"503\"} 1"));
  EXPECT_TRUE(has_line(text, "http_request_duration_seconds_count{" + std::string(labels) + "} 3"));
  EXPECT_TRUE(
      has_line(text, "http_request_duration_seconds_sum{" + std::string(labels) + "} 0.003000"));
}

// Its status was told before, so it is counted beside it; a 5xx is an error already.
TEST(Exposition, AnswersThatWereCutAreCountedOnce) {
  CellTable table;
  Cell& cell = table.of(route(), backend());
  EXPECT_EQ(write_exposition({&table}, in_force()).find("kai_broken_answers_total{"),
            std::string::npos);
  cell.add_broken(200);
  cell.add_broken(502);
  EXPECT_TRUE(has_line(write_exposition({&table}, in_force()),
                       "kai_broken_answers_total{" + std::string(labels) + "} 1"));
}

TEST(Exposition, RequestsUnderWayAreThoseThatAreNotReleased) {
  CellTable first;
  CellTable second;
  first.of(route(), backend()).attached.add(3);
  second.of(route(), backend()).attached.add(1);
  second.of(route(), backend()).released.add(1);
  EXPECT_TRUE(has_line(write_exposition({&first, &second}, in_force()),
                       "kai_requests_in_flight{" + std::string(labels) + "} 3"));
}

TEST(Exposition, BucketsAndEdgesAreTrueCounts) {
  CellTable table;
  Cell& cell = table.of(route({microseconds(500)}), backend());
  for (const int time : {255, 256, 499, 500, 501, 1023, 1024}) {
    cell.add_request(200, Assignment::unkeyed, microseconds(time));
  }
  const std::string text = write_exposition({&table}, in_force({microseconds(500)}));
  const auto bucket = [&](const std::string& bound, int count) {
    return has_line(text, "http_request_duration_seconds_bucket{" + std::string(labels) + ",le=\"" +
                              bound + "\"} " + std::to_string(count));
  };
  EXPECT_TRUE(bucket("0.000256", 1)) << text;
  EXPECT_TRUE(bucket("0.000500", 4));
  EXPECT_TRUE(bucket("0.000512", 5));
  EXPECT_TRUE(bucket("0.001024", 6));
  EXPECT_TRUE(bucket("0.002048", 7));
  EXPECT_TRUE(bucket("+Inf", 7));
}

TEST(Exposition, APromotedBackendCountsAsStableFromThenOn) {
  CellTable table;
  Backend v2 = backend();
  table.of(route(), v2).add_request(200, Assignment::unkeyed, milliseconds(1));
  v2.track = Track::stable;
  table.of(route(), v2).add_request(200, Assignment::unkeyed, milliseconds(1));
  table.of(route(), v2).add_request(200, Assignment::unkeyed, milliseconds(1));
  const std::string text = write_exposition({&table}, in_force());
  const auto requests = [&](const std::string& track, int count) {
    return has_line(text, R"(http_requests_total{service="shop \"quoted\"",route="shop",)"
                          R"(version="v2",track=")" +
                              track + R"(",status_code="200"} )" + std::to_string(count));
  };
  EXPECT_TRUE(requests("canary", 1)) << text;
  EXPECT_TRUE(requests("stable", 2)) << text;
}

TEST(Exposition, WhatComesBackIsCountedWhereItWas) {
  CellTable table;
  const Route before = route({microseconds(500)});
  const Route after = route({microseconds(700)});
  const Cell* const first = &table.of(before, backend());
  const Cell* const second = &table.of(after, backend());
  EXPECT_NE(first, second);
  EXPECT_EQ(&table.of(before, backend()), first);
  EXPECT_EQ(table.cells().size(), 2U);
}

TEST(Exposition, OtherEdgesOfARouteAreTrueFromThenOn) {
  CellTable table;
  const auto add = [&](const Route& now, int time) {
    table.of(now, backend()).add_request(200, Assignment::unkeyed, microseconds(time));
  };
  add(route({microseconds(500)}), 300);
  add(route({microseconds(500)}), 400);
  add(route({microseconds(400)}), 400);
  add(route({microseconds(400)}), 401);
  const std::string text = write_exposition({&table}, in_force({microseconds(400)}));
  const auto bucket = [&](const std::string& bound) {
    return "http_request_duration_seconds_bucket{" + std::string(labels) + ",le=\"" + bound +
           "\"} ";
  };
  // Of the two before only the first is certainly below: their cell was not asked about 400 us.
  EXPECT_TRUE(has_line(text, bucket("0.000400") + "2")) << text;
  EXPECT_EQ(text.find(bucket("0.000500")), std::string::npos) << text;
  EXPECT_TRUE(has_line(text, bucket("0.000512") + "4")) << text;
}

TEST(Exposition, AWorkerToWhomNobodyComesHidesNoEdge) {
  CellTable busy;
  CellTable idle;
  const auto add = [](CellTable& table, const Route& now, int time) {
    table.of(now, backend()).add_request(200, Assignment::unkeyed, microseconds(time));
  };
  add(busy, route({microseconds(500)}), 300);
  add(idle, route({microseconds(500)}), 300);
  add(busy, route({microseconds(400)}), 400);
  const std::string text = write_exposition({&busy, &idle}, in_force({microseconds(400)}));
  EXPECT_TRUE(has_line(
      text, "http_request_duration_seconds_bucket{" + std::string(labels) + ",le=\"0.000400\"} 3"))
      << text;
}

TEST(Exposition, RefusalsHaveAReasonAndNoArm) {
  CellTable table;
  table.count_refusal(Refusal::framing_conflict);
  EXPECT_TRUE(has_line(write_exposition({&table}, in_force()),
                       "kai_rejected_requests_total{reason=\"framing_conflict\"} 1"));
}

TEST(Exposition, AttemptsThatFailedStayBesideTheRequestThatSucceeded) {
  CellTable table;
  Cell& cell = table.of(route(), backend());
  cell.add_attempt(Outcome::connect_failed);
  cell.add_attempt(Outcome::ok);
  const std::string text = write_exposition({&table}, in_force());
  EXPECT_TRUE(has_line(
      text, "kai_attempts_total{" + std::string(labels) + ",outcome=\"connect_failed\"} 1"));
  EXPECT_TRUE(has_line(text, "kai_attempts_total{" + std::string(labels) + ",outcome=\"ok\"} 1"));
}

}  // namespace
}  // namespace kai::splitter
