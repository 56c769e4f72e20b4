#include "edges/splitter_admin/splitter_router.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_edit.h"
#include "edges/splitter_admin/splitter_services.h"
#include "tests/fakes/fake_splitter.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using core::RouteSeen;
using core::Stamp;
using core::Weight;
using splitter::SnapshotSpec;
using State = core::RouteSeen::State;

Weight percent(int whole) { return Weight::from_hundredths(whole * 100); }

// Two services in version v1; the endpoints of v2 stand beside it.
SnapshotSpec served() {
  SnapshotSpec spec{.writer_epoch = 3, .generation = 10};
  const std::vector<SplitterService> services{
      {.host = "", .path_prefix = "/", .stable = {"shop", "v1", {"127.0.0.1:2001"}}},
      {.host = "", .path_prefix = "/api", .stable = {"api", "v1", {"127.0.0.1:2002"}}}};
  EXPECT_TRUE(set_services(spec, services, {}));
  const std::vector<SplitterVersion> canaries{{"shop", "v2", {"127.0.0.1:2003"}},
                                              {"api", "v2", {"127.0.0.1:2004"}}};
  EXPECT_TRUE(set_versions(spec, canaries, {}));
  return spec;
}

class SplitterRouterTest : public testing::Test {
 protected:
  template <typename T, typename Call>
  Result<T> ask(Call call) {
    const auto answer = std::make_shared<std::optional<Result<T>>>();
    call([answer](Result<T> result) { *answer = std::move(result); });
    EXPECT_FALSE(*answer) << "answered within the call";
    timers.settle();
    if (!*answer) timers.advance(std::chrono::seconds(2));
    return answer->value_or(fail(ErrorKind::rejected, "never answered"));
  }
  ports::Planned<ports::RoutePlan> planned() {
    core::Plan asked;
    asked.steps = {{percent(10), {}}, {percent(50), {}}};
    const ports::WorkloadPlan workload{
        .data = {},
        .name_space = "",
        .services = {{.name = "shop", .service = "shop", .canary_service = "shop@v2"},
                     {.name = "api", .service = "api", .canary_service = "api@v2"}},
        .lines = {}};
    const auto answer = ask<ports::Planned<ports::RoutePlan>>(
        [&](auto reply) { router.plan(asked, workload, std::move(reply)); });
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(ports::Planned<ports::RoutePlan>{});
  }
  Result<ports::Receipt> apply(SplitterRouter& by, int whole, const Stamp& stamp,
                               bool attached = true) {
    return ask<ports::Receipt>([&](auto reply) {
      by.apply(plan, {.attached = attached, .canary = percent(whole)}, stamp, std::move(reply));
    });
  }
  Result<ports::Receipt> apply(int whole, bool down = false) {
    return apply(router, whole, next(down));
  }
  Result<RouteSeen> look(SplitterRouter& by) {
    return ask<RouteSeen>([&](auto reply) { by.observe(plan, std::move(reply)); });
  }
  RouteSeen look() {
    const auto seen = look(router);
    EXPECT_TRUE(seen) << seen.error().message;
    return seen.value_or(RouteSeen{});
  }
  Result<bool> restore(std::uint64_t epoch = 1) {
    return ask<bool>([&](auto reply) {
      router.restore(plan, {.rollout = "r1", .epoch = epoch, .seq = seq}, std::move(reply));
    });
  }
  Stamp next(bool down = false) {
    return {.rollout = "r1", .epoch = 1, .seq = ++seq, .down = down};
  }
  std::uint32_t ppm(const std::string& service, const std::string& tag) const {
    const SnapshotSpec& spec = splitter.spec();
    return ppm_of(spec, *find_route(spec, service), backend_id(service, tag));
  }
  std::string state(const std::string& backend) const {
    return find_backend(splitter.spec(), backend)->state;
  }
  void attach() {
    plan = planned().plan.data;
    ASSERT_TRUE(apply(0));
    EXPECT_EQ(look().state, State::applied);
  }
  void by_hand(const std::string& service, int whole) {
    splitter.change([&](SnapshotSpec& spec) {
      auto& route = *find_route(spec, service);
      set_weight(spec, route, backend_id(service, "v2"), percent(whole));
      route.split.stamp.clear();
    });
    timers.settle();
  }

  fakes::FakeTimers timers;
  fakes::FakeSplitter splitter{timers, served()};
  SplitterControl control{splitter, timers, timers.clock(), "/run/kai.sock"};
  SplitterRouter router{control};
  Tree plan;
  std::uint64_t seq = 0;
};

// --- plan
// -----------------------------------------------------------------------------------------

TEST_F(SplitterRouterTest, ThePlanNamesEachRouteWithItsWeights) {
  const auto answer = planned();
  EXPECT_TRUE(answer.findings.empty()) << answer.findings.front().message;
  EXPECT_EQ(answer.plan.lines, (std::vector<std::string>{
                                   "kai-splitter route shop: shop@v1 -> shop@v2, weights 10%, 50%",
                                   "kai-splitter route api: api@v1 -> api@v2, weights 10%, 50%"}));
  EXPECT_EQ(answer.plan.propagation_max, splitter_propagation_max);
  EXPECT_EQ(splitter.log,
            (std::vector<std::string>{"GET /v1/snapshot", "PUT /v1/snapshot?dry_run=1",
                                      "PUT /v1/snapshot?dry_run=1"}));
  EXPECT_EQ(splitter.spec().generation, 10U) << "changes nothing";
}

// Somebody wrote with the highest number that there is, so nobody can take charge any more.
TEST_F(SplitterRouterTest, ANumberOfTheWriterThatHasNoNextIsRefused) {
  splitter.change([](SnapshotSpec& spec) { spec.writer_epoch = std::uint64_t{1} << 53; });
  timers.settle();
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 1U);
  EXPECT_EQ(answer.findings[0].check, "P7");
  EXPECT_TRUE(answer.findings[0].message.contains("writer_epoch")) << answer.findings[0].message;
}

TEST_F(SplitterRouterTest, AServiceThatIsNotServedYetIsRefused) {
  splitter.change([](SnapshotSpec& spec) {
    std::erase_if(spec.routes, [](const auto& route) { return route.id == "api"; });
  });
  timers.settle();
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 1U);
  EXPECT_EQ(answer.findings[0].check, "P14");
  EXPECT_EQ(answer.findings[0].severity, ports::Severity::refused);
  EXPECT_EQ(answer.findings[0].message,
            "kai-splitter has no route api: the version that runs does not serve it");
}

TEST_F(SplitterRouterTest, TheVersionThatUsersGetIsNoCanary) {
  splitter.change([](SnapshotSpec& spec) {
    const std::vector<SplitterService> same{
        {.host = "", .path_prefix = "/", .stable = {"shop", "v2", {"127.0.0.1:2003"}}},
        {.host = "", .path_prefix = "/api", .stable = {"api", "v1", {"127.0.0.1:2002"}}}};
    EXPECT_TRUE(set_services(spec, same, {}));
  });
  timers.settle();
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 1U);
  EXPECT_EQ(answer.findings[0].message, "route shop has shop@v2 as its stable backend already");
}

TEST_F(SplitterRouterTest, AnotherCanaryWithWeightIsInTheWay) {
  plan = planned().plan.data;
  ASSERT_TRUE(apply(0));
  ASSERT_TRUE(apply(10));
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 2U);
  EXPECT_EQ(answer.findings[0].message, "route shop gives 10% to shop@v2 already");
}

TEST_F(SplitterRouterTest, WhatTheSplitterWouldNotTakeIsRefused) {
  splitter.before = [&](const net::HttpRequest& request) {
    if (request.method != "PUT") return;
    splitter.instead.emplace_back([]() -> Result<net::HttpResponse> {
      return net::HttpResponse{
          .status = 403,
          .body = R"({"error": {"code": "forbidden", "message": "this user may not do that"}})"};
    });
  };
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 1U);
  EXPECT_EQ(answer.findings[0].check, "P7");
  EXPECT_EQ(answer.findings[0].message,
            "kai-splitter would not take the split: /run/kai.sock: refused: this user may not do "
            "that");
}

TEST_F(SplitterRouterTest, ACanaryThatIsNotThereYetCanBeRehearsed) {
  splitter.change([](SnapshotSpec& spec) { EXPECT_TRUE(remove_versions(spec, "v2")); });
  timers.settle();
  EXPECT_TRUE(planned().findings.empty());
  EXPECT_EQ(splitter.spec().backends.size(), 2U);
}

TEST_F(SplitterRouterTest, ASplitterThatDoesNotAnswerIsUnavailable) {
  splitter.is_there = false;
  const auto answer = ask<ports::Planned<ports::RoutePlan>>(
      [&](auto reply) { router.plan({}, {}, std::move(reply)); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (Error{ErrorKind::unavailable, "there is no socket /run/kai.sock"}));
}

// --- apply and observe
// ------------------------------------------------------------------------------

TEST_F(SplitterRouterTest, AtZeroTheCanaryIsAttachedAndClosed) {
  attach();
  const RouteSeen seen = look();
  EXPECT_TRUE(seen.attached);
  EXPECT_TRUE(seen.live.is_zero());
  EXPECT_FALSE(seen.foreign);
  EXPECT_EQ(seen.stamp, (Stamp{.rollout = "r1", .epoch = 1, .seq = 1}));
  EXPECT_EQ(state("shop@v2"), "closed");
  EXPECT_EQ(splitter.spec().writer_epoch, 4U) << "that of the plan and the stamp's";
}

TEST_F(SplitterRouterTest, AWeightIsInForceForAllServicesAtOnce) {
  attach();
  const std::uint64_t before = splitter.spec().generation;
  ASSERT_TRUE(apply(10));
  EXPECT_EQ(splitter.spec().generation, before + 1);
  EXPECT_EQ(ppm("shop", "v2"), 100'000U);
  EXPECT_EQ(ppm("api", "v2"), 100'000U);
  EXPECT_EQ(ppm("api", "v1"), 900'000U);
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::applied);
  EXPECT_EQ(seen.live, percent(10));
  EXPECT_EQ(seen.live_min, percent(10));
  EXPECT_EQ(seen.detail, "");
}

TEST_F(SplitterRouterTest, LoweringToZeroClosesTheCanary) {
  attach();
  ASSERT_TRUE(apply(50));
  ASSERT_TRUE(apply(0, true));
  EXPECT_EQ(state("shop@v2"), "closed");
  EXPECT_EQ(ppm("shop", "v1"), 1'000'000U);
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::applied);
  EXPECT_TRUE(seen.attached);
  EXPECT_EQ(seen.stamp, (Stamp{.rollout = "r1", .epoch = 1, .seq = 3, .down = true}));
}

// A write that timed out may still land unless an accepted one moved the generation.
TEST_F(SplitterRouterTest, TheSameWeightIsWrittenAgain) {
  attach();
  const std::uint64_t before = splitter.spec().generation;
  ASSERT_TRUE(apply(0, true));
  EXPECT_GT(splitter.spec().generation, before);
}

TEST_F(SplitterRouterTest, WithoutItsBackendTheCanaryWaits) {
  splitter.change([](SnapshotSpec& spec) { EXPECT_TRUE(remove_versions(spec, "v2")); });
  timers.settle();
  plan = planned().plan.data;
  const auto raised = apply(0);
  ASSERT_FALSE(raised);
  EXPECT_EQ(raised.error(),
            (Error{ErrorKind::unavailable,
                   "route shop waits for the canary's backend shop@v2, which is not there yet"}));
  EXPECT_TRUE(apply(0, true)) << "lowering needs no entry";
  EXPECT_FALSE(look().attached);
}

TEST_F(SplitterRouterTest, AnEntryThatIsGoneComesBackWithoutWeight) {
  attach();
  ASSERT_TRUE(apply(10));
  splitter.change([](SnapshotSpec& spec) { take_out(spec, spec.routes[0], "shop@v2"); });
  timers.settle();
  EXPECT_FALSE(look().attached);
  const auto again = apply(10);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message,
            "the canary's entry was missing; it is back without weight, the weight follows");
  EXPECT_EQ(ppm("shop", "v2"), 0U);
  EXPECT_TRUE(look().attached);
  EXPECT_TRUE(apply(10));
  EXPECT_EQ(ppm("shop", "v2"), 100'000U);
}

TEST_F(SplitterRouterTest, AnIdleCanaryOfARolloutBeforeMakesRoom) {
  splitter.change([](SnapshotSpec& spec) {
    EXPECT_TRUE(set_versions(spec, {{"shop", "v0", {"127.0.0.1:2009"}}}, {}));
    add_canary(spec, spec.routes[0], "shop@v0");
  });
  timers.settle();
  attach();
  EXPECT_TRUE(look().attached);
  EXPECT_FALSE(is_named(splitter.spec().routes[0], "shop@v0"));
}

TEST_F(SplitterRouterTest, AWorkerThatHasNotFollowedIsPending) {
  attach();
  splitter.workers_answer = false;
  EXPECT_FALSE(apply(10)) << "504 after a second";
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::pending);
  EXPECT_TRUE(seen.detail.contains("2 of 2 workers of kai-splitter have not taken generation"))
      << seen.detail;
  EXPECT_EQ(seen.live, percent(10)) << "it may be so";
  splitter.acknowledge(splitter.spec().generation);
  EXPECT_EQ(look().state, State::applied);
}

TEST_F(SplitterRouterTest, WhatIsNotOnTheDiskIsToldAndInForce) {
  attach();
  ASSERT_TRUE(apply(10));
  splitter.disk_works = false;
  ASSERT_TRUE(apply(0, true));
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::applied);
  EXPECT_EQ(seen.detail, "in force, but not on the disk: a restart of kai-splitter would undo it");
}

TEST_F(SplitterRouterTest, ARouteThatIsGoneIsTold) {
  attach();
  splitter.change([](SnapshotSpec& spec) { spec.routes.pop_back(); });
  timers.settle();
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::gone);
  EXPECT_EQ(seen.detail, "kai-splitter has no route api any more");
  EXPECT_FALSE(apply(10));
  EXPECT_TRUE(apply(0, true)) << "nobody reaches the canary through it";
}

TEST_F(SplitterRouterTest, ADeadSplitterSaysNothing) {
  attach();
  splitter.is_there = false;
  EXPECT_EQ(look(router).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(apply(0, true).error().kind, ErrorKind::unavailable);
}

// The workload took the endpoints away: nobody's brake.
TEST_F(SplitterRouterTest, ACanaryWithoutEndpointsIsPendingAndNobodysHand) {
  attach();
  ASSERT_TRUE(apply(10));
  splitter.change(
      [](SnapshotSpec& spec) { EXPECT_TRUE(set_versions(spec, {{"shop", "v2", {}}}, {})); });
  timers.settle();
  const RouteSeen seen = look();
  EXPECT_EQ(seen.state, State::pending);
  EXPECT_FALSE(seen.foreign);
  EXPECT_FALSE(seen.stamp);
  EXPECT_EQ(seen.live_min, Weight::zero());
  EXPECT_FALSE(apply(50)) << "nothing could take it";
  EXPECT_TRUE(apply(0, true));
  splitter.change([](SnapshotSpec& spec) {
    EXPECT_TRUE(set_versions(spec, {{"shop", "v2", {"127.0.0.1:2003"}}}, {}));
  });
  timers.settle();
  EXPECT_EQ(state("shop@v2"), "closed") << "it has no weight";
}

// --- other hands
// ------------------------------------------------------------------------------------

TEST_F(SplitterRouterTest, AChangeByHandIsForeign) {
  attach();
  ASSERT_TRUE(apply(50));
  by_hand("api", 5);
  const RouteSeen seen = look();
  EXPECT_TRUE(seen.foreign);
  EXPECT_FALSE(seen.stamp);
  EXPECT_EQ(seen.live, percent(50));
  EXPECT_EQ(seen.live_min, percent(5));
  EXPECT_EQ(seen.detail, "route api: our stamp was removed");
}

TEST_F(SplitterRouterTest, AChangeByHandThatKeepsTheStampIsForeignToo) {
  attach();
  ASSERT_TRUE(apply(50));
  splitter.change(
      [](SnapshotSpec& spec) { set_weight(spec, spec.routes[0], "shop@v2", percent(20)); });
  timers.settle();
  EXPECT_TRUE(look().foreign);
}

TEST_F(SplitterRouterTest, ARuleToTheCanaryIsForeign) {
  attach();
  ASSERT_TRUE(apply(10));
  splitter.change([](SnapshotSpec& spec) {
    spec.routes[0].rules = {{.condition = {.path = "/beta"}, .to = "shop@v2"}};
  });
  timers.settle();
  EXPECT_TRUE(look().foreign);
}

TEST_F(SplitterRouterTest, WhatSomebodyChangedIsLookedAtBeforeItIsRaised) {
  attach();
  ASSERT_TRUE(apply(10));
  look();
  by_hand("shop", 0);
  const auto raised = apply(50);
  ASSERT_FALSE(raised);
  EXPECT_EQ(raised.error().message,
            "route shop was changed by somebody meanwhile; it is looked at before it is raised");
  EXPECT_TRUE(apply(0, true)) << "lowering looks at nobody";
}

TEST_F(SplitterRouterTest, AnotherOwnerIsKnownByTheStamp) {
  attach();
  ASSERT_TRUE(apply(50));
  SplitterRouter other(control);
  const auto seen = look(other);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->foreign) << "a new owner knows of no write";
  ASSERT_TRUE(apply(other, 0, {.rollout = "r1", .epoch = 2, .seq = 1, .down = true}));
  const auto late = apply(50);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(late.error().message.contains("this write was overtaken")) << late.error().message;
  EXPECT_EQ(ppm("shop", "v2"), 0U);
}

// The stamps are gone; the number of the writer still tells who is in charge.
TEST_F(SplitterRouterTest, AnOwnerThatWasReplacedIsStoppedByItsNumber) {
  attach();
  SplitterRouter other(control);
  ASSERT_TRUE(apply(other, 0, {.rollout = "r1", .epoch = 2, .seq = 1}));
  by_hand("shop", 0);
  by_hand("api", 0);
  look();
  const auto late = apply(50);
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().message.contains("out of charge")) << late.error().message;
}

TEST_F(SplitterRouterTest, AnotherRolloutIsGivenWay) {
  attach();
  splitter.change([](SnapshotSpec& spec) { spec.routes[0].split.stamp = "r9.1.1"; });
  timers.settle();
  const auto late = apply(0, true);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message,
            "route shop carries the stamp r9.1.1 of another rollout; this write gives way");
}

TEST_F(SplitterRouterTest, LoweringRaisesNothingThatAHandLoweredFurther) {
  attach();
  ASSERT_TRUE(apply(50));
  by_hand("shop", 10);
  ASSERT_TRUE(apply(20, true));
  EXPECT_EQ(ppm("shop", "v2"), 100'000U);
  EXPECT_EQ(ppm("api", "v2"), 200'000U);
  splitter.change([](SnapshotSpec& spec) { find_backend(spec, "api@v2")->state = "closed"; });
  timers.settle();
  ASSERT_TRUE(apply(15, true));
  EXPECT_EQ(ppm("api", "v2"), 0U);
  EXPECT_EQ(state("api@v2"), "closed");
}

TEST_F(SplitterRouterTest, OneRouteDoesNotHoldUpTheLoweringOfTheOthers) {
  attach();
  ASSERT_TRUE(apply(50));
  splitter.change([](SnapshotSpec& spec) { spec.routes[0].split.stamp = "r9.1.1"; });
  timers.settle();
  EXPECT_FALSE(apply(0, true));
  EXPECT_EQ(ppm("shop", "v2"), 500'000U);
  EXPECT_EQ(ppm("api", "v2"), 0U);
}

TEST_F(SplitterRouterTest, TheStampOfARolloutBeforeIsInNobodysWay) {
  splitter.change([](SnapshotSpec& spec) { spec.routes[0].split.stamp = "r0.9.9"; });
  timers.settle();
  const auto answer = planned();
  ASSERT_EQ(answer.findings.size(), 1U);
  EXPECT_EQ(answer.findings[0].severity, ports::Severity::warning);
  plan = answer.plan.data;
  EXPECT_TRUE(apply(0));
}

TEST_F(SplitterRouterTest, ALostAnswerIsKnownAgainAsOurs) {
  attach();
  splitter.before = [&](const net::HttpRequest& request) {
    if (request.method == "PUT") splitter.instead.emplace_back(nullptr);
  };
  EXPECT_FALSE(apply(10));
  splitter.before = [](const net::HttpRequest&) {};
  EXPECT_TRUE(apply(10)) << "before anybody looked";
  const RouteSeen seen = look();
  EXPECT_EQ(seen.live, percent(10));
  EXPECT_FALSE(seen.foreign);
}

// --- restore
// ----------------------------------------------------------------------------------------

TEST_F(SplitterRouterTest, RestoredIsWithoutEntryAndStamp) {
  attach();
  ASSERT_TRUE(apply(10));
  const auto early = restore();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(apply(0, true));
  EXPECT_EQ(restore(), true);
  const auto& route = splitter.spec().routes[0];
  EXPECT_FALSE(is_named(route, "shop@v2"));
  EXPECT_EQ(route.split.stamp, "");
  const RouteSeen seen = look();
  EXPECT_FALSE(seen.attached);
  EXPECT_FALSE(seen.foreign);
  EXPECT_EQ(restore(), true) << "again";
}

// Its backend has the same name as the stable one has now.
TEST_F(SplitterRouterTest, APromotedVersionIsNoCanaryAnyMore) {
  attach();
  ASSERT_TRUE(apply(50));
  ASSERT_TRUE(apply(0, true));
  ASSERT_EQ(restore(), true);
  splitter.change([](SnapshotSpec& spec) {
    const std::vector<SplitterService> promoted{
        {.host = "", .path_prefix = "/", .stable = {"shop", "v2", {"127.0.0.1:2003"}}},
        {.host = "", .path_prefix = "/api", .stable = {"api", "v2", {"127.0.0.1:2004"}}}};
    EXPECT_TRUE(set_services(spec, promoted, {}));
  });
  timers.settle();
  const RouteSeen seen = look();
  EXPECT_FALSE(seen.attached);
  EXPECT_TRUE(seen.live.is_zero());
  EXPECT_FALSE(seen.foreign);
  EXPECT_EQ(restore(), true);
  EXPECT_TRUE(apply(0, true));
  EXPECT_EQ(ppm("shop", "v2"), 1'000'000U) << "users keep it";
  EXPECT_EQ(state("shop@v2"), "active");
  EXPECT_FALSE(apply(10)) << "there is no canary to raise";
  EXPECT_EQ(ppm("shop", "v2"), 1'000'000U);
}

TEST_F(SplitterRouterTest, RestoredIsOnlyWhatARestartKeeps) {
  attach();
  splitter.disk_works = false;
  EXPECT_EQ(restore(), false) << "in force, and a restart would bring the entry back";
  splitter.disk_works = true;
  timers.advance(std::chrono::seconds(2));
  EXPECT_EQ(restore(), true);
}

TEST_F(SplitterRouterTest, ABrokenPlanIsMalformed) {
  plan = Tree("nonsense");
  EXPECT_EQ(apply(0).error().kind, ErrorKind::malformed);
  EXPECT_EQ(look(router).error().kind, ErrorKind::malformed);
  EXPECT_EQ(restore().error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace kai::edges
