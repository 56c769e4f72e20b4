#include "tests/http1/request_table.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "splitter/http1/refusal.h"
#include "tests/http1/laws.h"
#include "tests/http1/pipes.h"
#include "tests/http1/strict_reader.h"

namespace kai::http1_test {
namespace {

const std::string predecessor = "GET /before HTTP/1.1\r\nHost: x\r\n\r\n";

void expect_refused(const Row& row, const RequestPipe& pipe, std::size_t legal_before) {
  EXPECT_EQ(pipe.refusal(), row.refusal);
  EXPECT_TRUE(pipe.is_closed());
  std::size_t complete = 0;
  for (const Sent& sent : pipe.sent()) complete += sent.complete ? 1U : 0U;
  EXPECT_EQ(complete, legal_before) << "a refused request reached the backend as a whole one";
}

void expect_passed(const Row& row, const RequestPipe& pipe, std::size_t legal_before) {
  ASSERT_EQ(pipe.refusal(), std::nullopt);
  ASSERT_EQ(pipe.sent().size(), legal_before + 1);
  const Sent& sent = pipe.sent().back();
  ASSERT_TRUE(sent.complete);
  const auto message = read_request(sent.bytes);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message.value_or(Message{}).bytes, sent.bytes.size());
  for (const auto text : row.has) EXPECT_TRUE(sent.bytes.contains(text)) << text << sent.bytes;
  for (const auto text : row.lacks) EXPECT_FALSE(sent.bytes.contains(text)) << text << sent.bytes;
}

void expect_row(const Row& row, std::string_view input, std::size_t piece_bytes,
                std::size_t legal_before) {
  RequestPipe pipe;
  for (std::size_t at = 0; at < input.size(); at += piece_bytes) {
    pipe.feed(input.substr(at, piece_bytes));
  }
  row.refusal ? expect_refused(row, pipe, legal_before) : expect_passed(row, pipe, legal_before);
}

}  // namespace

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}
std::string post(std::string_view fields, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(body);
}
std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string start(std::string_view line) { return std::string(line) + "\r\nHost: x\r\n\r\n"; }
std::string of_target(std::string_view target) {
  return start("GET " + std::string(target) + " HTTP/1.1");
}
std::string of_host(std::string_view host) {
  return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}
std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}
std::string of_size(std::size_t bytes) { return std::string(bytes, 'a'); }

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.what) + "\n" + row.input.substr(0, 400));
    if (row.refusal.has_value()) {
      EXPECT_EQ(status_of(*row.refusal), row.status);
    }
    expect_row(row, row.input, row.input.size(), 0);
    expect_row(row, row.input, 1, 0);
    expect_row(row, predecessor + row.input, predecessor.size() + row.input.size(), 1);
    expect_row(row, predecessor + row.input, 1, 1);
    EXPECT_NO_THROW(check_requests(row.input, {}));
    EXPECT_NO_THROW(
        check_requests(row.input, {.identity = Identity::kept, .passes_trailers = true}));
  }
}

}  // namespace kai::http1_test
