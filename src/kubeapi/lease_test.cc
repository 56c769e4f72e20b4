#include "kubeapi/lease.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"

namespace kai::kubeapi {
namespace {

using std::chrono::seconds;

const std::string leases = "https://api/apis/coordination.k8s.io/v1/namespaces/shop/leases";

net::HttpResponse refusal(int code, const std::string& reason) {
  return {.status = code,
          .body = R"({"kind":"Status","reason":")" + reason + R"(","message":"m"})"};
}

// One Lease as an API server keeps it: compare-and-swap by resourceVersion.
struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  Client client{http, timers, timers.clock(),
                ClusterAccess{.server = "https://api", .name_space = "shop"},
                std::make_shared<Credentials>(UserAccess{}, "https://api", disk, process, wall,
                                              std::map<std::string, std::string>{}, nullptr)};
  Tree stored;  // null: there is none
  int version = 0;
  bool drop_replies = false;  // of writes that were done

  World() {
    http.on("GET", leases).handle([this](const net::HttpRequest&) -> Result<net::HttpResponse> {
      if (stored.is_null()) return refusal(404, "NotFound");
      return net::HttpResponse{.status = 200, .body = codec::write_json(stored)};
    });
    http.on("POST", leases).handle([this](const net::HttpRequest& request) {
      return stored.is_null() ? write(request) : refusal(409, "AlreadyExists");
    });
    http.on("PUT", leases).handle([this](const net::HttpRequest& request) {
      const Tree sent = codec::parse_json(request.body).value();
      if (stored.is_null()) return Result<net::HttpResponse>(refusal(404, "NotFound"));
      const bool current = sent.text_or("/metadata/resourceVersion", "?") ==
                           stored.text_or("/metadata/resourceVersion", "");
      return current ? write(request) : refusal(409, "Conflict");
    });
  }
  Result<net::HttpResponse> write(const net::HttpRequest& request) {
    stored = codec::parse_json(request.body).value();
    stored.set_at("/metadata/resourceVersion", std::to_string(++version));
    if (drop_replies) return fail(ErrorKind::unavailable, "reset; the outcome is unknown");
    return net::HttpResponse{.status = 200, .body = codec::write_json(stored)};
  }
  void touch() { stored.set_at("/metadata/resourceVersion", std::to_string(++version)); }

  Lease lease() {
    return Lease(
        client, timers.clock(), wall,
        {.name_space = "shop", .name = "l", .term = seconds(15), .labels = {{"a/b", "c"}}});
  }
  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    ask(Reply<T>([&](Result<T> result) { got = std::move(result); }));
    timers.settle();
    if (!got) return fail(ErrorKind::malformed, "no reply came");
    return *got;
  }
  Result<Acquired> acquire(Lease& of, const std::string& holder) {
    return wait<Acquired>([&](auto reply) { of.acquire(holder, std::move(reply)); });
  }
  Result<bool> renew(Lease& of) {
    return wait<bool>([&](auto reply) { of.renew(std::move(reply)); });
  }
};

TEST(Lease, ANewOneIsMadeAndGranted) {
  World world;
  Lease lease = world.lease();
  const auto got = world.acquire(lease, "me");
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_TRUE(got->granted);
  EXPECT_EQ(got->state.transitions, 1U);
  EXPECT_EQ(world.stored.text_or("/spec/holderIdentity", ""), "me");
  EXPECT_EQ(world.stored.text_or("/spec/acquireTime", ""), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(world.stored.int_at("/spec/leaseDurationSeconds"), 15);
  EXPECT_EQ(world.stored.text_or("/metadata/labels/a~1b", ""), "c");
}

TEST(Lease, ALiveHolderKeepsItHoweverOldItsWallClockSays) {
  World world;
  Lease ours = world.lease();
  Lease theirs = world.lease();
  EXPECT_TRUE(world.acquire(theirs, "them")->granted);
  world.wall.advance(std::chrono::hours(24));
  for (int i = 0; i < 10; ++i) {
    const auto got = world.acquire(ours, "me");
    EXPECT_FALSE(got->granted);
    EXPECT_EQ(got->state.holder, "them");
    world.timers.advance(seconds(5));
    EXPECT_TRUE(*world.renew(theirs));
  }
}

TEST(Lease, ASilentHolderLosesItAfterItsWholeTermUnderOurEyes) {
  World world;
  Lease theirs = world.lease();
  EXPECT_TRUE(world.acquire(theirs, "them")->granted);
  world.timers.advance(std::chrono::hours(1));
  Lease ours = world.lease();
  EXPECT_EQ(world.acquire(ours, "me")->state.silent, Duration::zero()) << "first sight";
  world.timers.advance(seconds(14));
  const auto still = world.acquire(ours, "me");
  EXPECT_FALSE(still->granted);
  EXPECT_EQ(still->state.silent, seconds(14));
  world.timers.advance(seconds(1));
  const auto got = world.acquire(ours, "me");
  EXPECT_TRUE(got->granted);
  EXPECT_EQ(got->state.transitions, 2U);
  EXPECT_FALSE(*world.renew(theirs)) << "the old holder learns that it lost";
}

TEST(Lease, RenewingIsOneWriteAndSurvivesAnothersEdit) {
  World world;
  Lease lease = world.lease();
  EXPECT_TRUE(world.acquire(lease, "me")->granted);
  world.http.clear_log();
  world.wall.advance(seconds(5));
  EXPECT_TRUE(*world.renew(lease));
  EXPECT_EQ(world.http.log(), (std::vector<std::string>{"PUT " + leases + "/l"}));
  EXPECT_EQ(world.stored.text_or("/spec/renewTime", ""), "2026-01-02T03:04:10.000000Z");
  EXPECT_EQ(world.stored.text_or("/spec/acquireTime", ""), "2026-01-02T03:04:05.000000Z");
  world.stored.set_at("/metadata/annotations/x", "y");
  world.touch();
  EXPECT_TRUE(*world.renew(lease));
  EXPECT_EQ(world.stored.text_or("/metadata/annotations/x", ""), "y");
  EXPECT_EQ(world.stored.int_at("/spec/leaseTransitions"), 1);
}

TEST(Lease, ARenewalWhoseReplyWasLostIsLookedUpTheNextTime) {
  World world;
  Lease lease = world.lease();
  EXPECT_TRUE(world.acquire(lease, "me")->granted);
  world.drop_replies = true;
  EXPECT_EQ(world.renew(lease).error().kind, ErrorKind::unavailable);
  world.drop_replies = false;
  EXPECT_TRUE(*world.renew(lease));
}

TEST(Lease, AnAcquisitionWhoseReplyWasLostIsTakenUpAgain) {
  World world;
  Lease lease = world.lease();
  world.drop_replies = true;
  EXPECT_EQ(world.acquire(lease, "me").error().kind, ErrorKind::unavailable);
  world.drop_replies = false;
  const auto got = world.acquire(lease, "me");
  EXPECT_TRUE(got->granted);
  EXPECT_EQ(got->state.transitions, 2U);
}

TEST(Lease, OfTwoInTheSameMomentOneGetsIt) {
  World world;
  Lease one = world.lease();
  Lease two = world.lease();
  int granted = 0;
  int lost = 0;
  const auto count = [&](Result<Acquired> got) {
    if (got && got->granted) ++granted;
    if (!got && got.error().kind == ErrorKind::unavailable) ++lost;
  };
  one.acquire("one", count);
  two.acquire("two", count);
  world.timers.settle();
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(lost, 1);
}

TEST(Lease, ReleasedItIsFreeAtOnceAndKeepsItsTransitions) {
  World world;
  Lease lease = world.lease();
  EXPECT_TRUE(world.acquire(lease, "me")->granted);
  EXPECT_TRUE(world.wait<Unit>([&](auto reply) { lease.release(std::move(reply)); }).has_value());
  EXPECT_EQ(world.stored.at("/spec/holderIdentity"), nullptr);
  EXPECT_FALSE(*world.renew(lease));
  Lease other = world.lease();
  EXPECT_EQ(world.acquire(other, "them")->state.transitions, 2U);
  EXPECT_TRUE(world.wait<Unit>([&](auto reply) { lease.release(std::move(reply)); }).has_value());
  EXPECT_EQ(world.stored.text_or("/spec/holderIdentity", ""), "them") << "not ours to release";
}

TEST(Lease, LookingWritesNothing) {
  World world;
  Lease lease = world.lease();
  const auto look = [&] {
    return world.wait<std::optional<LeaseState>>([&](auto reply) { lease.look(std::move(reply)); });
  };
  EXPECT_FALSE(look()->has_value());
  EXPECT_TRUE(world.acquire(lease, "me")->granted);
  world.http.clear_log();
  EXPECT_EQ((*look())->holder, "me");
  EXPECT_EQ(world.http.log(), (std::vector<std::string>{"GET " + leases + "/l"}));
}

TEST(Lease, GoneItIsLost) {
  World world;
  Lease lease = world.lease();
  EXPECT_TRUE(world.acquire(lease, "me")->granted);
  world.stored = Tree();
  EXPECT_FALSE(*world.renew(lease));
}

TEST(Lease, AnOpenCallIsAnsweredAfterItsEnd) {
  World world;
  bool answered = false;
  {
    Lease lease = world.lease();
    lease.acquire("me", [&](Result<Acquired> got) { answered = got && got->granted; });
  }
  world.timers.settle();
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace kai::kubeapi
