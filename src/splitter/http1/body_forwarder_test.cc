#include "splitter/http1/body_forwarder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

constexpr Body chunked{.framing = BodyFraming::chunked};
constexpr Body until_close{.framing = BodyFraming::until_close};

Body of_length(std::uint64_t length) { return {.framing = BodyFraming::length, .length = length}; }

TEST(BodyForwarder, ACountedBodyPassesUnchangedAndLeavesWhatFollows) {
  BodyForwarder body({.from = of_length(5), .to = BodyFraming::length});
  BodyStep step = body.next("hel");
  EXPECT_EQ(step.progress, BodyProgress::need_more);
  EXPECT_EQ(step.pass, 3U);
  step = body.next("loGET /");
  EXPECT_EQ(step.progress, BodyProgress::complete);
  EXPECT_EQ(step.taken(), 2U);
  EXPECT_TRUE(body.is_over());
  EXPECT_EQ(body.content_bytes(), 5U);
  EXPECT_EQ(body.next("GET /").taken(), 0U);
}

TEST(BodyForwarder, AMessageWithoutBodyIsOverAtOnce) {
  EXPECT_TRUE(BodyForwarder().is_over());
  EXPECT_TRUE(BodyForwarder({.from = {}, .to = BodyFraming::none}).is_over());
  EXPECT_TRUE(BodyForwarder({.from = of_length(0), .to = BodyFraming::length}).is_over());
}

TEST(BodyForwarder, ChunksThatWeWouldWritePassInOnePiece) {
  const std::string_view input = "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\nnext";
  BodyForwarder body({.from = chunked, .to = BodyFraming::chunked});
  const BodyStep step = body.next(input);
  EXPECT_EQ(step.progress, BodyProgress::complete);
  EXPECT_EQ(step.skip, 0U);
  EXPECT_EQ(step.pass, input.size() - 4);
  EXPECT_EQ(step.before.size, 0);
  EXPECT_EQ(body.content_bytes(), 15U);
}

TEST(BodyForwarder, AChunkMayBeCutAnywhereAndItsDataPassesAsItComes) {
  BodyForwarder body({.from = chunked, .to = BodyFraming::chunked});
  EXPECT_EQ(body.next("5").taken(), 0U);
  EXPECT_EQ(body.next("5\r\nhe").pass, 5U);
  EXPECT_EQ(body.next("llo\r").pass, 3U);
  EXPECT_EQ(body.next("\r\n").pass, 2U);
  EXPECT_EQ(body.next("0\r\n\r").pass, 3U);
  EXPECT_EQ(body.next("\r\n").progress, BodyProgress::complete);
}

TEST(BodyForwarder, AnotherSpellingOfAChunkLineIsWrittenAnew) {
  BodyForwarder body({.from = chunked, .to = BodyFraming::chunked});
  const BodyStep step = body.next("0001F;a=b\r\nhe");
  EXPECT_EQ(step.skip, 11U);
  EXPECT_EQ(step.before.view(), "1f\r\n");
  EXPECT_EQ(step.pass, 2U);
}

TEST(BodyForwarder, EachReadOfAnOpenBodyBecomesAChunk) {
  BodyForwarder body({.from = until_close, .to = BodyFraming::chunked});
  EXPECT_EQ(body.next("").before.size, 0);
  const BodyStep step = body.next(std::string(256, 'a'));
  EXPECT_EQ(step.before.view(), "100\r\n");
  EXPECT_EQ(step.pass, 256U);
  EXPECT_EQ(step.after, "\r\n");
  const BodyStep last = body.end();
  EXPECT_EQ(last.progress, BodyProgress::complete);
  EXPECT_EQ(last.after, "0\r\n\r\n");
}

TEST(BodyForwarder, AnEarlyEndIsTruncation) {
  BodyForwarder counted({.from = of_length(5), .to = BodyFraming::length});
  EXPECT_EQ(counted.next("hell").progress, BodyProgress::need_more);
  EXPECT_EQ(counted.end().refusal, Refusal::truncated);
  BodyForwarder chunks({.from = chunked, .to = BodyFraming::until_close});
  EXPECT_EQ(chunks.next("0\r\n").progress, BodyProgress::need_more);
  EXPECT_EQ(chunks.end().progress, BodyProgress::refused);
}

TEST(BodyForwarder, ATunnelPassesAllAndEndsByClose) {
  BodyForwarder body({.from = {.framing = BodyFraming::tunnel}, .to = BodyFraming::tunnel});
  EXPECT_EQ(body.next("\x81\x00").pass, 1U);
  const BodyStep last = body.end();
  EXPECT_EQ(last.progress, BodyProgress::complete);
  EXPECT_EQ(last.after, "");
}

TEST(BodyForwarder, TheLimitOfTheRouteHoldsForEveryFraming) {
  BodyForwarder counted({.from = of_length(6), .to = BodyFraming::length, .bytes_max = 5});
  EXPECT_EQ(counted.next("hello!").refusal, Refusal::body_too_large);
  BodyForwarder chunks({.from = chunked, .to = BodyFraming::chunked, .bytes_max = 5});
  EXPECT_EQ(chunks.next("5\r\nhello\r\n1\r\n").refusal, Refusal::body_too_large);
  BodyForwarder open({.from = until_close, .to = BodyFraming::until_close, .bytes_max = 5});
  EXPECT_EQ(open.next("hello").progress, BodyProgress::need_more);
  EXPECT_EQ(open.next("!").refusal, Refusal::body_too_large);
}

TEST(BodyForwarder, ABodyCannotBecomeWhatNeedsItsLength) {
  EXPECT_THROW(BodyForwarder({.from = chunked, .to = BodyFraming::length}), Bug);
  EXPECT_THROW(BodyForwarder({.from = of_length(1), .to = BodyFraming::chunked}), Bug);
}

TEST(BodyForwarder, IsSmallEnoughToStandTwiceInAConnection) {
  EXPECT_LE(sizeof(BodyForwarder), 48U);
}

}  // namespace
}  // namespace kai::splitter
