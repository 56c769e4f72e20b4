#include "edges/kube_events/event_viewer.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_process.h"

namespace kai::edges {
namespace {

using core::Phase;
using core::Stage;
using core::Weight;

const std::string events_path = "https://api/apis/events.k8s.io/v1/namespaces/shop/events";

std::string object(const std::string& kind, const std::string& name) {
  return R"({"apiVersion":"v1","kind":")" + kind + R"(","metadata":{"namespace":"shop","name":")" +
         name + R"(","uid":"uid-of-)" + name + R"("}})";
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  fakes::FakeLog log;
  kubeapi::Client client{
      http, timers, timers.clock(), kubeapi::ClusterAccess{.server = "https://api"},
      std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, "https://api", disk, process,
                                             wall, std::map<std::string, std::string>{}, nullptr)};
  EventViewer viewer{client, timers.clock(), wall, log, "kai-canary-kai", "laptop-42"};
  ports::RolloutView view;

  World() {
    http.on("POST", events_path).reply(201, "{}");
    http.on("GET", "https://api/api/v1/namespaces/shop/configmaps/kai-canary-kai")
        .reply(200, object("ConfigMap", "kai-canary-kai"));
    for (const char* const name : {"api", "web"}) {
      http.on("GET", std::string("https://api/apis/apps/v1/namespaces/shop/deployments/") + name)
          .reply(200, object("Deployment", name));
    }
    view.record.rollout = "7f3k2";
    view.record.plan.target = {.release = "kai", .name_space = "shop"};
    view.record.plan.steps = {{Weight::from_hundredths(1000), {}}};
    view.record.stage = Stage::bring_up;
    view.workloads = {"api", "web"};
  }
  void show(const std::vector<ports::RolloutEvent>& events = {}) {
    viewer.show(view, events);
    timers.settle();
  }
  void enter(Phase phase, const std::string& sentence) {
    view.record.phase = phase;
    view.record.reason = {"why", sentence};
    show({{"phase", std::string(name_of(phase)), sentence}});
  }
  // "Reason Kind/name uid" of each that was posted.
  [[nodiscard]] std::vector<std::string> posted() const {
    std::vector<std::string> lines;
    for (const net::HttpRequest& request : http.requests()) {
      if (request.method != "POST") continue;
      const Tree event = codec::parse_json(request.body).value();
      lines.push_back(event.text_or("/reason", "") + " " + event.text_or("/regarding/kind", "") +
                      "/" + event.text_or("/regarding/name", "") + " " +
                      event.text_or("/regarding/uid", "-"));
    }
    return lines;
  }
};

using Lines = std::vector<std::string>;

TEST(EventViewer, TheRecordHasTheStoryAndTheDeploymentsHowItEnded) {
  World world;
  world.show();
  world.view.record.authorised = Weight::from_hundredths(1000);
  world.show({{"weight", "applied", "10%"}, {"verdict", "check", "fine"}});
  world.enter(Phase::rolled_back, "80% success");
  world.view.record.stage = Stage::done;
  world.show({{"stage", "done", ""}});
  EXPECT_EQ(world.posted(),
            (Lines{"RolloutStarted ConfigMap/kai-canary-kai uid-of-kai-canary-kai",
                   "WeightApplied ConfigMap/kai-canary-kai uid-of-kai-canary-kai",
                   "RollingBack ConfigMap/kai-canary-kai uid-of-kai-canary-kai",
                   "RollingBack Deployment/api uid-of-api", "RollingBack Deployment/web uid-of-web",
                   "RolledBack ConfigMap/kai-canary-kai uid-of-kai-canary-kai"}));
  EXPECT_TRUE(world.viewer.is_idle());
  EXPECT_TRUE(world.log.lines.empty());
}

TEST(EventViewer, TicksWithoutNewsPostNothing) {
  World world;
  for (int tick = 0; tick < 100; ++tick) world.show();
  EXPECT_EQ(world.posted().size(), 1U);
}

TEST(EventViewer, ALoweredWeightIsToldWithWhatItWasBefore) {
  World world;
  world.view.record.authorised = Weight::from_hundredths(2500);
  world.show();
  world.view.record.authorised = Weight::zero();
  world.view.record.reason = {"canary_short", "too few ready pods"};
  world.show({{"weight", "authorised", "0%"}});
  const Tree event = codec::parse_json(world.http.requests().back().body).value();
  EXPECT_EQ(event.text_or("/reason", ""), "WeightLowered");
  EXPECT_TRUE(event.text_or("/note", "").starts_with("canary lowered from 25% to 0%"))
      << event.text_or("/note", "");
}

// An object that is not there gets no event; one that cannot be looked at is told about by name.
TEST(EventViewer, WhatCannotBeLookedUpStopsNothing) {
  World world;
  world.http.on("GET", "https://api/apis/apps/v1/namespaces/shop/deployments/api")
      .reply(404, R"({"kind":"Status","reason":"NotFound","message":"no"})");
  world.http.on("GET", "https://api/apis/apps/v1/namespaces/shop/deployments/web")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"no"})");
  world.show();
  world.enter(Phase::paused, "paused by ann");
  EXPECT_EQ(world.posted(), (Lines{"RolloutStarted ConfigMap/kai-canary-kai uid-of-kai-canary-kai",
                                   "Paused ConfigMap/kai-canary-kai uid-of-kai-canary-kai",
                                   "Paused Deployment/web -"}));
}

// What is told before the objects are known is kept, up to a limit.
TEST(EventViewer, AnApiServerThatHangsHoldsABoundedQueueAndNobodyElse) {
  World world;
  world.http.on("GET", "https://api/api/v1/namespaces/shop/configmaps/kai-canary-kai").hang();
  for (std::size_t i = 0; i < 3 * events_before_objects_max; ++i) {
    world.show({{"drift", "pushed_down", "drift " + std::to_string(i)}});
  }
  EXPECT_TRUE(world.posted().empty());
  EXPECT_FALSE(world.viewer.is_idle());
  world.timers.advance(3 * kubeapi::request_time_max);
  EXPECT_EQ(world.posted().size(), events_before_objects_max);
  EXPECT_TRUE(world.viewer.is_idle());
}

TEST(EventViewer, AMissingRightIsSaidOnceInTheLog) {
  World world;
  world.http.on("POST", events_path)
      .reply(403,
             R"({"kind":"Status","reason":"Forbidden","message":"ann may not create events"})");
  world.show();
  world.enter(Phase::paused, "paused by ann");
  world.enter(Phase::progressing, "resumed by ann");
  EXPECT_EQ(world.log.lines,
            Lines{"warn events_refused why=ann may not create events then=no Events are posted by "
                  "this process any more"});
  EXPECT_EQ(world.posted().size(), 1U);
  EXPECT_TRUE(world.viewer.is_idle());
}

TEST(EventViewer, OneThatIsDestroyedMeanwhileIsNotCalledBack) {
  World world;
  {
    EventViewer other(world.client, world.timers.clock(), world.wall, world.log, "kai-canary-kai",
                      "x");
    other.show(world.view, {});
  }
  world.timers.settle();
  EXPECT_TRUE(world.posted().empty());
}

}  // namespace
}  // namespace kai::edges
