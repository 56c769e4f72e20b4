// The client against servers that lie: whatever comes, one error of the right kind, and the next
// request is answered.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_beast_client.h"
#include "net/http_parser.h"
#include "net/http_server.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

enum class Then { close, wait };  // what the server does after its bytes

struct Row {
  std::string what;
  std::string bytes;
  Then then = Then::close;
  ErrorKind kind = ErrorKind::malformed;
  std::string_view says = {};  // a piece of the message
};

class HostileServer : public testing::Test {
 protected:
  HostileServer() {
    auto listening = HttpServer::listen(
        test.loop(), {},
        [this](const HttpServerRequest&, const std::shared_ptr<HttpResponder>& responder) {
          kept.push_back(responder);
          answer(*responder);
        });
    EXPECT_TRUE(listening.has_value());
    server = std::move(*listening);
  }

  Result<HttpResponse> get() {
    HttpRequest request{.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/"};
    return await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
      client.send(std::move(request), std::move(reply));
    });
  }
  void expect_refused(const Row& row) {
    answer = [&row](HttpResponder& responder) {
      responder.raw(row.bytes);
      if (row.then == Then::close) responder.close();
    };
    const auto got = get();
    ASSERT_FALSE(got.has_value()) << row.what;
    EXPECT_EQ(got.error().kind, row.kind) << row.what << ": " << got.error().message;
    EXPECT_NE(got.error().message.find(row.says), std::string::npos)
        << row.what << ": " << got.error().message;
    answer = [](HttpResponder& responder) { responder.send({.status = 200, .body = "honest"}); };
    const auto next = get();
    ASSERT_TRUE(next.has_value()) << "after " << row.what << ": " << next.error().message;
    EXPECT_EQ(next->body, "honest") << "after " << row.what;
  }

  fakes::TestLoop test;
  std::function<void(HttpResponder&)> answer;
  std::vector<std::shared_ptr<HttpResponder>> kept;
  std::unique_ptr<HttpServer> server;
  BeastHttpClient client{test.loop(), {}};
};

std::string ok(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// The server keeps the connection open, so only the client can end these.
TEST_F(HostileServer, WhatBreaksTheProtocolIsMalformedAtOnce) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<Row> rows{
      {.what = "a web page", .bytes = "<html><body>login</body></html>", .says = "not HTTP"},
      {.what = "another protocol", .bytes = "SSH-2.0-OpenSSH_9\r\n", .says = "not HTTP"},
      {.what = "zeros", .bytes = std::string(100, '\0'), .says = "not HTTP"},
      {.what = "a field without a colon", .bytes = ok("bad\r\n", ""), .says = "not HTTP"},
      {.what = "a chunk size in words", .bytes = ok(chunked, "ten\r\n"), .says = "not HTTP"},
      {.what = "a chunk size beyond 64 bits",
       .bytes = ok(chunked, "fffffffffffffffff\r\n"),
       .says = "not HTTP"},
      {.what = "a chunk longer than its size",
       .bytes = ok(chunked, "2\r\nabcd\r\n0\r\n\r\n"),
       .says = "not HTTP"},
      {.what = "a negative length",
       .bytes = ok("Content-Length: -5\r\n", "hello"),
       .says = "not HTTP"},
      {.what = "two lengths",
       .bytes = ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
       .says = "not HTTP"},
      {.what = "a length beyond 64 bits",
       .bytes = ok("Content-Length: 99999999999999999999\r\n", "hello"),
       .says = "not HTTP"},
      {.what = "a length beyond the limit",
       .bytes = ok("Content-Length: 67108865\r\n", "hello"),
       .says = "the body is longer than allowed"},
      {.what = "a chunk beyond the limit",
       .bytes = ok(chunked, "4000001\r\nhello"),
       .says = "the body is longer than allowed"},
      {.what = "one long header",
       .bytes = ok("X: " + std::string(std::size_t{1} << 20, 'x'), ""),
       .says = "the head is longer than allowed"},
      {.what = "many headers",
       .bytes = ok(repeated("X: y\r\n", 200'000), ""),
       .says = "the head is longer than allowed"},
      {.what = "a start line without an end",
       .bytes = "HTTP/1.1 200 " + std::string(100'000, 'x'),
       .says = "the head is longer than allowed"},
      {.what = "endless interim answers",
       .bytes = repeated("HTTP/1.1 100 Continue\r\n\r\n", 1000),
       .says = "too many interim answers"},
  };
  for (Row row : rows) {
    row.then = Then::wait;
    expect_refused(row);
  }
}

TEST_F(HostileServer, WhatIsCutIsUnavailable) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const Row& row : std::vector<Row>{
           {.what = "nothing at all", .bytes = ""},
           {.what = "half a head", .bytes = "HTTP/1.1 200 OK\r\nContent-"},
           {.what = "fewer bytes than the length", .bytes = ok("Content-Length: 10\r\n", "hello")},
           {.what = "a chunk without its end", .bytes = ok(chunked, "a\r\nhello")},
           {.what = "chunks without the last", .bytes = ok(chunked, "5\r\nhello\r\n")},
           {.what = "a trailer without its end", .bytes = ok(chunked, "0\r\nX: y\r\n")},
           {.what = "interim answers alone", .bytes = "HTTP/1.1 100 Continue\r\n\r\n"},
       }) {
    Row unavailable = row;
    unavailable.kind = ErrorKind::unavailable;
    unavailable.says = "connection closed";
    expect_refused(unavailable);
  }
}

// Surplus bytes would otherwise be read as the answer to the next request.
TEST_F(HostileServer, MoreBytesThanTheLengthAnswerNobody) {
  answer = [](HttpResponder& responder) {
    responder.raw(ok("Content-Length: 5\r\n", "hello") + ok("Content-Length: 4\r\n", "evil"));
  };
  const auto first = get();
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->body, "hello");
  answer = [](HttpResponder& responder) { responder.send({.status = 200, .body = "honest"}); };
  EXPECT_EQ(get()->body, "honest");
  EXPECT_EQ(server->connections_accepted(), 2U);
}

// An answer without an end, at full speed: the limit ends it, not the memory.
TEST_F(HostileServer, EndlessBodyIsMalformed) {
  answer = [](HttpResponder& responder) {
    responder.raw(ok("", std::string(body_bytes_max_default + 1, 'x')));
  };
  const auto got = get();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, ErrorKind::malformed);
  EXPECT_NE(got.error().message.find("the body is longer than allowed"), std::string::npos);
}

}  // namespace
}  // namespace kai::net
