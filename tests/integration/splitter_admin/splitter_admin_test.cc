// kai-splitter itself, driven by edges/splitter_admin: real sockets, real backends, real restarts.
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_backends.h"
#include "edges/splitter_admin/splitter_control.h"
#include "edges/splitter_admin/splitter_process.h"
#include "edges/splitter_admin/splitter_router.h"
#include "edges/splitter_admin/splitter_source.h"
#include "net/await.h"
#include "net/http_beast_client.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_lasting_process.h"

namespace kai::edges {
namespace {

using core::RouteSeen;
using core::Weight;

constexpr int requests_of_share = 200;
constexpr int requests_off_max = 4;  // what the splitter promises of any run of requests
constexpr int clients = 8;
constexpr int requests_of_swap = 2000;

class SplitterAdminTest : public testing::Test {
 protected:
  ~SplitterAdminTest() override {
    if (const auto identity = read_identity(disk, files); identity && *identity)
      ignore(processes.signal(**identity, SIGKILL), "it may have ended");
    ignore(disk.remove_private_directory(files.directory), "a temporary one");
  }

  // A process of a version: it answers with its tag.
  std::string start_backend(const std::string& tag) {
    auto listening = net::HttpServer::listen(
        loop, {}, [this, tag](const net::HttpServerRequest&, const auto& responder) {
          answered[tag] += 1;
          responder->send({.status = status_of[tag] == 0 ? 200 : status_of[tag], .body = tag});
        });
    EXPECT_TRUE(listening.has_value());
    backends_running.push_back(std::move(*listening));
    return "127.0.0.1:" + std::to_string(backends_running.back()->port());
  }
  // One that is free now.
  std::string free_address() {
    auto listening = net::HttpServer::listen(loop, {}, [](const auto&, const auto&) {});
    return "127.0.0.1:" + std::to_string((*listening)->port());
  }

  template <typename T, typename Call>
  Result<T> ask(Call call) {
    return net::await<T>(loop, std::move(call));
  }
  void publish(const std::string& tag, const std::vector<std::string>& endpoints) {
    const auto published = ask<Unit>([&](Reply<Unit> reply) {
      backends.publish_stable(
          {.listen = {address}, .limits = {}},
          {{.host = "", .path_prefix = "/", .stable = {"shop", tag, endpoints}}}, std::move(reply));
    });
    ASSERT_TRUE(published) << published.error().message;
  }
  void set_canary(const std::string& tag, const std::vector<std::string>& endpoints) {
    const auto set = ask<Unit>([&](Reply<Unit> reply) {
      backends.set_endpoints({}, {{"shop", tag, endpoints}}, std::move(reply));
    });
    ASSERT_TRUE(set) << set.error().message;
    const ports::WorkloadPlan workload{
        .data = {},
        .name_space = "",
        .services = {{.name = "shop", .service = "shop", .canary_service = "shop@" + tag}},
        .lines = {}};
    const auto planned = ask<ports::Planned<ports::RoutePlan>>(
        [&](auto reply) { router.plan({}, workload, std::move(reply)); });
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_TRUE(planned->findings.empty()) << planned->findings.front().message;
    plan = planned->plan.data;
  }
  void apply(int percent, bool down = false) {
    const core::Stamp stamp{.rollout = "r1", .epoch = 1, .seq = ++seq, .down = down};
    const auto applied = ask<ports::Receipt>([&](auto reply) {
      router.apply(plan, {.attached = true, .canary = Weight::from_hundredths(percent * 100)},
                   stamp, std::move(reply));
    });
    ASSERT_TRUE(applied) << applied.error().message;
  }
  void expect_applied(int percent) {
    const auto seen = ask<RouteSeen>([&](auto reply) { router.observe(plan, std::move(reply)); });
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->state, RouteSeen::State::applied) << seen->detail;
    EXPECT_EQ(seen->live, Weight::from_hundredths(percent * 100));
    EXPECT_FALSE(seen->foreign) << seen->detail;
  }
  // Who answered, in `count` requests one after the other.
  std::map<std::string, int> visit(int count) {
    std::map<std::string, int> bodies;
    for (int i = 0; i < count; ++i) {
      const auto answer = ask<net::HttpResponse>(
          [&](auto reply) { http.send({.url = "http://" + address + "/"}, std::move(reply)); });
      bodies[answer ? std::to_string(answer->status) + " " + answer->body
                    : answer.error().message] += 1;
    }
    return bodies;
  }
  // Clients that ask again as soon as they were answered, until `count` were; `at` what happens
  // when so many were.
  std::map<std::string, int> visit_all_the_time(int count,
                                                std::map<int, std::function<void()>> at) {
    std::map<std::string, int> bodies;
    int asked = 0;
    int done = 0;
    std::function<void()> next = [&] {
      if (asked == count) return;
      if (const auto event = at.find(++asked); event != at.end()) event->second();
      http.send({.url = "http://" + address + "/"}, [&](Result<net::HttpResponse> answer) {
        done += 1;
        bodies[answer ? std::to_string(answer->status) + " " + answer->body
                      : answer.error().message] += 1;
        next();
      });
    };
    for (int client = 0; client < clients; ++client) next();
    loop.run_until([&] { return done == count; });
    return bodies;
  }
  core::Slice sum_of(core::Arm arm, const std::vector<core::Slice>& slices) {
    core::Slice sum;
    for (const core::Slice& slice : slices) {
      if (slice.arm != arm) continue;
      sum.requests += slice.requests;
      sum.errors += slice.errors;
      sum.timed += slice.timed;
    }
    return sum;
  }

  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealDisk disk{"/tmp"};
  net::Loop loop{steady, [](std::string_view what) { ADD_FAILURE() << "bug: " << what; }};
  net::BeastHttpClient http{loop, {}};
  os::RealLastingProcesses processes{loop, loop, steady};
  SplitterFiles files{.directory = *disk.make_private_directory("kai-admin-")};
  std::string address = free_address();
  SplitterControl control{http, loop, steady, files.socket()};
  SplitterProcess process{{.disk = disk, .processes = processes, .timers = loop, .steady = steady},
                          control,
                          {.files = files,
                           .program = KAI_SPLITTER_PROGRAM,
                           .environment = {},
                           .flags = {KAI_SPLITTER_SANDBOX}}};
  SplitterBackends backends{control, process};
  SplitterRouter router{control};
  SplitterSource source{control, wall};
  std::vector<std::unique_ptr<net::HttpServer>> backends_running;
  std::map<std::string, int> answered;
  std::map<std::string, int> status_of;
  Tree plan;
  std::uint64_t seq = 0;
};

TEST_F(SplitterAdminTest, ACanaryGetsItsShareAndNothingOnceItWasLowered) {
  publish("v1", {start_backend("v1")});
  EXPECT_EQ(visit(10), (std::map<std::string, int>{{"200 v1", 10}}));
  set_canary("v2", {start_backend("v2")});
  apply(0);
  expect_applied(0);
  EXPECT_EQ(visit(20), (std::map<std::string, int>{{"200 v1", 20}}));
  apply(10);
  expect_applied(10);
  const auto shared = visit(requests_of_share);
  EXPECT_EQ(shared.size(), 2U);
  EXPECT_NEAR(shared.at("200 v2"), requests_of_share / 10, requests_off_max);
  apply(0, true);
  expect_applied(0);
  EXPECT_EQ(visit(requests_of_share), (std::map<std::string, int>{{"200 v1", requests_of_share}}));
  const auto restored = ask<bool>([&](auto reply) {
    router.restore(plan, {.rollout = "r1", .epoch = 1, .seq = seq}, std::move(reply));
  });
  EXPECT_EQ(restored, true);
}

TEST_F(SplitterAdminTest, ItsCountsAreThoseOfTheBackends) {
  const std::string v1 = start_backend("v1");
  const std::string v2 = start_backend("v2");
  publish("v1", {v1});
  visit(1);
  set_canary("v2", {v2});
  apply(0);
  apply(50);
  const std::vector<ports::PodTarget> pods{{.service = 0,
                                            .arm = core::Arm::baseline,
                                            .name = "shop-v1-1",
                                            .address = v1,
                                            .started_at = {},
                                            .ready = true},
                                           {.service = 0,
                                            .arm = core::Arm::canary,
                                            .name = "shop-v2-1",
                                            .address = v2,
                                            .started_at = {},
                                            .ready = true}};
  const ports::WorkloadPlan workload{
      .data = {}, .name_space = "", .services = {{.name = "shop", .service = "shop"}}, .lines = {}};
  const auto planned = ask<ports::Planned<ports::MetricPlan>>(
      [&](auto reply) { source.plan({}, workload, pods, std::move(reply)); });
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->findings.empty());
  const auto count = [&] {
    const auto counted = ask<ports::Counters>(
        [&](auto reply) { source.counters(planned->plan.data, pods, std::move(reply)); });
    EXPECT_TRUE(counted) << counted.error().message;
    return counted.value_or(ports::Counters{});
  };
  EXPECT_TRUE(count().arms_apart);
  answered.clear();
  status_of["v2"] = 500;
  visit(100);
  const auto slices = count().slices;
  const core::Slice canary = sum_of(core::Arm::canary, slices);
  EXPECT_EQ(canary.requests, static_cast<std::uint64_t>(answered["v2"]));
  EXPECT_EQ(canary.errors, canary.requests);
  EXPECT_EQ(canary.timed, canary.requests);
  const core::Slice baseline = sum_of(core::Arm::baseline, slices);
  EXPECT_EQ(baseline.requests, static_cast<std::uint64_t>(answered["v1"]));
  EXPECT_EQ(baseline.errors, 0U);
  backends_running.pop_back();  // the canary's process dies
  visit(10);
  const core::Slice dead = sum_of(core::Arm::canary, count().slices);
  EXPECT_GT(dead.requests, 0U);
  EXPECT_EQ(dead.errors, dead.requests);
  EXPECT_EQ(sum_of(core::Arm::canary, count().slices).requests, 0U);
}

TEST_F(SplitterAdminTest, ARoleSwapUnderLoadLosesNoRequest) {
  publish("v1", {start_backend("v1"), start_backend("v1")});
  const std::string canary = start_backend("v2");
  set_canary("v2", {canary});
  apply(0);
  apply(10);
  const std::vector<std::string> endpoints{canary, start_backend("v2")};
  std::optional<Result<Unit>> swapped;
  int of_v1_after = 0;
  const auto bodies = visit_all_the_time(
      requests_of_swap,
      {{requests_of_swap / 2, [&] {
          backends.publish_stable(
              {.listen = {address}, .limits = {}},
              {{.host = "", .path_prefix = "/", .stable = {"shop", "v2", endpoints}}},
              [&](Result<Unit> result) {
                swapped = std::move(result);
                of_v1_after = -answered["v1"];
              });
        }}});
  ASSERT_TRUE(swapped && *swapped) << "in the middle of it";
  EXPECT_EQ(bodies.at("200 v1") + bodies.at("200 v2"), requests_of_swap);
  EXPECT_EQ(bodies.size(), 2U);
  of_v1_after += answered["v1"];
  EXPECT_LE(of_v1_after, clients) << "only what was under way";
  EXPECT_EQ(visit(50), (std::map<std::string, int>{{"200 v2", 50}}));
  const auto served =
      ask<std::vector<SplitterServed>>([&](auto reply) { backends.served(std::move(reply)); });
  ASSERT_TRUE(served) << served.error().message;
  ASSERT_EQ(served->size(), 1U);
  EXPECT_TRUE(served->front().is_stable);
  EXPECT_EQ(served->front().in_flight, 0U);
}

TEST_F(SplitterAdminTest, AKilledSplitterComesBackWithItsWeights) {
  publish("v1", {start_backend("v1")});
  set_canary("v2", {start_backend("v2")});
  apply(0);
  apply(50);
  const auto identity = read_identity(disk, files);
  ASSERT_TRUE(identity && *identity);
  ASSERT_TRUE(processes.signal(**identity, SIGKILL));
  bool ended = false;
  const auto watch = processes.watch(**identity, [&] { ended = true; });
  loop.run_until([&] { return ended; });
  const auto gone = ask<RouteSeen>([&](auto reply) { router.observe(plan, std::move(reply)); });
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::unavailable);
  const auto found = ask<SplitterProcess::Found>(
      [&](auto reply) { process.ensure_as_configured(std::move(reply)); });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, SplitterProcess::Found::started);
  expect_applied(50);
  const auto shared = visit(requests_of_share);
  EXPECT_NEAR(shared.at("200 v2"), requests_of_share / 2, requests_off_max);
  apply(0, true);
  EXPECT_EQ(visit(20), (std::map<std::string, int>{{"200 v1", 20}}));
}

// They ask for the same host and path.
TEST_F(SplitterAdminTest, EachServiceIsServedAtItsOwnAddress) {
  const std::string other = free_address();
  const SplitterSetup setup{
      .listen = {address, other}, .limits = {}, .listen_of = {{"web", address}, {"api", other}}};
  const std::vector<SplitterService> services{
      {.host = "", .path_prefix = "/", .stable = {"web", "v1", {start_backend("web")}}},
      {.host = "", .path_prefix = "/", .stable = {"api", "v1", {start_backend("api")}}}};
  const auto published = ask<Unit>(
      [&](Reply<Unit> reply) { backends.publish_stable(setup, services, std::move(reply)); });
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(visit(5), (std::map<std::string, int>{{"200 web", 5}}));
  address = other;
  EXPECT_EQ(visit(5), (std::map<std::string, int>{{"200 api", 5}}));
}

TEST_F(SplitterAdminTest, AnAddressThatIsTakenIsTold) {
  const auto taken = net::HttpServer::listen(loop, {}, [](const auto&, const auto&) {});
  address = "127.0.0.1:" + std::to_string((*taken)->port());
  const auto published = ask<Unit>([&](Reply<Unit> reply) {
    backends.publish_stable(
        {.listen = {address}, .limits = {}},
        {{.host = "", .path_prefix = "/", .stable = {"shop", "v1", {"127.0.0.1:1"}}}},
        std::move(reply));
  });
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(published.error().message.contains("kai-splitter ended as soon as it was started"))
      << published.error().message;
}

}  // namespace
}  // namespace kai::edges
