// Every class of bad answers and its nearest legal neighbours, one row each, whole and byte by
// byte.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "splitter/http1/refusal.h"
#include "tests/http1/laws.h"
#include "tests/http1/pipes.h"
#include "tests/http1/request_table.h"

namespace kai::http1_test {
namespace {

using splitter::Refusal;

const std::string simple_get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string head_request = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string old_client = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const std::string wants_trailers = "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n";
const std::string wants_switch =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";

enum class Pool { returns, never };

struct Answer {
  std::string_view what;
  std::string request;
  std::string input;
  std::optional<Refusal> refusal;
  std::string expected;  // all that the client gets
  Pool pool = Pool::never;
};

Answer bad(std::string_view what, Refusal refusal, std::string input,
           std::string request = simple_get) {
  return {
      .what = what, .request = std::move(request), .input = std::move(input), .refusal = refusal};
}

std::string ok(std::string_view fields, std::string_view body = {}) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

void expect_answer(const Answer& row, const AnswerPipe& pipe) {
  EXPECT_EQ(pipe.refusal(), row.refusal);
  if (row.refusal) {
    EXPECT_FALSE(pipe.is_reusable());
    return;
  }
  std::string sent;
  for (const Sent& part : pipe.sent()) sent += part.bytes;
  EXPECT_EQ(sent, row.expected);
  EXPECT_TRUE(pipe.is_complete());
}

void check(const std::vector<Answer>& rows) {
  for (const Answer& row : rows) {
    SCOPED_TRACE(std::string(row.what) + "\n" + row.input.substr(0, 400));
    const AnswerPipeRules rules{.request = row.request, .passes_trailers = true};
    AnswerPipe whole(rules);
    whole.feed(row.input);
    EXPECT_EQ(whole.is_reusable(), row.pool == Pool::returns);
    whole.close();
    expect_answer(row, whole);
    EXPECT_NO_THROW(check_answers(row.input, rules));
    if (row.refusal == Refusal::unexpected_body) continue;  // seen only when it comes with the head
    AnswerPipe pieces(rules);
    for (const char octet : row.input) pieces.feed({&octet, 1});
    pieces.close();
    if (!row.expected.contains("\r\n\r\n5\r\n")) expect_answer(row, pieces);
  }
}

TEST(Answers, Hostile) {
  const std::string length = "Content-Length: 2\r\n";
  check({
      bad("length and coding", Refusal::framing_conflict,
          ok(length + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n")),
      bad("two lengths", Refusal::bad_content_length, ok(length + length, "hi")),
      bad("list of lengths", Refusal::bad_content_length, ok("Content-Length: 2, 2\r\n", "hi")),
      bad("signed length", Refusal::bad_content_length, ok("Content-Length: +2\r\n", "hi")),
      bad("two codings", Refusal::bad_transfer_encoding,
          ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
      bad("coding in HTTP/1.0", Refusal::bad_transfer_encoding,
          "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      bad("conflict without a body", Refusal::framing_conflict,
          "HTTP/1.1 204 None\r\n" + length + "Transfer-Encoding: chunked\r\n\r\n"),
      bad("101 unasked", Refusal::unasked_switch,
          "HTTP/1.1 101 Switch\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
      bad("101 to another protocol", Refusal::unasked_switch,
          "HTTP/1.1 101 Switch\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", wants_switch),
      bad("101 without Connection", Refusal::unasked_switch,
          "HTTP/1.1 101 Switch\r\nUpgrade: websocket\r\n\r\n", wants_switch),
      bad("nine interim answers", Refusal::too_many_interim,
          repeated("HTTP/1.1 103 Hints\r\n\r\n", 9) + ok(length, "hi")),
      bad("head of more than 64 KiB", Refusal::head_too_large,
          ok(repeated("A: " + of_size(8000) + "\r\n", 9))),
      bad("101 fields", Refusal::too_many_fields, ok(repeated("A: b\r\n", 101))),
      bad("body on 204", Refusal::unexpected_body, "HTTP/1.1 204 None\r\n\r\nhello"),
      bad("body on 304", Refusal::unexpected_body, "HTTP/1.1 304 Same\r\n" + length + "\r\nhi"),
      bad("body on HEAD", Refusal::unexpected_body, ok(length, "hi"), head_request),
      bad("Connection names framing", Refusal::protected_option,
          ok(length + "Connection: content-length\r\n", "hi")),
  });
}

TEST(Answers, Syntax) {
  check({
      bad("bare LF", Refusal::bad_line_end, "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
      bad("bare LF behind a field", Refusal::bad_line_end, ok("A: b\n")),
      bad("bare CR", Refusal::bad_line_end, ok("A: b\rc\r\n")),
      bad("NUL", Refusal::bad_control, ok(std::string("A: \0\r\n", 6))),
      bad("folded", Refusal::folded_line, ok("A: b\r\n c\r\n")),
      bad("blank before the colon", Refusal::bad_field_name, ok("Content-Length : 2\r\n", "hi")),
      bad("no colon", Refusal::missing_colon, ok("A\r\n")),
      bad("empty line first", Refusal::bad_start_line, "\r\n" + ok("Content-Length: 0\r\n")),
      bad("no status", Refusal::bad_start_line, "HTTP/1.1 OK\r\n\r\n"),
      bad("no blank behind the status", Refusal::bad_start_line, "HTTP/1.1 200\r\n\r\n"),
      bad("four digits", Refusal::bad_start_line, "HTTP/1.1 2000 OK\r\n\r\n"),
      bad("status 99", Refusal::bad_status, "HTTP/1.1 099 OK\r\n\r\n"),
      bad("status 600", Refusal::bad_status, "HTTP/1.1 600 OK\r\n\r\n"),
      bad("HTTP/2.0", Refusal::version_unsupported, "HTTP/2.0 200 OK\r\n\r\n"),
      bad("no HTTP", Refusal::bad_start_line, "SSH-2.0-OpenSSH\r\n"),
      bad("nothing", Refusal::truncated, ""),
      bad("head cut", Refusal::truncated, "HTTP/1.1 200 OK\r\nConte"),
  });
}

TEST(Answers, TruncatedBodiesAreNeverEndedCleanly) {
  check({
      bad("length", Refusal::truncated, ok("Content-Length: 5\r\n", "hell")),
      bad("chunk", Refusal::truncated, ok("Transfer-Encoding: chunked\r\n", "5\r\nhell")),
      bad("last chunk", Refusal::truncated, ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")),
      bad("end", Refusal::truncated, ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")),
      bad("bad chunk", Refusal::bad_chunk, ok("Transfer-Encoding: chunked\r\n", "5\nhello\r\n")),
  });
}

TEST(Answers, PassClean) {
  const std::string id = "X-Request-Id: id\r\n";
  check({
      {.what = "length",
       .request = simple_get,
       .input = ok("Content-Length: 2\r\n", "hi"),
       .refusal = {},
       .expected = ok(id + "Content-Length: 2\r\n", "hi"),
       .pool = Pool::returns},
      {.what = "chunked",
       .request = simple_get,
       .input = ok("Transfer-Encoding: chunked\r\n", "02;a\r\nhi\r\n0\r\na: b\r\n\r\n"),
       .refusal = {},
       .expected = ok(id + "Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
       .pool = Pool::returns},
      {.what = "trailers that are wanted",
       .request = wants_trailers,
       .input = ok("Transfer-Encoding: chunked\r\nTrailer: a\r\n", "0\r\na:b \r\nc: d\r\n\r\n"),
       .refusal = {},
       .expected = ok("Trailer: a\r\n" + id + "Transfer-Encoding: chunked\r\n",
                      "0\r\na: b\r\nc: d\r\n\r\n"),
       .pool = Pool::returns},
      {.what = "close becomes chunked",
       .request = simple_get,
       .input = ok("", "hello"),
       .refusal = {},
       .expected = ok(id + "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")},
      {.what = "close stays for HTTP/1.0",
       .request = old_client,
       .input = ok("", "hello"),
       .refusal = {},
       .expected = ok(id + "Connection: close\r\n", "hello")},
      {.what = "chunks are taken off for HTTP/1.0",
       .request = old_client,
       .input = ok("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
       .refusal = {},
       .expected = ok(id + "Connection: close\r\n", "hello"),
       .pool = Pool::returns},
      {.what = "keep-alive of HTTP/1.0",
       .request = old_client,
       .input = ok("Content-Length: 2\r\n", "hi"),
       .refusal = {},
       .expected = ok(id + "Connection: keep-alive\r\nContent-Length: 2\r\n", "hi"),
       .pool = Pool::returns},
      {.what = "surplus bytes",
       .request = simple_get,
       .input = ok("Content-Length: 2\r\n", "hi\r\n"),
       .refusal = {},
       .expected = ok(id + "Content-Length: 2\r\n", "hi")},
      {.what = "backend closes",
       .request = simple_get,
       .input = ok("Content-Length: 0\r\nConnection: close, X-A\r\nX-A: 1\r\nKeep-Alive: 1\r\n"),
       .refusal = {},
       .expected = ok(id + "Content-Length: 0\r\n")},
      {.what = "HTTP/1.0 backend",
       .request = simple_get,
       .input = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
       .refusal = {},
       .expected = ok(id + "Content-Length: 2\r\n", "hi")},
  });
}

TEST(Answers, WithoutBodyPassClean) {
  const std::string id = "X-Request-Id: id\r\n";
  check({
      {.what = "204 with a length",
       .request = simple_get,
       .input = "HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n",
       .refusal = {},
       .expected = "HTTP/1.1 204 None\r\n" + id + "\r\n",
       .pool = Pool::returns},
      {.what = "304 describes",
       .request = simple_get,
       .input = "HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n",
       .refusal = {},
       .expected = "HTTP/1.1 304 Same\r\n" + id + "Content-Length: 5\r\n\r\n",
       .pool = Pool::returns},
      {.what = "HEAD describes",
       .request = head_request,
       .input = ok("Content-Length: 5\r\n"),
       .refusal = {},
       .expected = ok(id + "Content-Length: 5\r\n"),
       .pool = Pool::returns},
      {.what = "HEAD of chunks",
       .request = head_request,
       .input = ok("Transfer-Encoding: chunked\r\n"),
       .refusal = {},
       .expected = ok(id),
       .pool = Pool::returns},
      {.what = "eight interim answers",
       .request = simple_get,
       .input = repeated("HTTP/1.1 103 Hints\r\nLink: a\r\nContent-Length: 1\r\n\r\n", 8) +
                ok("Content-Length: 0\r\n"),
       .refusal = {},
       .expected =
           repeated("HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n", 8) + ok(id + "Content-Length: 0\r\n"),
       .pool = Pool::returns},
      {.what = "no interim answer for HTTP/1.0",
       .request = old_client,
       .input = "HTTP/1.1 100 Continue\r\n\r\n" + ok("Content-Length: 0\r\n"),
       .refusal = {},
       .expected = ok(id + "Connection: keep-alive\r\nContent-Length: 0\r\n"),
       .pool = Pool::returns},
      {.what = "101 that was asked for",
       .request = wants_switch,
       .input = "HTTP/1.1 101 Switch\r\nUpgrade: WebSocket\r\nContent-Length: 0\r\nConnection: "
                "Upgrade\r\n\r\n\x81",
       .refusal = {},
       .expected = "HTTP/1.1 101 Switch\r\n" + id +
                   "Connection: upgrade\r\nUpgrade: WebSocket\r\n\r\n\x81"},
      {.what = "no reason",
       .request = simple_get,
       .input = "HTTP/1.1 204 \r\n\r\n",
       .refusal = {},
       .expected = "HTTP/1.1 204 \r\n" + id + "\r\n",
       .pool = Pool::returns},
  });
}

}  // namespace
}  // namespace kai::http1_test
