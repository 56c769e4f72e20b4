// The router against an API server in memory that keeps versions, generations and patches as the
// real one does.
#include "edges/gateway_api/gateway_router.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>

#include "codec/json.h"
#include "codec/json_patch.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_process.h"

namespace kai::edges {
namespace {

using core::RouteSeen;
using core::Weight;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string routes_url =
    "https://api/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/";

Tree json(const std::string& text) {
  auto tree = codec::parse_json(text);
  EXPECT_TRUE(tree) << text;
  return tree.value_or(Tree());
}

Tree route(const std::string& name) {
  return json(R"({"metadata":{"namespace":"shop","name":")" + name + R"(","uid":"uid-)" + name +
              R"(","resourceVersion":"1","generation":1},"spec":{"parentRefs":[{"name":"public"}],
              "rules":[{"backendRefs":[{"name":"api","port":80,"weight":1}]}]}})");
}

// One object per name; `accepts` writes the status after each change, as a controller does.
class ApiServer {
 public:
  explicit ApiServer(fakes::FakeHttpClient& http) : http_(http) {
    http.on("GET", "https://api/").handle([this](const net::HttpRequest& request) {
      return get(request);
    });
    listen_to_patches();
    http.on("POST", "https://api/apis/authorization.k8s.io/")
        .handle([this](const net::HttpRequest& request) {
          const Tree question = json(request.body);
          const bool allowed =
              question.text_or("/spec/resourceAttributes/verb", "") != forbidden_verb;
          return net::HttpResponse{
              .status = 201,
              .body = R"({"status":{"allowed":)" + std::string(allowed ? "true" : "false") + "}}"};
        });
  }

  void listen_to_patches() {
    http_.on("PATCH", routes_url).handle([this](const net::HttpRequest& request) {
      return patch(request);
    });
  }

  void add(const std::string& name) {
    objects[name] = route(name);
    accept(objects[name]);
  }

  // Somebody else's write.
  void edit(const std::string& name, const std::function<void(Tree&)>& change) {
    change(objects.at(name));
    commit(objects.at(name), true);
  }

  std::int64_t weight(const std::string& name) const {
    return objects.at(name).int_at("/spec/rules/0/backendRefs/1/weight").value_or(-1);
  }

  std::map<std::string, Tree> objects;
  bool accepts = true;
  std::string refuses;  // name of a route whose patches are invalid
  std::string forbidden_verb;
  std::function<void()> before_patch;
  bool loses_answers = false;  // of patches that landed

 private:
  static net::HttpResponse status(int code, const std::string& reason,
                                  const std::string& more = "") {
    return {.status = code,
            .body = R"({"kind":"Status","reason":")" + reason + R"(","message":"no")" + more + "}"};
  }
  static net::HttpResponse ok(const Tree& object) {
    return {.status = 200, .body = codec::write_json(object)};
  }

  Result<net::HttpResponse> get(const net::HttpRequest& request) {
    const bool one = request.url.starts_with(routes_url);
    if (one) {
      const auto found = objects.find(request.url.substr(routes_url.size()));
      return found == objects.end() ? status(404, "NotFound") : ok(found->second);
    }
    Tree list;
    list.set("items", Tree::list());
    if (request.url.find("/httproutes") != std::string::npos) {
      for (const auto& [name, object] : objects) list.get("items")->push_back(object);
    }
    list.set_at("/metadata/resourceVersion", "1");
    return ok(list);
  }

  Result<net::HttpResponse> patch(const net::HttpRequest& request) {
    if (before_patch) std::exchange(before_patch, nullptr)();
    const std::string name =
        request.url.substr(routes_url.size(), request.url.find('?') - routes_url.size());
    const auto found = objects.find(name);
    if (found == objects.end()) return status(404, "NotFound");
    if (name == refuses)
      return status(422, "Invalid", R"(,"details":{"causes":[{"field":"spec","message":"bad"}]})");
    const Tree patch = json(request.body);
    for (const Tree& operation : *patch.as_list()) {
      const bool guards = operation.text_or("/path", "") == "/metadata/resourceVersion";
      if (guards &&
          operation.text_or("/value", "") != found->second.text_or("/metadata/resourceVersion", ""))
        return status(409, "Conflict");
    }
    auto after = codec::apply(found->second, patch);
    if (!after) return status(422, "Invalid");
    const bool dry = request.url.find("dryRun=All") != std::string::npos;
    if (dry) return ok(*after);
    const bool changed = !(*after->get("spec") == *found->second.get("spec"));
    found->second = std::move(*after);
    commit(found->second, changed);
    if (loses_answers) return fail(ErrorKind::unavailable, "reset; the outcome is unknown");
    return ok(found->second);
  }

  void commit(Tree& object, bool spec_changed) {
    if (spec_changed)
      object.set_at("/metadata/generation", *object.int_at("/metadata/generation") + 1);
    object.set_at("/metadata/resourceVersion", std::to_string(++version_));
    if (accepts) accept(object);
  }

  void accept(Tree& object) {
    const std::string generation = std::to_string(*object.int_at("/metadata/generation"));
    const auto condition = [&](const std::string& type) {
      return R"({"type":")" + type + R"(","status":"True","observedGeneration":)" + generation +
             "}";
    };
    object.set_at(
        "/status",
        json(
            R"({"parents":[{"controllerName":"projectcontour.io/x","parentRef":{"name":"public"},"conditions":[)" +
            condition("Accepted") + "," + condition("ResolvedRefs") + "]}]}"));
    object.set_at("/metadata/resourceVersion", std::to_string(++version_));
  }

  fakes::FakeHttpClient& http_;
  int version_ = 1;
};

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  fakes::FakeLog log;
  ApiServer server{http};
  std::unique_ptr<kubeapi::Client> client = make_client();
  GatewayRouter router{*client, log};
  Tree plan;

  std::unique_ptr<kubeapi::Client> make_client() {
    kubeapi::ClusterAccess access{.context = "x",
                                  .server = "https://api",
                                  .name_space = "shop",
                                  .tls = std::make_shared<net::TlsOptions>(),
                                  .user = {}};
    auto credentials =
        std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, access.server, disk, process,
                                               wall, std::map<std::string, std::string>{}, nullptr);
    return std::make_unique<kubeapi::Client>(http, timers, timers.clock(), std::move(access),
                                             std::move(credentials));
  }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    bool asking = true;
    ask(Reply<T>([&](Result<T> result) {
      EXPECT_FALSE(asking) << "a reply before the asking call returned";
      EXPECT_FALSE(got.has_value()) << "a second reply";
      got = std::move(result);
    }));
    asking = false;
    timers.settle();
    for (int i = 0; i < 200 && !got; ++i) timers.advance(milliseconds(100));
    if (!got) return fail(ErrorKind::no_data, "no reply");
    return std::move(*got);
  }

  Result<ports::Planned<ports::RoutePlan>> make_plan() {
    core::Plan wanted;
    for (const int weight : {1000, 5000})
      wanted.steps.push_back({.weight = Weight::from_hundredths(weight), .bake_time = seconds(1)});
    const ports::WorkloadPlan workload{.data = {},
                                       .name_space = "shop",
                                       .services = {{.name = "api",
                                                     .service = "api",
                                                     .canary_service = "api-canary",
                                                     .port = 80,
                                                     .canary_port = 80}},
                                       .lines = {}};
    auto planned = wait<ports::Planned<ports::RoutePlan>>(
        [&](auto reply) { router.plan(wanted, workload, std::move(reply)); });
    if (planned) plan = planned->plan.data;
    return planned;
  }
  // Ready for weights: planned, our entries in, settled.
  void attach(const std::vector<std::string>& names = {"kai"}) {
    for (const std::string& name : names) server.add(name);
    const auto planned = make_plan();
    ASSERT_TRUE(planned && planned->findings.empty());
    ASSERT_TRUE(apply(0, 1));
    http.clear_log();
  }
  Result<ports::Receipt> apply(int weight, std::uint64_t seq, bool down = false,
                               std::uint64_t epoch = 1) {
    const ports::RouteTarget target{.attached = true, .canary = Weight::from_hundredths(weight)};
    return wait<ports::Receipt>(
        [&](auto reply) { router.apply(plan, target, stamp(seq, down, epoch), std::move(reply)); });
  }
  static core::Stamp stamp(std::uint64_t seq, bool down = false, std::uint64_t epoch = 1) {
    return {.rollout = "r1", .epoch = epoch, .seq = seq, .down = down};
  }
  RouteSeen observe() {
    auto seen = wait<RouteSeen>([&](auto reply) { router.observe(plan, std::move(reply)); });
    EXPECT_TRUE(seen);
    return seen.value_or(RouteSeen{});
  }
  Result<bool> restore(std::uint64_t seq) {
    return wait<bool>([&](auto reply) { router.restore(plan, stamp(seq), std::move(reply)); });
  }
};

TEST(GatewayRouter, WeightIsOneRequest) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  EXPECT_EQ(world.server.weight("kai"), 1000);
  EXPECT_EQ(world.http.log().size(), 1U);
}

TEST(GatewayRouter, AcceptedIsNotAppliedBeforeItSettled) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  EXPECT_EQ(world.observe().state, RouteSeen::State::pending);
  world.timers.advance(milliseconds(999));
  EXPECT_EQ(world.observe().state, RouteSeen::State::pending);
  world.timers.advance(milliseconds(1));
  const RouteSeen seen = world.observe();
  EXPECT_EQ(seen.state, RouteSeen::State::applied);
  EXPECT_EQ(seen.live, Weight::from_hundredths(1000));
  EXPECT_EQ(seen.stamp, World::stamp(2));
  EXPECT_FALSE(seen.foreign);
}

TEST(GatewayRouter, StatusThatLagsBehindIsNeverApplied) {
  World world;
  world.attach();
  world.server.accepts = false;
  ASSERT_TRUE(world.apply(1000, 2));
  for (int i = 0; i < 5; ++i) {
    world.timers.advance(seconds(60));
    const RouteSeen seen = world.observe();
    EXPECT_EQ(seen.state, RouteSeen::State::pending);
    EXPECT_NE(seen.detail.find("another generation"), std::string::npos);
  }
}

TEST(GatewayRouter, LoweringIsSentWithoutReadingWhateverTheStatusDoes) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.edit("kai", [](Tree& object) { object.set_at("/status/parents", Tree::list()); });
  world.http.clear_log();
  ASSERT_TRUE(world.apply(0, 3, true));
  EXPECT_EQ(world.http.log().size(), 1U);
  EXPECT_EQ(world.server.weight("kai"), 0);
}

TEST(GatewayRouter, LoweringOverAForeignListReadsOnceAndRepeatsItself) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.edit("kai", [](Tree& object) {
    Tree::List& rules = *object.at("/spec/rules")->as_list();
    rules.insert(rules.begin(), json(R"({"backendRefs":[{"name":"else","port":80,"weight":1}]})"));
  });
  ASSERT_TRUE(world.apply(0, 3, true));
  EXPECT_EQ(world.server.objects.at("kai").int_at("/spec/rules/1/backendRefs/1/weight"), 0);
}

TEST(GatewayRouter, ForeignWeightIsNotRaisedOverBeforeItWasSeen) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.edit("kai", [](Tree& object) {
    object.set_at("/spec/rules/0/backendRefs/1/weight", 10);
    object.set_at(
        "/metadata/managedFields",
        json(
            R"([{"manager":"kubectl-edit","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:spec":{"f:rules":{}}}}])"));
  });
  const auto raised = world.apply(5000, 3);
  ASSERT_FALSE(raised);
  EXPECT_EQ(raised.error().kind, ErrorKind::unavailable);
  EXPECT_NE(raised.error().message.find("'kubectl-edit'"), std::string::npos)
      << raised.error().message;
  const RouteSeen seen = world.observe();
  EXPECT_TRUE(seen.foreign);
  EXPECT_EQ(seen.who, "kubectl-edit");
  // Whoever asks again after that was told, and means it.
  ASSERT_TRUE(world.apply(5000, 4));
  EXPECT_EQ(world.server.weight("kai"), 5000);
  EXPECT_FALSE(world.observe().foreign);
}

TEST(GatewayRouter, NewerStampOvertakesBothWays) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 5));
  GatewayRouter other(*world.client, world.log);
  const ports::RouteTarget zero{.attached = true, .canary = Weight::zero()};
  ASSERT_TRUE(world.wait<ports::Receipt>([&](auto reply) {
    other.apply(world.plan, zero, World::stamp(1, true, 2), std::move(reply));
  }));
  for (const bool down : {false, true}) {
    const auto late = world.apply(down ? 0 : 5000, 9, down);
    ASSERT_FALSE(late);
    EXPECT_NE(late.error().message.find("overtaken"), std::string::npos);
  }
  EXPECT_EQ(world.server.weight("kai"), 0);
  EXPECT_EQ(world.observe().stamp, World::stamp(1, true, 2));
}

// A raise to 10 % that landed without telling; what follows starts from an old stamp.
void raise_unheard(World& world) {
  world.server.loses_answers = true;
  EXPECT_EQ(world.apply(1000, 2).error().kind, ErrorKind::unavailable);
  world.server.loses_answers = false;
  EXPECT_EQ(world.server.weight("kai"), 1000);
}

void set_canary_weight(Tree& object, int weight) {
  object.set_at("/spec/rules/0/backendRefs/1/weight", weight);
}

const std::string stamp_place = "/metadata/annotations/kai-canary.dev~1stamp";

TEST(GatewayRouter, WriteWhoseAnswerWasLostIsFollowedByOneThatLands) {
  World world;
  world.attach();
  raise_unheard(world);
  ASSERT_TRUE(world.apply(5000, 3));
  EXPECT_EQ(world.server.weight("kai"), 5000);
  EXPECT_FALSE(world.observe().foreign);
}

TEST(GatewayRouter, WriteThatDidNotLandIsSimplyRepeated) {
  World world;
  world.attach();
  world.http.on("PATCH", routes_url).fail(ErrorKind::unavailable, "reset");
  EXPECT_EQ(world.apply(1000, 2).error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(world.observe().foreign);
  world.server.listen_to_patches();
  ASSERT_TRUE(world.apply(1000, 2));
  EXPECT_EQ(world.server.weight("kai"), 1000);
}

// Between the write whose answer was lost and the next one, a human turns the canary down.
TEST(GatewayRouter, BrakeAfterALostAnswerIsNotRaisedOver) {
  struct Brake {
    std::string name;
    std::function<void(Tree&)> pull;
  };
  const std::vector<Brake> brakes = {
      {"under our stamp", [](Tree& object) { set_canary_weight(object, 0); }},
      {"the stamp dropped",
       [](Tree& object) {
         set_canary_weight(object, 0);
         object.get("metadata")->erase("annotations");
       }},
      {"the stamp of another rollout",
       [](Tree& object) {
         set_canary_weight(object, 0);
         object.set_at(stamp_place, "r2.1.1");
       }},
      {"a stamp that nobody can read",
       [](Tree& object) {
         set_canary_weight(object, 0);
         object.set_at(stamp_place, "mine");
       }},
      {"a stamp of ours that we never sent", [](Tree& object) {
         set_canary_weight(object, 0);
         object.set_at(stamp_place, "r1.1.1.down");
       }}};
  for (const Brake& brake : brakes) {
    World world;
    world.attach();
    raise_unheard(world);
    world.server.edit("kai", brake.pull);
    for (const std::uint64_t seq : {3U, 4U}) {
      const auto raised = world.apply(5000, seq);
      ASSERT_FALSE(raised) << brake.name;
      EXPECT_EQ(raised.error().kind, ErrorKind::unavailable) << brake.name;
      EXPECT_EQ(world.server.weight("kai"), 0) << brake.name << ", " << seq;
    }
  }
}

TEST(GatewayRouter, BrakeAfterALostAnswerIsSeenAsAForeignHand) {
  World world;
  world.attach();
  raise_unheard(world);
  EXPECT_FALSE(world.observe().foreign) << "as we wrote it";
  world.server.edit("kai", [](Tree& object) { set_canary_weight(object, 0); });
  EXPECT_TRUE(world.observe().foreign);
}

TEST(GatewayRouter, RemovedStampAloneStopsARaise) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.edit("kai", [](Tree& object) { object.get("metadata")->erase("annotations"); });
  const auto raised = world.apply(5000, 3);
  ASSERT_FALSE(raised);
  EXPECT_NE(raised.error().message.find("our stamp was removed"), std::string::npos)
      << raised.error().message;
  EXPECT_EQ(world.server.weight("kai"), 1000);
  EXPECT_TRUE(world.observe().foreign);
}

TEST(GatewayRouter, LoweringIsRepeatedOverWhateverStampIsThere) {
  for (const bool dropped : {false, true}) {
    World world;
    world.attach();
    raise_unheard(world);
    world.server.edit("kai", [&](Tree& object) {
      set_canary_weight(object, 3000);
      if (dropped) object.get("metadata")->erase("annotations");
    });
    ASSERT_TRUE(world.apply(0, 3, true)) << dropped;
    EXPECT_EQ(world.server.weight("kai"), 0) << dropped;
  }
}

TEST(GatewayRouter, RefusalIsRejectedAndSaysWhy) {
  World world;
  world.attach();
  world.server.refuses = "kai";
  const auto refused = world.apply(1000, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
  EXPECT_NE(refused.error().message.find("spec: bad"), std::string::npos)
      << refused.error().message;
}

TEST(GatewayRouter, WhatWasRaisedIsTakenBackWhenALaterRouteCannotBe) {
  World world;
  world.attach({"a", "b"});
  world.server.refuses = "b";
  EXPECT_FALSE(world.apply(1000, 2));
  EXPECT_EQ(world.server.weight("a"), 0);
  EXPECT_EQ(world.server.weight("b"), 0);
}

TEST(GatewayRouter, LoweringOneRouteDoesNotWaitForTheOther) {
  World world;
  world.attach({"a", "b"});
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.refuses = "a";
  EXPECT_FALSE(world.apply(0, 3, true));
  EXPECT_EQ(world.server.weight("b"), 0);
}

TEST(GatewayRouter, WorstOfAllRoutesIsSeen) {
  World world;
  world.attach({"a", "b"});
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.edit(
      "b", [](Tree& object) { object.set_at("/spec/rules/0/backendRefs/1/weight", 9000); });
  RouteSeen seen = world.observe();
  EXPECT_EQ(seen.live, Weight::from_hundredths(5000));
  EXPECT_EQ(seen.live_min, Weight::from_hundredths(1000));
  EXPECT_TRUE(seen.foreign);
  world.server.objects.erase("b");
  seen = world.observe();
  EXPECT_EQ(seen.state, RouteSeen::State::gone);
  EXPECT_FALSE(seen.attached);
}

TEST(GatewayRouter, RouteThatWasMadeAnewIsNotTouched) {
  World world;
  world.attach();
  world.server.objects.erase("kai");
  world.server.add("kai");
  world.server.objects.at("kai").set_at("/metadata/uid", "another");
  EXPECT_EQ(world.observe().state, RouteSeen::State::gone);
  EXPECT_TRUE(world.apply(0, 2, true));
  EXPECT_TRUE(world.restore(2));
  EXPECT_FALSE(world.apply(1000, 3));
  EXPECT_EQ(world.server.weight("kai"), -1);
}

TEST(GatewayRouter, RemovedEntryComesBackWithoutWeightFirst) {
  World world;
  world.attach();
  world.server.edit(
      "kai", [](Tree& object) { *object.at("/spec/rules") = *route("kai").at("/spec/rules"); });
  EXPECT_TRUE(world.observe().foreign);
  const auto raised = world.apply(1000, 2);
  ASSERT_FALSE(raised);
  EXPECT_EQ(raised.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.server.weight("kai"), 0);
  EXPECT_TRUE(world.apply(1000, 3));
  EXPECT_EQ(world.server.weight("kai"), 1000);
}

TEST(GatewayRouter, LoweringNeverPutsARemovedEntryBack) {
  const auto remove_entry = [](Tree& object) {
    *object.at("/spec/rules") = *route("kai").at("/spec/rules");
  };
  for (const int weight : {0, 500}) {
    World world;
    world.attach();
    ASSERT_TRUE(world.apply(1000, 2));
    world.server.edit("kai", remove_entry);
    ASSERT_TRUE(world.apply(weight, 3, true)) << "from memory: a conflict, and a fresh reading";
    EXPECT_EQ(world.server.weight("kai"), -1);
    ASSERT_TRUE(world.apply(weight, 4, true)) << "and again, with nothing left to find";
    EXPECT_EQ(world.server.weight("kai"), -1);
    GatewayRouter other(*world.client, world.log);
    const ports::RouteTarget zero{.attached = true, .canary = Weight::zero()};
    ASSERT_TRUE(world.wait<ports::Receipt>([&](auto reply) {
      other.apply(world.plan, zero, World::stamp(5, true), std::move(reply));
    })) << "nor does a process that knows nothing";
    EXPECT_EQ(world.server.weight("kai"), -1);
  }
}

TEST(GatewayRouter, EntryThatGoesWhileALoweringIsOnItsWayStaysAway) {
  World world;
  world.attach();
  ASSERT_TRUE(world.apply(1000, 2));
  world.server.before_patch = [&] {
    world.server.edit(
        "kai", [](Tree& object) { *object.at("/spec/rules") = *route("kai").at("/spec/rules"); });
  };
  ASSERT_TRUE(world.apply(0, 3, true));
  EXPECT_EQ(world.server.weight("kai"), -1);
}

TEST(GatewayRouter, RestoreLeavesTheSpecAndNoStampEvenWhenItRacesWithAStatus) {
  World world;
  world.attach();
  const Tree before = route("kai");
  ASSERT_TRUE(world.apply(1000, 2));
  EXPECT_EQ(world.restore(3).error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(world.apply(0, 4, true));
  world.server.before_patch = [&] { world.server.edit("kai", [](Tree&) {}); };
  EXPECT_TRUE(world.restore(4));
  EXPECT_EQ(*world.server.objects.at("kai").get("spec"), *before.get("spec"));
  EXPECT_EQ(world.server.objects.at("kai").at("/metadata/annotations"), nullptr);
  EXPECT_TRUE(world.log.lines.empty());
  const RouteSeen seen = world.observe();
  EXPECT_FALSE(seen.attached || seen.stamp || seen.foreign);
  EXPECT_TRUE(world.restore(4)) << "idempotent";
}

TEST(GatewayRouter, MissingPermissionNamesTheVerb) {
  World world;
  world.server.add("kai");
  world.server.forbidden_verb = "patch";
  const auto planned = world.make_plan();
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->findings.size(), 1U);
  EXPECT_EQ(planned->findings[0].check, "P6");
  EXPECT_EQ(planned->findings[0].message, "not permitted: patch httproutes in namespace shop");
}

TEST(GatewayRouter, PatchThatTheServerWouldNotTakeIsFoundInADryRun) {
  World world;
  world.server.add("kai");
  world.server.refuses = "kai";
  const auto planned = world.make_plan();
  ASSERT_EQ(planned->findings.size(), 1U);
  EXPECT_EQ(planned->findings[0].check, "P7");
  EXPECT_NE(planned->findings[0].message.find("dry run of 'attach' was refused"),
            std::string::npos);
}

TEST(GatewayRouter, NoRouteMeansNoRollout) {
  World world;
  const auto planned = world.make_plan();
  ASSERT_EQ(planned->findings.size(), 1U);
  EXPECT_EQ(planned->findings[0].check, "P14");
  EXPECT_NE(planned->findings[0].message.find("nothing points at it"), std::string::npos);
}

TEST(GatewayRouter, RecordOfAnotherProgramIsMalformed) {
  World world;
  world.plan = Tree("x");
  EXPECT_EQ(world.apply(0, 1).error().kind, ErrorKind::malformed);
  EXPECT_EQ(world.restore(1).error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace kai::edges
