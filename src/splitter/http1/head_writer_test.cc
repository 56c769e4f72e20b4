#include "splitter/http1/head_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/request_policy.h"

namespace kai::splitter {
namespace {

constexpr std::array<std::string_view, 1> upgrades = {"websocket"};

// A request from text, with the table that its views need.
struct Parsed {
  explicit Parsed(std::string text_of_head) : text(std::move(text_of_head)) {
    HeadProgress progress;
    KAI_CHECK(parse_request_head(progress, text, *head).progress == Progress::complete);
    KAI_CHECK(!judge_request(*head, {.upgrade_protocols = upgrades}, request));
  }
  std::string text;
  std::unique_ptr<RequestHead> head = std::make_unique<RequestHead>();
  Request request;
};

std::string rewritten(const Parsed& parsed, const RequestRewrite& rewrite) {
  std::string output(rewritten_bytes_max(parsed.request, rewrite), '\0');
  const auto size = write_request_head(parsed.request, rewrite, output);
  KAI_CHECK(size.has_value());
  output.resize(*size);
  return output;
}

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: Shop:80\r\n" + std::string(fields) + "\r\n";
}

TEST(HeadWriter, ATrustedPeersListGrowsAndItsOtherWordsStay) {
  const Parsed parsed(get(
      "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: www\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nX-Kai-A: c\r\n"));
  EXPECT_EQ(
      rewritten(parsed, {.trust = PeerTrust::trusted,
                         .peer_address = "10.0.0.1",
                         .request_id = "id",
                         .adds_forwarded = true,
                         .adds_via = true}),
      "GET / HTTP/1.1\r\nHost: Shop:80\r\nA: b\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: www\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nX-Kai-A: c\r\n"
      "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1\r\n"
      "Forwarded: for=10.0.0.1;host=\"Shop:80\";proto=http\r\n"
      "X-Request-Id: id\r\nVia: 1.1 kai-splitter\r\n\r\n");
}

TEST(HeadWriter, AnUntrustedPeersWordsAreReplaced) {
  const Parsed parsed(get("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: ftp\r\nA: b\r\n"));
  EXPECT_EQ(rewritten(parsed, {.peer_address = "2001:db8::1",
                               .scheme = "https",
                               .request_id = "id",
                               .adds_forwarded = true}),
            "GET / HTTP/1.1\r\nHost: Shop:80\r\nA: b\r\nX-Forwarded-For: 2001:db8::1\r\n"
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: Shop:80\r\n"
            "Forwarded: for=\"[2001:db8::1]\";host=\"Shop:80\";proto=https\r\n"
            "X-Request-Id: id\r\n\r\n");
}

TEST(HeadWriter, TrailersAreAskedForWhenClientAndRouteWantThem) {
  const Parsed parsed(get("TE: trailers, deflate;q=0.5\r\nConnection: TE\r\n"));
  EXPECT_TRUE(rewritten(parsed, {.passes_trailers = true})
                  .contains("\r\nTE: trailers\r\nConnection: TE\r\n"));
  EXPECT_FALSE(rewritten(parsed, {.passes_trailers = false}).contains("TE"));
  EXPECT_FALSE(rewritten(Parsed(get("")), {.passes_trailers = true}).contains("TE"));
}

TEST(HeadWriter, AnUpgradeIsOfferedUnlessTheCallerTakesItOut) {
  const Parsed parsed(get("Upgrade: websocket\r\nConnection: upgrade\r\n"));
  EXPECT_TRUE(rewritten(parsed, {}).contains("\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"));
  EXPECT_FALSE(rewritten(parsed, {.offers_upgrade = false}).contains("pgrade"));
}

TEST(HeadWriter, FieldsOfOursAreAdded) {
  const std::array<AddedField, 1> mirror = {{{.name = "X-Kai-Mirror", .value = "1"}}};
  EXPECT_TRUE(rewritten(Parsed(get("X-Kai-Mirror: 0\r\n")), {.added = mirror})
                  .ends_with("\r\nX-Kai-Mirror: 1\r\n\r\n"));
}

TEST(HeadWriter, SaysWhenTheOutputIsTooSmallAndWritesNothingBehindIt) {
  const Parsed parsed(get("A: b\r\n"));
  const std::string whole = rewritten(parsed, {});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string output(size + 8, '#');
    EXPECT_FALSE(write_request_head(parsed.request, {}, std::span(output).first(size)));
    EXPECT_EQ(output.substr(size), "########");
  }
}

TEST(HeadWriter, OnlyOneGoodRequestIdOfATrustedPeerIsUsed) {
  const Parsed good(get("X-Request-Id: " + std::string(128, 'a') + "\r\n"));
  EXPECT_EQ(usable_request_id(good.request, PeerTrust::trusted).size(), 128U);
  EXPECT_EQ(usable_request_id(good.request, PeerTrust::untrusted), "");
  for (const std::string& bad :
       {std::string("X-Request-Id: a b\r\n"), std::string("X-Request-Id:\r\n"),
        std::string("X-Request-Id: a\r\nX-Request-Id: a\r\n"),
        "X-Request-Id: " + std::string(129, 'a') + "\r\n"}) {
    EXPECT_EQ(usable_request_id(Parsed(get(bad)).request, PeerTrust::trusted), "") << bad;
  }
}

}  // namespace
}  // namespace kai::splitter
