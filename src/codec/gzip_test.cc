#include "codec/gzip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "codec/base64.h"

namespace kai::codec {
namespace {

constexpr std::size_t roomy = 1'000'000;

void expect_malformed(std::string_view bytes, std::size_t bytes_max, std::string_view why) {
  const auto content = inflate(bytes, bytes_max);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().kind, ErrorKind::malformed);
  EXPECT_TRUE(content.error().message.contains(why)) << content.error().message;
}

TEST(Gzip, ReadsWhatAnotherToolWrote) {
  // printf hello | gzip -n
  const std::string bytes = base64_decode("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==").value();
  EXPECT_EQ(inflate(bytes, roomy).value(), "hello");
}

TEST(Gzip, JoinsMembers) {
  EXPECT_EQ(inflate(deflate("one ") + deflate("two"), roomy).value(), "one two");
}

TEST(Gzip, EqualContentGivesEqualBytes) { EXPECT_EQ(deflate("x"), deflate("x")); }

TEST(Gzip, AllowsExactlyTheLimit) {
  EXPECT_EQ(inflate(deflate("hello"), 5).value(), "hello");
  expect_malformed(deflate("hello"), 4, "longer than the 4 bytes allowed");
  EXPECT_EQ(inflate(deflate(""), 0).value(), "");
}

TEST(Gzip, LimitCountsAllMembers) {
  expect_malformed(deflate("hello") + deflate("hello"), 9, "longer than the 9 bytes");
}

TEST(Gzip, BombStopsAtTheLimit) {
  std::string zeros;
  zeros.resize(100'000'000);
  const std::string bomb = deflate(zeros);
  EXPECT_LT(bomb.size(), 200'000U);
  expect_malformed(bomb, roomy, "longer than the 1000000 bytes allowed");
}

TEST(Gzip, EveryCutIsNoticed) {
  const std::string bytes = deflate("a text that is long enough to be worth cutting");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    expect_malformed(bytes.substr(0, size), roomy, "gzip data");
  }
}

TEST(Gzip, EveryFlippedByteOfTheChecksumIsNoticed) {
  const std::string bytes = deflate("hello");
  for (std::size_t at = bytes.size() - 8; at < bytes.size(); ++at) {
    std::string bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    expect_malformed(bad, roomy, "not gzip data: incorrect");
  }
}

TEST(Gzip, RefusesForeignBytes) {
  expect_malformed("", roomy, "gzip data is cut off");
  expect_malformed("{\"a\": 1}", roomy, "not gzip data: incorrect header check");
  expect_malformed(deflate("x") + "rest", roomy, "gzip data");
}

RC_GTEST_PROP(Gzip, InflatesWhatItDeflates, (const std::string& content)) {
  RC_ASSERT(inflate(deflate(content), content.size()).value() == content);
}

}  // namespace
}  // namespace kai::codec
