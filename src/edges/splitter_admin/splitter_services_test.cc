#include "edges/splitter_admin/splitter_services.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_edit.h"

namespace kai::edges {
namespace {

using splitter::SnapshotSpec;
using Edges = std::vector<std::uint64_t>;

core::Limits limit_of(Duration latency) {
  core::Limits limits;
  limits.latency_max = latency;
  return limits;
}

SnapshotSpec served(const std::string& tag) {
  SnapshotSpec spec;
  EXPECT_TRUE(set_services(
      spec,
      {{.host = "shop.example", .path_prefix = "/a", .stable = {"shop", tag, {"127.0.0.1:1"}}}},
      {}));
  return spec;
}

TEST(LatencyEdges, TheLimitIsOneOfThem) {
  EXPECT_EQ(latency_edges_us(limit_of(std::chrono::milliseconds(500))),
            (Edges{125'000, 250'000, 500'000, 1'000'000, 2'000'000, 5'000'000}));
}

TEST(LatencyEdges, ExtremesStayWithinWhatTheSplitterTakes) {
  EXPECT_EQ(latency_edges_us(limit_of(std::chrono::microseconds(1))), (Edges{1, 2, 4, 10}));
  EXPECT_EQ(latency_edges_us(limit_of(std::chrono::hours(24))),
            (Edges{21'600'000'000, 43'200'000'000, 86'400'000'000}));
  EXPECT_EQ(latency_edges_us(limit_of(Duration(0))).front(), 1U);
  EXPECT_EQ(latency_edges_us({}).size(), splitter::latency_edges_max);
}

TEST(Services, ARouteAsksForTheHostAndThePath) {
  const SnapshotSpec spec = served("v1");
  ASSERT_EQ(spec.routes.size(), 1U);
  EXPECT_EQ(spec.routes[0].match[0].host, "shop.example");
  EXPECT_EQ(spec.routes[0].match[0].condition.path_prefix, "/a");
  EXPECT_EQ(spec.routes[0].latency_edges_us, latency_edges_us({}));
}

// Two of them may ask for nothing else.
TEST(Services, OfSeveralAddressesEachServiceHasItsOwn) {
  const std::vector<SplitterService> services{
      {.host = "", .path_prefix = "/", .stable = {"web", "v1", {"127.0.0.1:1"}}},
      {.host = "", .path_prefix = "/", .stable = {"api", "v1", {"127.0.0.1:2"}}},
      {.host = "", .path_prefix = "/old", .stable = {"old", "v1", {"127.0.0.1:3"}}}};
  SplitterSetup setup{.listen = {"0.0.0.0:8080", "[::]:8081"},
                      .limits = {},
                      .listen_of = {{"web", "0.0.0.0:8080"}, {"api", "[::]:8081"}}};
  SnapshotSpec spec;
  ASSERT_TRUE(set_services(spec, services, setup));
  EXPECT_EQ(spec.routes[0].match[0].listener, "0.0.0.0:8080");
  EXPECT_EQ(spec.routes[1].match[0].listener, ":::8081");
  EXPECT_EQ(spec.routes[2].match[0].listener, "");
  setup.listen = {"0.0.0.0:8080", "0.0.0.0:8080"};
  ASSERT_TRUE(set_services(spec, services, setup));
  EXPECT_EQ(spec.routes[0].match[0].listener, "") << "there is no other";
}

TEST(Services, WhatIsAsWantedDoesNotDiffer) {
  SnapshotSpec spec = served("v1");
  const std::vector<SplitterService> same{
      {.host = "shop.example", .path_prefix = "/a", .stable = {"shop", "v1", {"127.0.0.1:1"}}}};
  EXPECT_EQ(set_services(spec, same, {}), false);
  EXPECT_EQ(set_services(spec, same, {.listen = {}, .limits = limit_of(std::chrono::seconds(1))}),
            true);
}

TEST(Services, WhatSomebodySetBesideStays) {
  SnapshotSpec spec = served("v1");
  spec.routes[0].timeouts.response_head = 5;
  spec.routes[0].split.identity_cookie = "id";
  spec.routes[0].split.stamp = "r1.1.1";
  EXPECT_EQ(
      set_services(spec, {{.host = "", .path_prefix = "/", .stable = {"shop", "v2", {"[::1]:2"}}}},
                   {}),
      true);
  EXPECT_EQ(spec.routes[0].timeouts.response_head, 5U);
  EXPECT_EQ(spec.routes[0].split.identity_cookie, "id");
  EXPECT_EQ(spec.routes[0].split.stamp, "");
  EXPECT_EQ(spec.routes[0].match[0].host, "");
}

TEST(Services, ServicesThatAreNotNamedAreNotServed) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_services(
                spec, {{.host = "", .path_prefix = "/", .stable = {"api", "v1", {"[::1]:2"}}}}, {}),
            true);
  EXPECT_EQ(find_route(spec, "shop"), nullptr);
  EXPECT_EQ(find_backend(spec, "shop@v1"), nullptr);
}

TEST(Versions, ANewOneIsClosedAndNamedByNoRoute) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(
      set_versions(spec, {{"shop", "v2", {"127.0.0.1:2"}}}, limit_of(std::chrono::seconds(1))),
      true);
  const auto* const canary = find_backend(spec, "shop@v2");
  ASSERT_NE(canary, nullptr);
  EXPECT_EQ(canary->track, "canary");
  EXPECT_EQ(canary->state, "closed");
  EXPECT_FALSE(is_named(spec.routes[0], "shop@v2"));
  EXPECT_TRUE(std::ranges::find(spec.routes[0].latency_edges_us, 1'000'000U) !=
              spec.routes[0].latency_edges_us.end());
}

TEST(Versions, EndpointsChangeNoWeightAndNoRole) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_versions(spec, {{"shop", "v1", {"127.0.0.1:7"}}}, {}), true);
  EXPECT_EQ(find_backend(spec, "shop@v1")->endpoints, std::vector<std::string>{"127.0.0.1:7"});
  EXPECT_EQ(find_backend(spec, "shop@v1")->track, "stable");
  EXPECT_EQ(set_versions(spec, {{"shop", "v1", {"127.0.0.1:7"}}}, {}), false);
}

TEST(Versions, WithoutEndpointsACanaryIsClosedUntilTheyAreBack) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:2"}}}, {}), true);
  add_canary(spec, spec.routes[0], "shop@v2");
  set_weight(spec, spec.routes[0], "shop@v2", core::Weight::from_hundredths(1000));
  EXPECT_EQ(find_backend(spec, "shop@v2")->state, "active");
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {}}}, {}), true);
  EXPECT_EQ(find_backend(spec, "shop@v2")->state, "closed");
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:3"}}}, {}), true);
  EXPECT_EQ(find_backend(spec, "shop@v2")->state, "active");
}

// Somebody shut the canary; a new process of it is no reason to open it.
TEST(Versions, WhatWasClosedByHandStaysClosed) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:2"}}}, {}), true);
  add_canary(spec, spec.routes[0], "shop@v2");
  set_weight(spec, spec.routes[0], "shop@v2", core::Weight::from_hundredths(1000));
  find_backend(spec, "shop@v2")->state = "closed";
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:3"}}}, {}), true);
  EXPECT_EQ(find_backend(spec, "shop@v2")->state, "closed");
}

TEST(Versions, TheStableOneKeepsItsLastEndpoints) {
  SnapshotSpec spec = served("v1");
  const auto emptied = set_versions(spec, {{"shop", "v1", {}}}, {});
  ASSERT_FALSE(emptied);
  EXPECT_EQ(emptied.error().kind, ErrorKind::rejected);
}

TEST(Versions, AServiceThatIsNotServedIsRejected) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_versions(spec, {{"api", "v2", {"127.0.0.1:2"}}}, {}).error().message,
            "kai-splitter has no route api: no version of this service is served yet");
}

TEST(Versions, OnlyWhatIsNotStableAndHasNoWeightIsRemoved) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(remove_versions(spec, "v1"), false);
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:2"}}}, {}), true);
  add_canary(spec, spec.routes[0], "shop@v2");
  set_weight(spec, spec.routes[0], "shop@v2", core::Weight::from_hundredths(1000));
  EXPECT_EQ(remove_versions(spec, "v2").error().kind, ErrorKind::unavailable);
  set_weight(spec, spec.routes[0], "shop@v2", core::Weight::zero());
  EXPECT_EQ(remove_versions(spec, "v2"), true);
  EXPECT_EQ(find_backend(spec, "shop@v2"), nullptr);
  EXPECT_FALSE(is_named(spec.routes[0], "shop@v2"));
  EXPECT_EQ(remove_versions(spec, "v2"), false);
}

TEST(Versions, SharesAreThoseInForce) {
  SnapshotSpec spec = served("v1");
  EXPECT_EQ(set_versions(spec, {{"shop", "v2", {"127.0.0.1:2"}}}, {}), true);
  add_canary(spec, spec.routes[0], "shop@v2");
  set_weight(spec, spec.routes[0], "shop@v2", core::Weight::from_hundredths(1000));
  EXPECT_EQ(versions_in(spec)[0].ppm, 900'000U);
  EXPECT_EQ(versions_in(spec)[1].ppm, 100'000U);
  find_backend(spec, "shop@v2")->state = "closed";
  EXPECT_EQ(versions_in(spec)[0].ppm, 1'000'000U);
  EXPECT_EQ(versions_in(spec)[1].ppm, 0U);
}

}  // namespace
}  // namespace kai::edges
