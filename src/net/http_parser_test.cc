#include "net/http_parser.h"

#include <gtest/gtest.h>

#include "net/http_write.h"

namespace kai::net {
namespace {

using Body = ResponseParser::Body;

constexpr std::string_view with_length =
    "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view with_chunks =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: "
    "t\r\n\r\n";
constexpr std::string_view until_close = "HTTP/1.1 200 OK\r\n\r\nhello";

// Feeds two parts, then the end of the connection. The body, or the error.
Result<std::string> parse_in_two(std::string_view text, std::size_t cut) {
  ResponseParser parser(Body::expected, 100);
  std::string body;
  for (const std::string_view part : {text.substr(0, cut), text.substr(cut)}) {
    if (const auto fed = parser.feed(part); !fed) return std::unexpected(fed.error());
    body += parser.take_body();
  }
  if (const auto ended = parser.feed_end(); !ended) return std::unexpected(ended.error());
  return body + parser.take_body();
}

TEST(ResponseParser, AnswerMayBeCutAnywhere) {
  for (const std::string_view text : {with_length, with_chunks, until_close}) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(parse_in_two(text, cut), Result<std::string>("hello")) << text << " cut at " << cut;
    }
  }
}

TEST(ResponseParser, AnswerThatEndsEarlyIsUnavailableAtEachByte) {
  for (const std::string_view text : {with_length, with_chunks}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto body = parse_in_two(text.substr(0, size), 0);
      ASSERT_FALSE(body.has_value()) << size;
      EXPECT_EQ(body.error().kind, ErrorKind::unavailable) << size << body.error().message;
    }
  }
}

TEST(ResponseParser, ConnectionIsKeptOnlyAfterAWholeAnswer) {
  ResponseParser parser(Body::expected, 100);
  ASSERT_TRUE(parser.feed(with_length.substr(0, with_length.size() - 1)));
  EXPECT_FALSE(parser.may_reuse_connection());
  ASSERT_TRUE(parser.feed("o"));
  EXPECT_TRUE(parser.may_reuse_connection());
  ASSERT_TRUE(parser.feed("x"));
  EXPECT_FALSE(parser.may_reuse_connection());
}

TEST(ResponseParser, ConnectionCloseAndOldHttpAreNotKept) {
  for (const std::string_view text :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    ResponseParser parser(Body::expected, 100);
    ASSERT_TRUE(parser.feed(text));
    EXPECT_TRUE(parser.is_done());
    EXPECT_FALSE(parser.may_reuse_connection());
  }
}

TEST(ResponseParser, InterimAnswersArePassedOver) {
  const std::string text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" +
                           std::string(with_length);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(parse_in_two(text, cut), Result<std::string>("hello")) << cut;
  }
  EXPECT_EQ(parse_in_two("HTTP/1.1 101 Switching\r\n\r\n", 0).error().kind, ErrorKind::malformed);
}

TEST(ResponseParser, EndlessInterimAnswersAreMalformed) {
  std::string text;
  for (int i = 0; i < interim_answers_max; ++i) text += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(parse_in_two(text + std::string(with_length), 0), Result<std::string>("hello"));
  const auto body = parse_in_two(text + "HTTP/1.1 102 Processing\r\n\r\n", 0);
  ASSERT_FALSE(body.has_value());
  EXPECT_EQ(body.error(), (Error{ErrorKind::malformed, "too many interim answers"}));
}

// Two framings are two readings of one answer, and each of them a way to smuggle another.
TEST(ResponseParser, LengthBesideChunksIsMalformed) {
  for (const std::string_view head : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"}) {
    const auto body =
        parse_in_two("HTTP/1.1 200 OK\r\n" + std::string(head) + "\r\n5\r\nhello\r\n0\r\n\r\n", 0);
    ASSERT_FALSE(body.has_value()) << head;
    EXPECT_EQ(body.error().kind, ErrorKind::malformed) << head;
  }
}

TEST(ResponseParser, AnswersWithoutBodyEndWithTheirHead) {
  ResponseParser head(Body::none, 100);
  ASSERT_TRUE(head.feed("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"));
  EXPECT_TRUE(head.is_done());
  for (const std::string_view status : {"204 No Content", "304 Not Modified"}) {
    ResponseParser parser(Body::expected, 100);
    ASSERT_TRUE(parser.feed("HTTP/1.1 " + std::string(status) + "\r\n\r\n"));
    EXPECT_TRUE(parser.is_done());
  }
}

TEST(ResponseParser, WhatIsNotHttpIsMalformedAtOnce) {
  for (const std::string_view text :
       {"<html>", "SSH-2.0-OpenSSH_9\r\n", "\r\n\r\n", "HTTP/2", "HTTP/1.x 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const auto body = parse_in_two(text, 0);
    ASSERT_FALSE(body.has_value()) << text;
    EXPECT_EQ(body.error().kind, ErrorKind::malformed) << text;
  }
}

TEST(ResponseParser, BodyMayBeAsLongAsAllowedAndNoLonger) {
  EXPECT_TRUE(
      parse_in_two("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'), 0));
  for (const std::string& text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') +
            "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')}) {
    const auto body = parse_in_two(text, 0);
    ASSERT_FALSE(body.has_value()) << text;
    EXPECT_EQ(body.error().kind, ErrorKind::malformed);
    EXPECT_EQ(body.error().message, "the body is longer than allowed");
  }
}

TEST(ResponseParser, HeadHasALimit) {
  ResponseParser parser(Body::expected, 100);
  const auto fed = parser.feed("HTTP/1.1 200 OK\r\nX: " + std::string(head_bytes_max, 'x'));
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().message, "the head is longer than allowed");
}

TEST(ResponseParser, WithoutALimitPiecesAreTakenAway) {
  ResponseParser parser(Body::expected, std::nullopt);
  ASSERT_TRUE(parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(parser.feed(write_chunk(std::string(1000, 'x'))));
    EXPECT_EQ(parser.take_body().size(), 1000U);
  }
}

TEST(RequestParser, RequestsOfAConnectionComeOneAfterTheOther) {
  RequestParser parser(100);
  ASSERT_TRUE(parser.feed(
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHo"));
  ASSERT_TRUE(parser.is_done());
  EXPECT_EQ(parser.head().method, "POST");
  EXPECT_EQ(parser.head().target, "/a");
  EXPECT_EQ(*parser.head().header("host"), "h");
  EXPECT_EQ(parser.take_body(), "hi");
  ASSERT_TRUE(parser.next());
  EXPECT_FALSE(parser.is_done());
  ASSERT_TRUE(parser.feed("st: h\r\nConnection: close\r\n\r\n"));
  ASSERT_TRUE(parser.is_done());
  EXPECT_EQ(parser.head().target, "/b");
  EXPECT_FALSE(parser.keeps_connection());
}

TEST(WriteRequest, NothingCanSmuggleALine) {
  const Url url = *parse_url("http://h/");
  const auto is_rejected = [&](const HttpRequest& request) {
    const auto written = write_request(request, url);
    return !written && written.error().kind == ErrorKind::rejected;
  };
  EXPECT_TRUE(is_rejected({.method = "GET /\r\n"}));
  EXPECT_TRUE(is_rejected({.headers = {{"X\r\nY", "v"}}}));
  EXPECT_TRUE(is_rejected({.headers = {{"X", "v\r\nY: w"}}}));
  EXPECT_TRUE(is_rejected({.headers = {{"X", std::string("v\0w", 3)}}}));
  EXPECT_TRUE(is_rejected({.headers = {{"Content-Length", "3"}}}));
  EXPECT_TRUE(is_rejected({.headers = {{"transfer-encoding", "chunked"}}}));
  EXPECT_TRUE(is_rejected({.headers = {{"Host", "other"}}}));
  EXPECT_TRUE(is_rejected({.authorization = Secret("Bearer x\r\nY: z")}));
}

TEST(WriteRequest, BytesAreAsTheStandardWants) {
  EXPECT_EQ(*write_request({.method = "POST",
                            .headers = {{"Accept", "*/*"}},
                            .authorization = Secret("Bearer t"),
                            .body = "ab"},
                           *parse_url("https://h:8443/p?q")),
            "POST /p?q HTTP/1.1\r\nHost: h:8443\r\nAuthorization: Bearer t\r\nAccept: */*\r\n"
            "User-Agent: kai\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(*write_request({.headers = {{"User-Agent", "x"}}}, *parse_url("https://[::1]/")),
            "GET / HTTP/1.1\r\nHost: [::1]\r\nUser-Agent: x\r\n\r\n");
}

}  // namespace
}  // namespace kai::net
