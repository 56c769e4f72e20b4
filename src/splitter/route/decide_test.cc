#include "splitter/route/decide.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/request_policy.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/identity.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

// A request as it would come over the wire.
class Asked {
 public:
  explicit Asked(std::string_view target, const std::vector<std::string>& fields = {},
                 std::string_view host = "shop.example", std::string_view method = "GET") {
    text_ = std::string(method) + " " + std::string(target) +
            " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
    for (const std::string& field : fields) text_ += field + "\r\n";
    text_ += "\r\n";
    HeadProgress progress;
    EXPECT_EQ(parse_request_head(progress, text_, *head_).progress, Progress::complete) << text_;
    EXPECT_FALSE(judge_request(*head_, {}, *request_)) << text_;
  }
  const Request& request() const { return *request_; }

 private:
  std::string text_;
  std::unique_ptr<RequestHead> head_ = std::make_unique<RequestHead>();
  std::unique_ptr<Request> request_ = std::make_unique<Request>();
};

class Decide : public testing::Test {
 protected:
  void use(SnapshotSpec spec) { snapshot_ = fakes::built(spec, numbers_); }
  Decision ask(const Asked& asked, std::string_view client = "10.0.0.1") {
    return decide(*snapshot_, asked.request(), *parse_ip_address(client), decider_);
  }
  std::string route_of(const Asked& asked) {
    const Decision decision = ask(asked);
    return decision.route == nullptr ? "none" : decision.route->id;
  }
  std::string backend_of_next(const Asked& asked) { return ask(asked).backend->id; }
  // The next number that the counter of route 0 gives, by looking two draws apart.
  std::uint64_t next_number() { return ask(Asked("/")).u; }

  fakes::FakeRandom random_;
  Numbers numbers_{random_};
  std::shared_ptr<const Snapshot> snapshot_ = fakes::built(fakes::shop_spec(), numbers_);
  Decider decider_{.random = random_, .path = {}};
};

RouteSpec route(std::string id, std::vector<MatchSpec> match) {
  RouteSpec made = fakes::shop_spec().routes.front();
  made.id = std::move(id);
  made.match = std::move(match);
  return made;
}

MatchSpec prefix(std::string host, std::string path) {
  return {.host = std::move(host), .condition = {.path_prefix = std::move(path)}};
}

TEST_F(Decide, TheMostSpecificRouteIsFoundWhateverTheOrder) {
  std::vector<RouteSpec> routes = {
      route("any", {{}}),
      route("any-api", {prefix("", "/api")}),
      route("wildcard", {prefix("*.shop.example", "")}),
      route("shop", {prefix("shop.example", "/")}),
      route("shop-api", {prefix("shop.example", "/api")}),
      route("shop-api-v2", {prefix("shop.example", "/api/v2/")}),
      route("shop-exact", {{.host = "shop.example", .condition = {.path = "/api"}}}),
      route("shop-post",
            {{.host = "shop.example", .condition = {.path_prefix = "/api", .methods = {"POST"}}}})};
  std::ranges::sort(routes, {}, &RouteSpec::id);
  do {
    SnapshotSpec spec = fakes::shop_spec();
    spec.routes = routes;
    use(spec);
    ASSERT_EQ(route_of(Asked("/")), "shop");
    ASSERT_EQ(route_of(Asked("/apis")), "shop");
    ASSERT_EQ(route_of(Asked("/api")), "shop-exact");
    ASSERT_EQ(route_of(Asked("/api/")), "shop-api");
    ASSERT_EQ(route_of(Asked("/api/v2")), "shop-api-v2");
    ASSERT_EQ(route_of(Asked("/api/v2/x?y=/api")), "shop-api-v2");
    ASSERT_EQ(route_of(Asked("/api/v3", {}, "shop.example", "POST")), "shop-post");
    ASSERT_EQ(route_of(Asked("/", {}, "SHOP.example.:8080")), "shop");
    ASSERT_EQ(route_of(Asked("/api", {}, "a.shop.example")), "wildcard");
    ASSERT_EQ(route_of(Asked("/api", {}, "a.b.shop.example")), "any-api");
    ASSERT_EQ(route_of(Asked("/", {}, "[::1]")), "any");
    ASSERT_EQ(route_of(Asked("*", {}, "shop.example", "OPTIONS")), "shop");
    std::ranges::rotate(routes, routes.begin() + 1);
  } while (routes.front().id != "any");
}

// Services that differ in their address alone.
TEST_F(Decide, AListenerTellsRoutesApart) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.routes = {route("any", {{}}), route("web", {{.listener = "0.0.0.0:8080"}}),
                 route("api", {{.listener = "0.0.0.0:8081"}}),
                 route("host", {prefix("shop.example", "")})};
  use(spec);
  const auto at = [&](std::string_view listener, std::string host) {
    const Asked asked("/", {}, std::move(host));
    return decide(*snapshot_, asked.request(), *parse_ip_address("10.0.0.1"), decider_, listener)
        .route->id;
  };
  EXPECT_EQ(at("0.0.0.0:8080", "a"), "web");
  EXPECT_EQ(at("0.0.0.0:8081", "a"), "api");
  EXPECT_EQ(at("0.0.0.0:8082", "a"), "any");
  EXPECT_EQ(at("", "a"), "any");
  EXPECT_EQ(at("0.0.0.0:8080", "shop.example"), "host") << "the host comes first";
}

TEST_F(Decide, WithoutARouteThereIsNoBackend) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.routes = {route("shop", {prefix("shop.example", "/a")})};
  use(spec);
  for (const Asked& asked : {Asked("/b"), Asked("/a", {}, "other.example"), Asked("/A")}) {
    const Decision decision = ask(asked);
    EXPECT_EQ(decision.assignment, Assignment::none);
    EXPECT_EQ(decision.route, nullptr);
    EXPECT_EQ(decision.backend, nullptr);
  }
}

TEST_F(Decide, APathIsDecodedOnceBeforeItIsCompared) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.routes = {route("rest", {{}}), route("cafe", {prefix("", "/caf%C3%A9")}),
                 route("admin", {prefix("", "/admin")})};
  use(spec);
  EXPECT_EQ(route_of(Asked("/caf%c3%a9/menu")), "cafe");
  EXPECT_EQ(route_of(Asked("/%61dmin")), "admin") << "spelling it otherwise leads nowhere else";
  EXPECT_EQ(route_of(Asked("/admin%2Fx")), "rest") << "an encoded slash is no border";
  EXPECT_EQ(route_of(Asked("/%2561dmin")), "rest") << "not twice";
}

TEST_F(Decide, ARuleComesBeforeTheSplitAndLeavesItsCountAlone) {
  SnapshotSpec spec = fakes::shop_spec(0);
  spec.routes.front().rules = {
      {.condition = {.header = {{"X-Beta", "1"}}, .from = {"10.0.0.0/8"}}, .to = "new"}};
  use(spec);
  const std::uint64_t before = next_number();
  const Decision forced = ask(Asked("/", {"x-beta: 1"}));
  EXPECT_EQ(forced.assignment, Assignment::forced);
  EXPECT_EQ(forced.backend->id, "new") << "weight 0 stops only the split";
  EXPECT_EQ(next_number(), before + core::WeylCounter::step);
  EXPECT_EQ(ask(Asked("/", {"X-Beta: 1"}), "11.0.0.1").backend->id, "old");
  EXPECT_EQ(backend_of_next(Asked("/", {"X-Beta: 2"})), "old");
  EXPECT_EQ(backend_of_next(Asked("/", {"X-Beta: 1", "X-Beta: 1"})), "old") << "twice is not once";
}

TEST_F(Decide, RulesOfEveryKindAreMet) {
  SnapshotSpec spec = fakes::shop_spec(0);
  spec.routes.front().rules = {{.condition = {.cookie = {{"beta", "yes"}}}, .to = "new"},
                               {.condition = {.query = {{"beta", "1"}}}, .to = "new"},
                               {.condition = {.path = "/beta"}, .to = "new"},
                               {.condition = {.methods = {"POST", "PUT"}}, .to = "new"}};
  use(spec);
  EXPECT_EQ(backend_of_next(Asked("/", {"Cookie: a=b; beta=yes"})), "new");
  EXPECT_EQ(backend_of_next(Asked("/", {"Cookie: a=b; beta=yes; beta=no"})), "old");
  EXPECT_EQ(backend_of_next(Asked("/?a=b&beta=1")), "new");
  EXPECT_EQ(backend_of_next(Asked("/beta")), "new");
  EXPECT_EQ(backend_of_next(Asked("/beta/x")), "old");
  EXPECT_EQ(backend_of_next(Asked("/", {"Content-Length: 0"}, "shop.example", "PUT")), "new");
  EXPECT_EQ(backend_of_next(Asked("/")), "old");
}

TEST_F(Decide, AClosedBackendGetsNothingWhateverTheRuleOrTheWeight) {
  SnapshotSpec spec = fakes::shop_spec(600'000);
  spec.backends[1].state = "closed";
  spec.routes.front().rules = {{.condition = {.header = {{"X-Beta", "1"}}}, .to = "new"}};
  use(spec);
  for (int user = 0; user < 1'000; ++user) {
    const std::string key = "X-User-Id: user-" + std::to_string(user);
    ASSERT_EQ(backend_of_next(Asked("/", {key})), "old");
    ASSERT_EQ(backend_of_next(Asked("/")), "old");
    ASSERT_EQ(backend_of_next(Asked("/", {"X-Beta: 1"})), "old");
  }
}

TEST_F(Decide, ZeroAndEverythingHaveNoException) {
  for (const std::uint32_t ppm : {0U, 1'000'000U}) {
    use(fakes::shop_spec(ppm));
    const std::string expected = ppm == 0 ? "old" : "new";
    for (int user = 0; user < 1'000; ++user) {
      const std::string key = "X-User-Id: " + std::to_string(user);
      ASSERT_EQ(backend_of_next(Asked("/", {key})), expected);
      ASSERT_EQ(backend_of_next(Asked("/")), expected);
    }
  }
}

TEST_F(Decide, AUserOfTheReferenceVectorsIsWhereTheVectorsSay) {
  const Decision first = ask(Asked("/", {"X-User-Id: user-1"}));
  EXPECT_EQ(first.assignment, Assignment::keyed);
  EXPECT_EQ(first.u, 0xe3ac386a02b793e7U);
  EXPECT_EQ(first.lane, 7);
  EXPECT_EQ(first.backend->id, "old");
  EXPECT_EQ(backend_of_next(Asked("/", {"X-User-Id: user-15"})), "new");
}

TEST_F(Decide, AKeyIsTakenFromTheFirstSourceThatIsPresentOnce) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.routes.front().split.key = {{.kind = KeySpec::Kind::header, .name = "X-User-Id"},
                                   {.kind = KeySpec::Kind::cookie, .name = "uid"}};
  use(spec);
  AddressText buffer;
  const auto key = [&](const std::vector<std::string>& fields) {
    const Asked asked("/", fields);
    const auto found =
        key_of(snapshot_->routes[0], asked.request(), *parse_ip_address("::1"), buffer);
    return found ? std::string(*found) : std::string("(none)");
  };
  EXPECT_EQ(key({"Cookie: uid=c", "X-User-Id: h"}), "h");
  EXPECT_EQ(key({"X-User-Id: h", "Cookie: uid=c"}), "h") << "the order of fields does not matter";
  EXPECT_EQ(key({"x-USER-id: h"}), "h");
  EXPECT_EQ(key({"X-User-Id: a", "X-User-Id: b", "Cookie: uid=c"}), "c");
  EXPECT_EQ(key({"X-User-Id: ", "Cookie: uid=c"}), "c");
  EXPECT_EQ(key({"Cookie: uid=c; uid=d"}), "(none)");
  EXPECT_EQ(key({"X-User-Id: " + std::string(256, 'x')}), std::string(256, 'x'));
  EXPECT_EQ(key({"X-User-Id: " + std::string(257, 'x')}), "(none)");
}

TEST_F(Decide, AnAddressIsAKeyInItsCanonicalText) {
  SnapshotSpec spec = fakes::shop_spec(500'000);
  spec.routes.front().split.key = {{.kind = KeySpec::Kind::client_address, .name = ""}};
  use(spec);
  const core::SipKey& salt = snapshot_->routes[0].salt;
  EXPECT_EQ(ask(Asked("/"), "10.0.0.1").u, core::number_of_key(salt, "10.0.0.1"));
  EXPECT_EQ(ask(Asked("/"), "2001:DB8:0:0::1").u, core::number_of_key(salt, "2001:db8::1"));
}

TEST_F(Decide, AnIdentityIsMintedOnceAndThenKeepsItsSide) {
  SnapshotSpec spec = fakes::shop_spec(500'000);
  spec.routes.front().split.identity_cookie = "kai_id";
  use(spec);
  for (int visitor = 0; visitor < 200; ++visitor) {
    const Decision first = ask(Asked("/"));
    ASSERT_TRUE(first.minted);
    ASSERT_EQ(first.assignment, Assignment::keyed) << "the first answer already counts";
    const std::string cookie(first.minted->data(), first.minted->size());
    const Decision second = ask(Asked("/", {"Cookie: kai_id=" + cookie}));
    ASSERT_FALSE(second.minted);
    ASSERT_EQ(second.backend, first.backend);
    ASSERT_EQ(second.u, first.u);
  }
  for (const std::string forged : {"canary", "AAAAAAAAAAAAAAAAAAAAAB", ""}) {
    EXPECT_TRUE(ask(Asked("/", {"Cookie: kai_id=" + forged})).minted) << forged;
  }
  EXPECT_FALSE(ask(Asked("/", {"X-User-Id: 1"})).minted) << "who has a key needs no identity";
}

TEST_F(Decide, DecidedAgainNobodyIsCountedOrMintedTwice) {
  SnapshotSpec spec = fakes::shop_spec(1'000'000);
  use(spec);
  const Asked asked("/");
  const Decision before = ask(asked);
  EXPECT_EQ(before.backend->id, "new");
  spec.backends[1].state = "closed";
  use(spec);
  const Decision again =
      decide_again(*snapshot_, asked.request(), *parse_ip_address("10.0.0.1"), before, decider_);
  EXPECT_EQ(again.backend->id, "old");
  EXPECT_EQ(again.u, before.u);
  EXPECT_EQ(next_number(), before.u + core::WeylCounter::step);
  spec.routes.front().split.identity_cookie = "kai_id";
  use(spec);
  const Decision minted = ask(asked);
  const Decision kept =
      decide_again(*snapshot_, asked.request(), *parse_ip_address("10.0.0.1"), minted, decider_);
  EXPECT_EQ(kept.minted, minted.minted);
}

// A tenth each for canary and baseline.
SnapshotSpec with_baseline(std::uint32_t canary_ppm = 100'000) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.backends.push_back(
      {.id = "same", .version = "r42", .track = "baseline", .endpoints = {"10.1.0.21:1"}});
  spec.routes.front().split.weights = {{.backend = "same", .ppm = 100'000},
                                       {.backend = "old", .ppm = 900'000 - canary_ppm},
                                       {.backend = "new", .ppm = canary_ppm}};
  return spec;
}

TEST_F(Decide, ThreeBackendsTakeTheirIntervalsWithTheCanaryFirst) {
  SnapshotSpec spec = with_baseline();
  use(spec);
  const Route& shop = snapshot_->routes[0];
  const auto at = [&](std::uint32_t ppm) {
    return backend_of(*snapshot_, shop, core::threshold_of(ppm).bound).id;
  };
  EXPECT_EQ(at(0), "new");
  EXPECT_EQ(at(99'999), "new");
  EXPECT_EQ(at(100'000), "old");
  EXPECT_EQ(at(899'999), "old");
  EXPECT_EQ(at(900'000), "same");
  EXPECT_EQ(at(999'999), "same");
  spec.backends[2].state = "closed";
  use(spec);
  EXPECT_EQ(backend_of(*snapshot_, snapshot_->routes[0], core::threshold_of(950'000).bound).id,
            "old");
}

TEST_F(Decide, RaisingTheCanaryOnlyMovesUsersToTheCanaryAlsoBesideABaseline) {
  std::map<std::string, std::string> before;
  for (const std::uint32_t canary_ppm : {0U, 10'000U, 250'000U, 600'000U, 900'000U}) {
    use(with_baseline(canary_ppm));
    for (int number = 0; number < 500; ++number) {
      const std::string user = "user-" + std::to_string(number);
      const std::string now = backend_of_next(Asked("/", {"X-User-Id: " + user}));
      const auto [was, is_first] = before.try_emplace(user, now);
      EXPECT_TRUE(is_first || now == was->second || now == "new")
          << user << " from " << was->second << " to " << now << " at " << canary_ppm;
      was->second = now;
    }
  }
}

TEST_F(Decide, ALaneFollowsTheClientOnEitherSide) {
  std::set<int> lanes;
  for (int host = 0; host < 200; ++host) {
    const std::string client = "10.0.0." + std::to_string(host);
    const Decision one = ask(Asked("/"), client);
    const Decision other = ask(Asked("/x"), client);
    ASSERT_EQ(one.lane, other.lane);
    lanes.insert(one.lane);
  }
  EXPECT_EQ(lanes.size(), 8U);
  EXPECT_EQ(ask(Asked("/"), "2001:db8::1").lane, ask(Asked("/"), "2001:db8::ffff:2").lane)
      << "IPv6 counts by its first half";
}

TEST(Identity, IsOfItsOwnFormAndNothingElseIs) {
  fakes::FakeRandom random;
  std::set<std::string> seen;
  for (int at = 0; at < 1'000; ++at) {
    const Identity identity = mint_identity(random);
    const std::string text(identity.data(), identity.size());
    ASSERT_TRUE(is_identity(text)) << text;
    ASSERT_TRUE(seen.insert(text).second);
    ASSERT_FALSE(is_identity(text + "A"));
    ASSERT_FALSE(is_identity(std::string_view(text).substr(1)));
    ASSERT_FALSE(is_identity("=" + text.substr(1)));
  }
  EXPECT_FALSE(is_identity("AAAAAAAAAAAAAAAAAAAAAB")) << "bits that no encoder sets";
}

TEST(Identity, ItsCookieSaysWhatABrowserNeeds) {
  fakes::FakeRandom random;
  Identity identity = mint_identity(random);
  std::ranges::fill(identity, 'A');
  CookieBuffer buffer;
  EXPECT_EQ(write_identity_cookie({.name = "kai_id"}, identity, buffer),
            "kai_id=AAAAAAAAAAAAAAAAAAAAAA; Path=/; HttpOnly; SameSite=Lax");
  const std::string name(cookie_name_bytes_max, 'n');
  const IdentityCookie longest{
      .name = name, .life = cookie_life_max, .transport = CookieTransport::tls};
  EXPECT_TRUE(write_identity_cookie(longest, identity, buffer)
                  .ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=34560000"));
}

}  // namespace
}  // namespace kai::splitter
