// Every short text over the octets that matter: however it is cut, the result is the same, and the
// strict reader agrees.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/http1/laws.h"

namespace kai::http1_test {
namespace {

// Calls `visit` with every text of at most `size_max` octets of `alphabet`.
template <typename Visit>
void for_each_text(std::string_view alphabet, std::size_t size_max, Visit visit) {
  for (std::size_t size = 0; size <= size_max; ++size) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < size; ++i) count *= alphabet.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t rest = number; text.size() < size; rest /= alphabet.size()) {
        text += alphabet[rest % alphabet.size()];
      }
      visit(text);
    }
  }
}

TEST(Exhaustive, ShortChunkedBodies) {
  for_each_text("01\r\n;a", 7, [](const std::string& text) {
    ASSERT_NO_THROW(check_chunked(text, Receiver::takes_chunks)) << text;
    ASSERT_NO_THROW(check_chunked(text, Receiver::takes_bytes)) << text;
  });
}

TEST(Exhaustive, ShortTrailers) {
  for_each_text("\r\n: a", 6, [](const std::string& text) {
    ASSERT_NO_THROW(check_chunked("0\r\n" + text, Receiver::takes_chunks_and_trailers)) << text;
  });
}

TEST(Exhaustive, ShortFieldsOfRequests) {
  for_each_text("\r\n: a", 5, [](const std::string& text) {
    ASSERT_NO_THROW(check_requests("GET / HTTP/1.1\r\nHost: x\r\n" + text + "\r\n", {})) << text;
  });
}

TEST(Exhaustive, ShortStartLines) {
  for_each_text("\r\n /G", 5, [](const std::string& text) {
    ASSERT_NO_THROW(check_requests(text + "/ HTTP/1.1\r\nHost: x\r\n\r\n", {})) << text;
  });
}

TEST(Exhaustive, ShortFieldsOfAnswers) {
  for_each_text("\r\n: a", 5, [](const std::string& text) {
    ASSERT_NO_THROW(check_answers("HTTP/1.1 200 \r\n" + text + "\r\n", {})) << text;
  });
}

}  // namespace
}  // namespace kai::http1_test
