#include "splitter/http1/response_policy.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"

// What is refused and what passes stands in tests/http1; here is what an answer says to the pool.
namespace kai::splitter {
namespace {

class ResponsePolicy : public testing::Test {
 protected:
  const Response& judged(std::string_view text) {
    HeadProgress progress;
    KAI_CHECK(parse_response_head(progress, text, *head_).progress == Progress::complete);
    KAI_CHECK(!judge_response(*head_, {}, response_));
    return response_;
  }

 private:
  std::unique_ptr<ResponseHead> head_ = std::make_unique<ResponseHead>();
  Response response_;
};

TEST_F(ResponsePolicy, TheBackendsIdleTimeIsRead) {
  EXPECT_EQ(judged("HTTP/1.1 204 \r\nKeep-Alive: max=9, Timeout=5\r\n\r\n").keep_alive_seconds, 5U);
  for (const std::string_view text :
       {"HTTP/1.1 204 \r\nKeep-Alive: timeout=-5\r\n\r\n", "HTTP/1.1 204 \r\nKeep-Alive: 5\r\n\r\n",
        "HTTP/1.1 204 \r\nKeep-Alive: timeout=99999999999\r\n\r\n", "HTTP/1.1 204 \r\n\r\n"}) {
    EXPECT_EQ(judged(text).keep_alive_seconds, std::nullopt) << text;
  }
}

TEST_F(ResponsePolicy, AnswersForSharedCachesAreMarked) {
  EXPECT_TRUE(judged("HTTP/1.1 200 \r\nCache-Control: max-age=1, Public\r\n\r\n").is_shared);
  EXPECT_TRUE(judged("HTTP/1.1 200 \r\nCache-Control: s-maxage=1\r\n\r\n").is_shared);
  EXPECT_FALSE(judged("HTTP/1.1 200 \r\nCache-Control: private, x=public\r\n\r\n").is_shared);
  EXPECT_FALSE(judged("HTTP/1.1 200 \r\n\r\n").is_shared);
}

TEST_F(ResponsePolicy, OnlyAnHttp11AnswerOfKnownLengthKeepsTheBackendConnection) {
  EXPECT_TRUE(judged("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n").keeps_alive);
  EXPECT_TRUE(judged("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n").keeps_alive);
  EXPECT_FALSE(judged("HTTP/1.1 200 \r\n\r\n").keeps_alive);
  EXPECT_FALSE(
      judged("HTTP/1.1 200 \r\nContent-Length: 1\r\nConnection: close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(
      judged("HTTP/1.0 200 \r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n").keeps_alive);
}

TEST_F(ResponsePolicy, ADrainingSplitterClosesAfterTheAnswer) {
  const Response& response = judged("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n");
  Request request;
  request.keeps_alive = true;
  EXPECT_TRUE(plan_answer(request, response, {}).keeps_alive);
  EXPECT_FALSE(plan_answer(request, response, {.keeps_alive = false}).keeps_alive);
}

}  // namespace
}  // namespace kai::splitter
