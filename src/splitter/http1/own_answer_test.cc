#include "splitter/http1/own_answer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

std::string written(const OwnAnswer& answer) {
  std::array<char, own_answer_bytes_max> output;
  const auto size = write_own_answer(answer, output);
  return size ? std::string(output.data(), *size) : std::string();
}

TEST(OwnAnswer, SaysReasonAndRequestIdAndCloses) {
  EXPECT_EQ(written({.status = 400, .sentence = "Bad.", .request_id = "id"}),
            "HTTP/1.1 400 Bad Request\r\nX-Request-Id: id\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            "Connection: close\r\nContent-Length: 20\r\n\r\nBad.\nrequest id: id\n");
}

TEST(OwnAnswer, ToHeadHasTheLengthAndNoBody) {
  const std::string answer = written({.status = 404, .sentence = "No route.", .is_to_head = true});
  EXPECT_TRUE(answer.contains("\r\nContent-Length: 10\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(OwnAnswer, HasWhatItsStatusAsksFor) {
  EXPECT_TRUE(written({.status = 405}).contains("\r\nAllow: GET, "));
  EXPECT_TRUE(
      written({.status = 503, .retry_after_seconds = 1}).contains("\r\nRetry-After: 1\r\n"));
  EXPECT_TRUE(written({.status = 503, .keeps_alive = true}).contains("Connection: keep-alive"));
}

TEST(OwnAnswer, AlwaysFitsTheNamedSizeAndSaysWhenItDoesNotFit) {
  const std::string lengthy(5000, 'a');
  EXPECT_FALSE(written({.status = 431,
                        .sentence = lengthy,
                        .request_id = lengthy,
                        .retry_after_seconds = 4'000'000'000})
                   .empty());
  std::array<char, 40> little;
  EXPECT_FALSE(write_own_answer({.status = 400}, little));
}

TEST(OwnAnswer, EveryRefusalHasAReasonPhraseAndASentence) {
  for (std::size_t index = 0; index < refusal_count; ++index) {
    const auto refusal = static_cast<Refusal>(index);
    EXPECT_NE(reason_of(status_of(refusal)), "Error") << name_of(refusal);
    EXPECT_TRUE(sentence_of(refusal).ends_with('.')) << name_of(refusal);
  }
}

}  // namespace
}  // namespace kai::splitter
