// What a decision costs, in nanoseconds a request: finding the route, rules, key and hash, or the
// counter.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/secret.h"
#include "splitter/admin/no_chance.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/request_policy.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/build.h"
#include "splitter/route/decide.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {
namespace {

using Steady = std::chrono::steady_clock;

RouteSpec route(std::string id, std::string host, bool keyed) {
  RouteSpec spec{.id = id,
                 .service = id,
                 .match = {{.host = std::move(host), .condition = {.path_prefix = "/checkout"}}},
                 .split = {.weights = {{.backend = "old", .ppm = 950'000},
                                       {.backend = "new", .ppm = 50'000}}}};
  if (keyed) {
    spec.split.salt = Secret("AAECAwQFBgcICQoLDA0ODw==");
    spec.split.key = {{.kind = KeySpec::Kind::header, .name = "X-User-Id"},
                      {.kind = KeySpec::Kind::cookie, .name = "uid"}};
  }
  return spec;
}

SnapshotSpec with_routes(std::size_t routes, bool keyed) {
  SnapshotSpec spec{
      .backends = {
          {.id = "old", .version = "r42", .endpoints = {"10.1.0.11:8080"}},
          {.id = "new", .version = "r43", .track = "canary", .endpoints = {"10.1.0.31:8080"}}}};
  for (std::size_t at = 1; at < routes; ++at) {
    const std::string id = "r" + std::to_string(at);
    spec.routes.push_back(route(id, id + ".shop.example", keyed));
  }
  spec.routes.push_back(route("shop", "shop.example", keyed));
  return spec;
}

// None of them holds, so each is looked at.
SnapshotSpec with_rules(std::size_t rules) {
  SnapshotSpec spec = with_routes(1, false);
  for (std::size_t at = 0; at < rules; ++at) {
    spec.routes.front().rules.push_back(
        {.condition = {.cookie = {{"uid", "tester-" + std::to_string(at)}}}, .to = "new"});
  }
  return spec;
}

void measure(std::string_view what, const SnapshotSpec& spec, std::string_view text) {
  constexpr int turns = 301;
  constexpr int decisions_a_turn = 200;
  NoChance chance;
  Numbers numbers(chance);
  Findings findings;
  const auto snapshot = build_snapshot(spec, "", numbers, findings);
  const auto head = std::make_unique<RequestHead>();
  const auto request = std::make_unique<Request>();
  HeadProgress progress;
  KAI_CHECK(snapshot && parse_request_head(progress, text, *head).progress == Progress::complete);
  KAI_CHECK(!judge_request(*head, {}, *request));
  Decider decider{.random = chance, .path = {}};
  const IpAddress client = *parse_ip_address("10.0.0.1");
  std::vector<double> times;
  for (int turn = 0; turn < turns; ++turn) {
    const auto begin = Steady::now();
    for (int at = 0; at < decisions_a_turn; ++at) {
      KAI_CHECK(decide(*snapshot, *request, client, decider).backend != nullptr);
    }
    const std::chrono::duration<double, std::nano> time = Steady::now() - begin;
    times.push_back(time.count() / decisions_a_turn);
  }
  std::ranges::sort(times);
  std::printf("%-40.*s %6.0f ns\n", static_cast<int>(what.size()), what.data(),
              times[times.size() / 2]);
}

void run() {
  constexpr std::string_view plain = "GET /checkout/x HTTP/1.1\r\nHost: shop.example\r\n\r\n";
  constexpr std::string_view escaped = "GET /checkout/%78 HTTP/1.1\r\nHost: shop.example\r\n\r\n";
  constexpr std::string_view user =
      "GET /checkout/x HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\n"
      "Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n"
      "Cookie: a=1; b=2; uid=7f1c2a90-17d5-4a5e-9d58-0e6b8f0f3c11; c=3\r\n\r\n";
  measure("unkeyed, 1 route", with_routes(1, false), plain);
  measure("unkeyed, 1 route, escaped path", with_routes(1, false), escaped);
  measure("keyed by a cookie, 1 route", with_routes(1, true), user);
  measure("unkeyed, 1 route, 8 rules on a cookie", with_rules(8), user);
  measure("unkeyed, 10,000 routes", with_routes(10'000, false), plain);
}

}  // namespace
}  // namespace kai::splitter

int main() { kai::splitter::run(); }
