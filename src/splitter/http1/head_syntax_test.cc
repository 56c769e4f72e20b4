#include "splitter/http1/head_syntax.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "splitter/http1/progress.h"

namespace kai::splitter {
namespace {

constexpr std::string_view simple = "GET /a?b HTTP/1.1\r\nHost: x\r\nA:  b c\t\r\n\r\n";

TEST(HeadSyntax, ReadsEachPartOfARequestHead) {
  HeadProgress progress;
  RequestHead head;
  const std::string buffer = std::string(simple) + "rest";
  ASSERT_EQ(parse_request_head(progress, buffer, head).progress, Progress::complete);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.version, (Version{.major = 1, .minor = 1}));
  ASSERT_EQ(head.table.count, 2U);
  EXPECT_EQ(head.table.entries[1].name, "A");
  EXPECT_EQ(head.table.entries[1].value, "b c");
  EXPECT_EQ(head.head_bytes, simple.size());
}

TEST(HeadSyntax, ReadsTheSameByteByByteThoughTheTableServesOthersMeanwhile) {
  HeadProgress progress;
  for (std::size_t size = 0; size < simple.size(); ++size) {
    RequestHead other;
    ASSERT_EQ(parse_request_head(progress, simple.substr(0, size), other).progress,
              Progress::need_more)
        << size;
  }
  RequestHead head;
  ASSERT_EQ(parse_request_head(progress, simple, head).progress, Progress::complete);
  EXPECT_EQ(head.method, "GET");
  ASSERT_EQ(head.table.count, 2U);
  EXPECT_EQ(head.table.entries[0].name, "Host");
  EXPECT_EQ(head.head_bytes, simple.size());
}

TEST(HeadSyntax, ReadsEachPartOfAnAnswersHead) {
  HeadProgress progress;
  ResponseHead head;
  const std::string_view text = "HTTP/1.1 404 Not \xC3\xA4 Found\r\nA:\r\n\r\n";
  ASSERT_EQ(parse_response_head(progress, text, head).progress, Progress::complete);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "Not \xC3\xA4 Found");
  ASSERT_EQ(head.table.count, 1U);
  EXPECT_EQ(head.table.entries[0].value, "");
}

}  // namespace
}  // namespace kai::splitter
