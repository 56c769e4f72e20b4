// Targets, hosts, hop-by-hop fields, upgrades and identity: every class of bad requests and its
// nearest legal neighbours, one row each.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "splitter/http1/refusal.h"
#include "tests/http1/pipes.h"
#include "tests/http1/request_table.h"

namespace kai::http1_test {
namespace {

using splitter::Refusal;

TEST(Requests, Target) {
  std::vector<Row> rows;
  for (const std::string_view bad :
       {"/a#b", "/a\\b", "/\xC3\xA4", "a", "x:1", "http:/x/", "http:///a", "ftp://x/", "*", "*/",
        "?a", "/%", "/%4", "/%zz", "http://", "https//x"}) {
    rows.push_back(refused(bad, Refusal::bad_target, 400, of_target(bad)));
  }
  rows.push_back(refused("control", Refusal::bad_control, 400, of_target("/a\x01")));
  rows.push_back(refused("DEL", Refusal::bad_control, 400, of_target("/a\x7F")));
  rows.push_back(refused("blank", Refusal::bad_start_line, 400, of_target("/a b")));
  rows.push_back(
      refused("* with another method", Refusal::bad_target, 400, start("POST * HTTP/1.1")));
  rows.push_back(passes("* with OPTIONS", start("OPTIONS * HTTP/1.1"), {"OPTIONS * HTTP/1.1\r\n"}));
  rows.push_back(passes("absolute", of_target("http://x/a?b"), {"GET /a?b HTTP/1.1\r\n"}));
  rows.push_back(
      passes("absolute, in any case", of_target("HTTPS://X/a"), {"GET /a HTTP/1.1\r\n"}));
  rows.push_back(passes("absolute without path", of_target("http://x"), {"GET / HTTP/1.1\r\n"}));
  rows.push_back(passes("absolute with query only", of_target("http://x?b"), {"GET /?b HTTP"}));
  rows.push_back(
      passes("OPTIONS of a server", start("OPTIONS http://x HTTP/1.1"), {"OPTIONS * H"}));
  rows.push_back(passes("octets stay", of_target("//a%2fb;c=d/%41?x=%zz&{|}\"<>^`"),
                        {"GET //a%2fb;c=d/%41?x=%zz&{|}\"<>^` HTTP/1.1\r\n"}));
  check(rows);
}

TEST(Requests, DotSegments) {
  std::vector<Row> rows;
  for (const std::string_view bad :
       {"/..", "/.", "/../a", "/a/./b", "/x/%2e%2e/y", "/x/%2E./y", "/x/.%2e", "/x%2f..%2fy",
        "/x/..%5cy", "/x/..;a/y", "/x/..%3ba/y", "http://x/a/../b"}) {
    rows.push_back(refused(bad, Refusal::dot_segments, 400, of_target(bad)));
  }
  for (const std::string_view good :
       {"/...", "/.a", "/a.", "/a..b/c", "/..a/", "/%252e%252e/", "/a?../b", "/a?/../", "/;./a"}) {
    rows.push_back(passes(good, of_target(good), {good}));
  }
  check(rows);
}

TEST(Requests, DotSegmentsPassWhereTheRouteAllowsThem) {
  RequestPipe pipe({.route = {.allows_dot_segments = true}});
  pipe.feed(of_target("/x/%2e%2e/y"));
  ASSERT_EQ(pipe.sent().size(), 1U);
  EXPECT_TRUE(pipe.sent()[0].bytes.starts_with("GET /x/%2e%2e/y HTTP/1.1\r\n"));
}

TEST(Requests, Host) {
  std::vector<Row> rows;
  for (const std::string& bad : std::vector<std::string>{"",
                                                         "u@h",
                                                         "u:p@h",
                                                         "a b",
                                                         "a/b",
                                                         "a\\b",
                                                         "a,b",
                                                         "a?b",
                                                         "a%41",
                                                         "a:",
                                                         "a:x",
                                                         "a:0",
                                                         "a:65536",
                                                         "a:+80",
                                                         "a:080000",
                                                         ":80",
                                                         "a:80:80",
                                                         "-a",
                                                         "a-",
                                                         "a..b",
                                                         ".a",
                                                         ".",
                                                         "1.2.3",
                                                         "1.2.3.4.5",
                                                         "256.1.1.1",
                                                         "01.2.3.4",
                                                         "a.1",
                                                         "[::1",
                                                         "::1",
                                                         "[]",
                                                         "[1::2::3]",
                                                         "[1:2]",
                                                         "[::1]x",
                                                         "[fe80::1%25eth0]",
                                                         "[12345::]",
                                                         "[::1.2.3]",
                                                         "[:::]",
                                                         "[1:2:3:4:5:6:7::8]",
                                                         "[1:2:3:4:5:6:7:8:9]",
                                                         "\xC3\xA4.example",
                                                         of_size(64) + ".example",
                                                         repeated("abcdefg.", 32) + "a"}) {
    rows.push_back(refused("bad host", Refusal::bad_host, 400, of_host(bad)));
  }
  rows.push_back(refused("none", Refusal::missing_host, 400, "GET / HTTP/1.1\r\n\r\n"));
  rows.push_back(refused("two", Refusal::repeated_host, 400, of_host("x\r\nHost: y")));
  rows.push_back(refused("the same twice", Refusal::repeated_host, 400, of_host("x\r\nhOST: x")));
  rows.push_back(refused("two in HTTP/1.0", Refusal::repeated_host, 400,
                         "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"));
  rows.push_back(
      refused("other than the target", Refusal::host_mismatch, 400, of_target("http://y/")));
  rows.push_back(refused("other port than the target", Refusal::host_mismatch, 400,
                         of_target("http://x:80/")));
  rows.push_back(
      refused("user in the target", Refusal::host_mismatch, 400, of_target("http://u@x/")));
  for (const std::string& good : std::vector<std::string>{
           "x", "Shop.Example", "a_b.c-d.example.", "x:80", "x:65535", "127.0.0.1:8080", "[::1]",
           "[2001:DB8::1]:443", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]",
           "1.2.3.4a", "0x7f", of_size(63) + ".example"}) {
    rows.push_back(passes("good host", of_host(good), {"\r\nHost: "}));
  }
  rows.push_back(
      passes("as received", of_host("Shop.Example:80"), {"\r\nHost: Shop.Example:80\r\n"}));
  rows.push_back(passes("HTTP/1.0 without", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                        {"\r\nHost: endpoint:80\r\n"}, {"X-Forwarded-Host"}));
  rows.push_back(passes("HTTP/1.0 with the target's", "GET http://y/ HTTP/1.0\r\n\r\n",
                        {"GET / HTTP/1.1\r\nHost: y\r\n"}));
  rows.push_back(passes("the target's in another case", of_target("http://X/"), {"Host: x\r\n"}));
  check(rows);
}

TEST(Requests, HopByHopAbuse) {
  std::vector<Row> rows;
  for (const std::string_view bad :
       {"Host", "content-length", "Transfer-Encoding", "Content_Length", "X-Forwarded-For",
        "x_forwarded_for", "X-Forwarded-Anything", "Forwarded", "X-Real-IP", "Authorization",
        "Proxy-Authorization", "Cookie", "X-Request-Id", "X-Kai-Mirror", "close, Host"}) {
    rows.push_back(refused(bad, Refusal::protected_option, 400,
                           get("Connection: " + std::string(bad) + "\r\n")));
  }
  rows.push_back(refused("no token", Refusal::bad_connection, 400, get("Connection: a b\r\n")));
  rows.push_back(refused("in a second field", Refusal::protected_option, 400,
                         get("Connection: keep-alive\r\nConnection: host\r\n")));
  rows.push_back(passes("an ordinary field",
                        get("X-A: 1\r\nConnection: keep-alive, x-a,,\r\nX-B: 2\r\n"),
                        {"X-B: 2\r\n"}, {"X-A", "Connection", "keep-alive"}));
  rows.push_back(passes("fields of one connection",
                        get("Keep-Alive: 5\r\nProxy-Connection: x\r\nProxy-Authorization: y\r\n"
                            "TE: trailers, gzip\r\nTrailer: a\r\nConnection: TE\r\n"),
                        {}, {"Keep-Alive", "Proxy", "TE:", "Trailer", "Connection"}));
  check(rows);
}

TEST(Requests, Upgrade) {
  check({
      refused("with a body", Refusal::bad_upgrade, 400,
              get("Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 1\r\n") + "a"),
      refused("with a chunked body", Refusal::bad_upgrade, 400,
              get("Upgrade: websocket\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n") +
                  "0\r\n\r\n"),
      refused("outside GET", Refusal::bad_upgrade, 400,
              post("Upgrade: websocket\r\nConnection: upgrade\r\n", "")),
      refused("no protocol", Refusal::bad_upgrade, 400,
              get("Upgrade: web socket\r\nConnection: upgrade\r\n")),
      passes("listed", get("Upgrade: WebSocket\r\nConnection: Upgrade\r\n"),
             {"\r\nUpgrade: WebSocket\r\n", "\r\nConnection: upgrade\r\n"}),
      passes("the listed one of two", get("Upgrade: h2c, websocket\r\nConnection: upgrade\r\n"),
             {"\r\nUpgrade: websocket\r\n"}, {"h2c"}),
      passes("h2c",
             get("Upgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade, HTTP2-Settings\r\n"),
             {}, {"Upgrade", "h2c", "HTTP2", "Connection"}),
      passes("h2c with a body",
             post("Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 1\r\n", "a"),
             {"\r\n\r\na"}, {"h2c", "Upgrade", "Connection"}),
      passes("unlisted", get("Upgrade: irc/6.9\r\nConnection: upgrade\r\n"), {},
             {"irc", "Upgrade"}),
      passes("not named by Connection", get("Upgrade: websocket\r\n"), {}, {"Upgrade"}),
      passes("in HTTP/1.0", "GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
             {}, {"Upgrade"}),
  });
}

TEST(Requests, Expect) {
  check({
      refused("list", Refusal::bad_expect, 417, get("Expect: 100-continue, x\r\n")),
      refused("other", Refusal::bad_expect, 417, get("Expect: 200-ok\r\n")),
      refused("empty", Refusal::bad_expect, 417, get("Expect:\r\n")),
      refused("twice", Refusal::bad_expect, 417,
              get("Expect: 100-continue\r\nExpect: 100-continue\r\n")),
      passes("in any case", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"),
             {"\r\nExpect: 100-Continue\r\n"}),
      passes("of HTTP/1.0 is ignored",
             "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", {},
             {"Expect"}),
  });
}

TEST(Requests, IdentitySpoofing) {
  check({
      passes(
          "forwarding fields of an untrusted peer",
          get("X-Forwarded-For: 1.1.1.1\r\nx-forwarded-proto: https\r\nX-Forwarded-Host: evil\r\n"
              "X-Forwarded-Port: 1\r\nForwarded: for=evil\r\nX-Real-IP: 1.1.1.1\r\n"),
          {"\r\nX-Forwarded-For: 192.0.2.7\r\n", "\r\nX-Forwarded-Proto: http\r\n",
           "\r\nX-Forwarded-Host: x\r\n"},
          {"1.1.1.1", "https", "evil", "Port", "Forwarded:"}),
      passes("twins",
             get("X_Forwarded_For: 1.1.1.1\r\nX-Forwarded_For: 1.1.1.1\r\nX_Real_IP: 1.1.1.1\r\n"
                 "x_request-id: 1.1.1.1\r\nX_Kai_Arm: 1.1.1.1\r\nCONTENT_LENGTH: 1.1.1.1\r\n"),
             {}, {"1.1.1.1"}),
      passes("names of ours", get("X-Kai-Version: evil\r\nX-Kai-: evil\r\n"), {}, {"evil"}),
      passes("request id", get("X-Request-Id: evil\r\n"), {"\r\nX-Request-Id: id\r\n"}, {"evil"}),
      passes("other underscores", get("User_Agent: a\r\nX_Forwarded: b\r\n"),
             {"User_Agent: a\r\n", "X_Forwarded: b\r\n"}),
  });
}

TEST(Requests, BodyLimitOfTheRoute) {
  const RequestPipeRules rules{.route = {.body_bytes_max = 5}};
  for (const auto& [input, refusal] : std::vector<std::pair<std::string, bool>>{
           {post("Content-Length: 5\r\n", "hello"), false},
           {post("Content-Length: 6\r\n", "hello!"), true},
           {chunked("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), false},
           {chunked("3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n"), true}}) {
    RequestPipe pipe(rules);
    pipe.feed(input);
    EXPECT_EQ(pipe.refusal() == Refusal::body_too_large, refusal) << input;
    EXPECT_EQ(pipe.is_closed(), refusal) << input;
  }
  EXPECT_EQ(status_of(Refusal::body_too_large), 413);
}

TEST(Requests, NothingIsReadBehindARequestThatCloses) {
  RequestPipe pipe;
  pipe.feed(get("Connection: close\r\n") + get(""));
  EXPECT_EQ(pipe.sent().size(), 1U);
  EXPECT_TRUE(pipe.is_closed());
}

}  // namespace
}  // namespace kai::http1_test
