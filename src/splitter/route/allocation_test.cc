// A decision allocates nothing: this program counts every call of the global new.
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/request_policy.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/decide.h"
#include "splitter/route/identity.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/counting_new.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

SnapshotSpec spec_with_everything() {
  SnapshotSpec spec = fakes::shop_spec();
  RouteSpec& route = spec.routes.front();
  route.match = {{.host = "*.example", .condition = {.path_prefix = "/caf%C3%A9"}},
                 {.host = "", .condition = {.path_prefix = "/caf"}}};
  route.rules = {{.condition = {.methods = {"POST"},
                                .header = {{"X-Beta-Testers-Only", "a value of some length"}},
                                .cookie = {{"beta", "1"}},
                                .query = {{"beta", "1"}},
                                .from = {"10.0.0.0/8"}},
                  .to = "new"}};
  route.split.key.push_back({.kind = KeySpec::Kind::cookie, .name = "uid"});
  route.split.identity_cookie = "kai_id";
  return spec;
}

TEST(Allocation, ADecisionAllocatesNothing) {
  fakes::FakeRandom random;
  Numbers numbers(random);
  const auto snapshot = fakes::built(spec_with_everything(), numbers);
  const auto head = std::make_unique<RequestHead>();
  const auto request = std::make_unique<Request>();
  Decider decider{.random = random, .path = {}};
  const IpAddress client = *parse_ip_address("2001:db8::1");
  for (const std::string_view text :
       {"POST /caf%c3%a9?beta=1 HTTP/1.1\r\nHost: shop.example\r\nCookie: beta=2\r\n\r\n",
        "GET /caf%c3%a9 HTTP/1.1\r\nHost: shop.example\r\nX-User-Id: somebody with a long "
        "name\r\n\r\n",
        "GET /caf/x HTTP/1.1\r\nHost: a.b.c.d.e.f\r\n\r\n", "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    HeadProgress progress;
    ASSERT_EQ(parse_request_head(progress, text, *head).progress, Progress::complete);
    ASSERT_FALSE(judge_request(*head, {}, *request));
    const std::size_t before = fakes::allocations;
    const Decision decision = decide(*snapshot, *request, client, decider);
    const Decision again = decide_again(*snapshot, *request, client, decision, decider);
    EXPECT_EQ(fakes::allocations, before) << text;
    EXPECT_EQ(again.backend, decision.backend);
  }
  CookieBuffer buffer;
  const std::size_t before = fakes::allocations;
  ASSERT_GT(before, 0U) << "nobody counts";
  const Identity identity = mint_identity(random);
  const auto cookie = write_identity_cookie({.name = "kai_id"}, identity, buffer);
  EXPECT_EQ(fakes::allocations, before);
  EXPECT_TRUE(is_identity(cookie.substr(7, identity_bytes)));
}

}  // namespace
}  // namespace kai::splitter
