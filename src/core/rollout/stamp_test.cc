#include "core/rollout/stamp.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

TEST(Stamp, IsReadBackFromItsText) {
  const Stamp up{.rollout = "7f3k2", .epoch = 3, .seq = 12};
  const Stamp down{.rollout = "7f3k2", .epoch = 3, .seq = 13, .down = true};
  EXPECT_EQ(format_stamp(up), "7f3k2.3.12");
  EXPECT_EQ(format_stamp(down), "7f3k2.3.13.down");
  EXPECT_EQ(parse_stamp("7f3k2.3.12"), up);
  EXPECT_EQ(parse_stamp("7f3k2.3.13.down"), down);
}

TEST(Stamp, WhatIsNotOursIsNoStamp) {
  for (const char* text : {"", ".", "..", "a.1", "a.1.", "a..1", "a.1.2.", "a.1.2.up",
                           "a.1.2.down.x", "A.1.2", "a.-1.2", "a.1.+2", "a.01.2",
                           "a.1.99999999999999999999", "abcdefghijklmnopq.1.2", "a b.1.2"}) {
    EXPECT_FALSE(parse_stamp(text)) << text;
  }
}

TEST(Stamp, TheEpochComesBeforeTheSequence) {
  const Stamp old_writer{.rollout = "a", .epoch = 1, .seq = 900};
  const Stamp new_writer{.rollout = "a", .epoch = 2, .seq = 1};
  EXPECT_TRUE(is_newer(new_writer, old_writer));
  EXPECT_FALSE(is_newer(old_writer, new_writer));
  EXPECT_FALSE(is_newer(old_writer, old_writer));
}

}  // namespace
}  // namespace kai::core
