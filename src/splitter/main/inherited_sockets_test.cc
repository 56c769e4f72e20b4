#include "splitter/main/inherited_sockets.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace kai::splitter {
namespace {

using Environment = std::map<std::string, std::string>;

TEST(InheritedSockets, WithoutASupervisorThereAreNone) {
  EXPECT_TRUE(take_inherited_sockets({}, 42)->empty());
}

TEST(InheritedSockets, ThoseOfAnotherProcessAreNotTouched) {
  EXPECT_TRUE(take_inherited_sockets({{"LISTEN_PID", "41"}, {"LISTEN_FDS", "9"}}, 42)->empty());
}

TEST(InheritedSockets, AnAbsurdNumberIsAnError) {
  for (const char* const count : {"65", "-1", "abc", "", "1 "}) {
    const auto taken = take_inherited_sockets({{"LISTEN_PID", "42"}, {"LISTEN_FDS", count}}, 42);
    ASSERT_FALSE(taken.has_value());
    EXPECT_NE(taken.error().message.find("LISTEN_FDS"), std::string::npos);
  }
}

}  // namespace
}  // namespace kai::splitter
