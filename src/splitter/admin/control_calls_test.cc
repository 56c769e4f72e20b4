#include "splitter/admin/control_calls.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "codec/json.h"
#include "splitter/admin/metrics_text.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

// One worker that acknowledges and a disk that saves, both with the next settle().
class ControlCallsTest : public testing::Test {
 protected:
  ControlCallsTest()
      : publisher_(
            {.timers = timers_,
             .clock = timers_.clock(),
             .numbers = numbers_,
             .post =
                 [this](const std::shared_ptr<const Snapshot>& snapshot) {
                   timers_.post([this, generation = snapshot->generation] {
                     publisher_.acknowledge(0, generation);
                   });
                 },
             .save =
                 [this](const SnapshotSpec&, Reply<Unit> saved) {
                   auto shared = std::make_shared<Reply<Unit>>(std::move(saved));
                   timers_.post([shared] { (*shared)(Unit{}); });
                 }},
            {.spec = fakes::shop_spec(), .snapshot = fakes::built(fakes::shop_spec(), numbers_)},
            1),
        calls_(publisher_, {.add_metrics = [](std::string& text) { text += "more 1\n"; },
                            .add_status = [](Tree& status) { status.set("connections", 3); },
                            .is_ready = [this] { return ready_; }}) {}

  CallAnswer call(std::string_view method, std::string_view target, std::string_view body = "",
                  Rights rights = Rights::write) {
    std::optional<CallAnswer> answered;
    calls_.take({.method = method, .target = target, .body = body, .rights = rights},
                [&](CallAnswer answer) { answered = std::move(answer); });
    timers_.settle();
    EXPECT_TRUE(answered) << method << " " << target;
    return answered.value_or(CallAnswer{.status = 0});
  }
  static Tree body_of(const CallAnswer& answer) {
    const auto tree = codec::parse_json(answer.body);
    EXPECT_TRUE(tree) << answer.body;
    return tree.value_or(Tree());
  }
  static std::string code_of(const CallAnswer& answer) {
    return body_of(answer).text_or("/error/code", "(none)");
  }
  static std::string weights(int canary, int base = 41, int epoch = 7) {
    return R"({"writer_epoch": )" + std::to_string(epoch) + R"(, "base_generation": )" +
           std::to_string(base) + R"(, "weights_ppm": [{"backend": "new", "ppm": )" +
           std::to_string(canary) + R"(}, {"backend": "old", "ppm": )" +
           std::to_string(1'000'000 - canary) + "}]}";
  }

  // `replaced_` comes into force.
  void replace() {
    replaced_.generation = publisher_.status().generation;
    EXPECT_FALSE(publisher_.replace(replaced_, [](const PublishResult&) {}));
    timers_.settle();
    EXPECT_GT(publisher_.status().generation, replaced_.generation);
  }

  SnapshotSpec replaced_ = fakes::shop_spec();
  fakes::FakeTimers timers_;
  fakes::FakeRandom random_;
  Numbers numbers_{random_};
  Publisher publisher_;
  bool ready_ = true;
  ControlCalls calls_;
};

TEST_F(ControlCallsTest, AWeightIsChangedAndReadBack) {
  const CallAnswer changed = call("PUT", "/v1/routes/shop/split", weights(250'000));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, "{\"generation\":42,\"barrier_us\":0,\"durable\":true}\n");
  const Tree snapshot = body_of(call("GET", "/v1/snapshot"));
  EXPECT_EQ(snapshot.int_at("/generation"), 42);
  EXPECT_EQ(snapshot.int_at("/routes/0/split/weights_ppm/0/ppm"), 250'000);
  const Tree status = body_of(call("GET", "/v1/status"));
  EXPECT_EQ(status.int_at("/generation"), 42);
  EXPECT_EQ(status.int_at("/workers/0/generation"), 42);
  EXPECT_EQ(status.bool_at("/durable"), true);
  EXPECT_EQ(status.int_at("/connections"), 3);
}

TEST_F(ControlCallsTest, ABackendIsClosedByTheSameCall) {
  const CallAnswer closed = call("PUT", "/v1/routes/shop/split",
                                 R"({"writer_epoch": 7, "base_generation": 41,
                                     "states": {"new": "closed"}})");
  EXPECT_EQ(closed.status, 200);
  EXPECT_TRUE(publisher_.in_force().snapshot->backends[1].is_closed());
  EXPECT_NE(
      call("GET", "/metrics")
          .body.find(
              R"(kai_split_weight_ratio{service="shop",route="shop",version="r42",track="stable"} 1.000000)"),
      std::string::npos);
}

TEST(ProcessMetrics, TheStartIsToldToTheMicrosecond) {
  const std::string text =
      process_metrics({.since_epoch = std::chrono::microseconds(1'700'000'000'000'042)});
  EXPECT_TRUE(text.ends_with("\nprocess_start_time_seconds 1700000000.000042\n")) << text;
}

// So that a change by hand shows, whatever it changed.
TEST_F(ControlCallsTest, AStampStaysUntilSomebodyChangesTheSplitWithoutIt) {
  const auto stamp_now = [&] {
    return body_of(call("GET", "/v1/snapshot")).text_or("/routes/0/split/stamp", "(none)");
  };
  std::string body = weights(250'000);
  body.insert(1, R"("stamp": "r1.2.3", )");
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split", body).status, 200);
  EXPECT_EQ(stamp_now(), "r1.2.3");
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split", weights(250'000, 42)).status, 200);
  EXPECT_EQ(stamp_now(), "(none)");
}

TEST_F(ControlCallsTest, ASnapshotIsReplacedAsAWholeAndTriedOutBefore) {
  Tree wanted = body_of(call("GET", "/v1/snapshot"));
  EXPECT_EQ(wanted.at("/routes/0/split/salt"), nullptr) << "salts are told to nobody";
  wanted.erase("generation");
  wanted.set("base_generation", 41);
  wanted.set_at("/routes/0/id", "store");
  EXPECT_EQ(code_of(call("PUT", "/v1/snapshot?dry_run=1", codec::write_json(wanted))), "invalid")
      << "a new route needs a salt of its own";
  wanted.set_at("/routes/0/split/salt", fakes::test_salt);
  EXPECT_EQ(call("PUT", "/v1/snapshot?dry_run=1", codec::write_json(wanted)).status, 200);
  EXPECT_EQ(publisher_.status().generation, 41U);
  EXPECT_EQ(call("PUT", "/v1/snapshot", codec::write_json(wanted)).status, 200);
  EXPECT_EQ(publisher_.in_force().snapshot->routes[0].id, "store");
}

TEST_F(ControlCallsTest, MistakesAreToldAllAtOnceWithTheirPlaces) {
  const Tree body = body_of(call("PUT", "/v1/routes/shop/split",
                                 R"({"base_generation": "x", "weights_ppm": {}, "wieght": 1})"));
  EXPECT_EQ(body.text_or("/error/code", ""), "malformed");
  EXPECT_EQ(body.list_at("/error/findings")->size(), 4U);
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split",
                 R"({"writer_epoch": 7, "base_generation": 41, "weights_ppm": []})")
                .status,
            400);
  const Tree sum = body_of(call("PUT", "/v1/routes/shop/split",
                                R"({"writer_epoch": 7, "base_generation": 41,
                                    "weights_ppm": [{"backend": "old", "ppm": 1}]})"));
  EXPECT_EQ(sum.text_or("/error/code", ""), "invalid");
  EXPECT_EQ(sum.text_or("/error/pointer", ""), "/weights_ppm");
}

TEST_F(ControlCallsTest, StaleWritersGet409) {
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split", weights(0, 40)).status, 409);
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split", weights(0, 41, 6)).status, 409);
  EXPECT_EQ(code_of(call("PUT", "/v1/routes/shop/split", weights(0, 41, 6))), "stale_epoch");
}

TEST_F(ControlCallsTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(call("PUT", "/v1/routes/nobody/split", weights(0)).status, 404);
  for (const char* target : {"/", "/v2/status", "/v1/snapshot?dry_run=2", "/v1/routes//split"}) {
    EXPECT_EQ(code_of(call("GET", target)), "unknown_call") << target;
  }
  const CallAnswer wrong = call("POST", "/v1/snapshot");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.allow, "GET, PUT");
}

TEST_F(ControlCallsTest, RightsEndWhereTheyEnd) {
  EXPECT_EQ(call("PUT", "/v1/routes/shop/split", weights(0), Rights::read).status, 403);
  EXPECT_EQ(call("PUT", "/v1/snapshot", "{}", Rights::read).status, 403);
  EXPECT_EQ(call("GET", "/v1/snapshot", "", Rights::read).status, 200);
  for (const char* target : {"/v1/snapshot", "/v1/status", "/v1/nothing"}) {
    EXPECT_EQ(call("GET", target, "", Rights::figures).status, 403) << target;
  }
  for (const char* target : {"/metrics", "/healthz", "/readyz"}) {
    EXPECT_EQ(call("GET", target, "", Rights::figures).status, 200) << target;
  }
}

TEST_F(ControlCallsTest, ReadinessIsThatOfTheDataPlane) {
  ready_ = false;
  EXPECT_EQ(call("GET", "/readyz").status, 503);
  EXPECT_EQ(call("GET", "/healthz").status, 200);
}

TEST_F(ControlCallsTest, WhatIsNoJsonIsMalformed) {
  const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
  for (const std::string& body : {std::string("{"), std::string(), deep,
                                  std::string(R"({"writer_epoch": 7, "writer_epoch": 8})")}) {
    EXPECT_EQ(call("PUT", "/v1/routes/shop/split", body).status, 400);
  }
}

TEST_F(ControlCallsTest, ExplainTellsWhatTheDataPlaneDoes) {
  const Tree user = body_of(call("POST", "/v1/explain", R"({"route": "shop", "key": "user-15"})"));
  EXPECT_EQ(user.text_or("/u", ""), "03806a70d21a05c7");
  EXPECT_EQ(user.text_or("/threshold", ""), "0ccccccccccccccc");
  EXPECT_EQ(user.text_or("/backend", ""), "new");
  EXPECT_EQ(user.int_at("/lane"), 7);
  const Tree asked = body_of(call("POST", "/v1/explain", R"({"client": "10.0.0.1",
      "head": "GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: user-15\r\n\r\n"})"));
  EXPECT_EQ(asked.text_or("/assignment", ""), "keyed");
  EXPECT_EQ(asked.text_or("/backend", ""), "new");
  EXPECT_EQ(asked.text_or("/u", ""), "03806a70d21a05c7");
}

TEST_F(ControlCallsTest, ExplainDrawsNoNumber) {
  const auto counter = publisher_.in_force().snapshot->routes[0].counter;
  const std::uint64_t before = counter->draw();
  const Tree asked =
      body_of(call("POST", "/v1/explain", R"({"head": "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"})"));
  EXPECT_EQ(asked.text_or("/assignment", ""), "unkeyed");
  EXPECT_EQ(asked.at("/u"), nullptr);
  EXPECT_EQ(counter->draw(), before + core::WeylCounter::step);
}

TEST_F(ControlCallsTest, ExplainRefusesWhatTheDataPlaneRefuses) {
  const Tree refused =
      body_of(call("POST", "/v1/explain", R"({"head": "GET /x HTTP/1.1\r\nHost : a\r\n\r\n"})"));
  EXPECT_EQ(refused.text_or("/refused", ""), "bad_field_name");
  EXPECT_EQ(refused.int_at("/status"), 400);
  EXPECT_EQ(call("POST", "/v1/explain", R"({"head": "GET / HTTP/1.1\r\n"})").status, 400);
  EXPECT_EQ(call("POST", "/v1/explain", R"({"route": "shop"})").status, 400);
  EXPECT_EQ(call("POST", "/v1/explain", R"({"route": "nobody", "key": "x"})").status, 404);
  // What only the route refuses.
  const Tree dots = body_of(
      call("POST", "/v1/explain", R"({"head": "GET /a/../x HTTP/1.1\r\nHost: a\r\n\r\n"})"));
  EXPECT_EQ(dots.text_or("/refused", ""), "dot_segments");
}

TEST_F(ControlCallsTest, ExplainIsToldTheListener) {
  replaced_.routes.front().match = {{.listener = "web"}};
  replace();
  const auto route_at = [&](const std::string& listener) {
    return body_of(call("POST", "/v1/explain",
                        R"({"head": "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "listener": ")" +
                            listener + "\"}"))
        .text_or("/route", "(none)");
  };
  EXPECT_EQ(route_at("web"), "shop");
  EXPECT_EQ(route_at("other"), "(none)");
}

TEST_F(ControlCallsTest, ExplainKnowsNoKeyThatARequestCannotBring) {
  const auto code_for = [&](const std::string& key) {
    return code_of(call("POST", "/v1/explain", R"({"route": "shop", "key": ")" + key + "\"}"));
  };
  EXPECT_EQ(code_for(std::string(256, 'k')), "(none)");
  EXPECT_EQ(code_for(std::string(257, 'k')), "invalid");
  EXPECT_EQ(code_for(" user-15"), "invalid");
  SplitSpec& split = replaced_.routes.front().split;
  split.key = {{.kind = KeySpec::Kind::client_address, .name = ""}};
  replace();
  EXPECT_EQ(code_for("user-15"), "invalid");
  EXPECT_EQ(code_for("10.0.0.1"), "(none)");
  split.key.clear();
  replace();
  EXPECT_EQ(code_for("10.0.0.1"), "invalid") << "no request of the route is keyed";
  split.identity_cookie = "side";
  replace();
  EXPECT_EQ(code_for("user-15"), "invalid") << "no identity";
}

TEST_F(ControlCallsTest, ExplainTakesAMappedAddressForTheOneItMeans) {
  replaced_.routes.front().split.key = {{.kind = KeySpec::Kind::client_address, .name = ""}};
  replace();
  const auto number_of = [&](const std::string& client) {
    return body_of(call("POST", "/v1/explain",
                        R"({"client": ")" + client +
                            R"(", "head": "GET / HTTP/1.1\r\nHost: a\r\n\r\n"})"))
        .text_or("/u", "(none)");
  };
  EXPECT_NE(number_of("10.0.0.1"), "(none)");
  EXPECT_EQ(number_of("::ffff:10.0.0.1"), number_of("10.0.0.1"));
}

}  // namespace
}  // namespace kai::splitter
