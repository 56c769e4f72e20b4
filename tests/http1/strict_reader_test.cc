#include "tests/http1/strict_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace kai::http1_test {
namespace {

TEST(StrictReader, ReadsOneRequestAndLeavesTheNext) {
  const Message message = read_request(
                              "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3;a=\"b\"\r\nabc\r\n0\r\nT: u\r\n\r\nGET")
                              .value_or(Message{});
  EXPECT_EQ(message.body, "abc");
  EXPECT_EQ(message.trailers.size(), 1U);
  EXPECT_EQ(message.bytes, 82U);
}

TEST(StrictReader, RefusesWhatTwoReadersCouldTakeInTwoWays) {
  for (const std::string_view fields :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: +1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: x\r\n",
        "Host: y\r\n", "A : b\r\n", "A: b\r\n c\r\n", "A: b\n"}) {
    const std::string text =
        "POST / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n0\r\n\r\n";
    EXPECT_FALSE(read_request(text)) << fields;
  }
  EXPECT_TRUE(read_request("POST / HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST(StrictReader, ReadsAnswersAsTheirRequestAsks) {
  const Message none{.body = "none"};
  const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  EXPECT_EQ(read_answer(answer, {}).value_or(none).body, "hi");
  EXPECT_EQ(read_answer(answer, {.head = true}).value_or(none).body, "");
  EXPECT_EQ(read_answer("HTTP/1.0 200 OK\r\n\r\nall", {}).value_or(none).body, "all");
  EXPECT_FALSE(read_answer("HTTP/1.0 200 OK\r\n\r\nall", {.closed = false}));
}

}  // namespace
}  // namespace kai::http1_test
