#include "os/process_stat.h"

#include <string>

#include <gtest/gtest.h>

namespace kai::os {
namespace {

std::string stat_of(const std::string& name, const std::string& state = "S") {
  return "4242 (" + name + ") " + state +
         " 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000000 200 "
         "18446744073709551615 1 1\n";
}

TEST(ProcessStat, StateAndStartTimeAreRead) {
  const auto stat = parse_process_stat(stat_of("server"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->started, 987654U);
  EXPECT_FALSE(stat->has_ended());
}

TEST(ProcessStat, NamesMayHoldSpacesBracketsAndLineBreaks) {
  for (const std::string name : {"a b", "a) Z 1 (b", "))((", ") ", "a\nb", ""}) {
    const auto stat = parse_process_stat(stat_of(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->state, 'S') << name;
    EXPECT_EQ(stat->started, 987654U) << name;
  }
}

TEST(ProcessStat, AZombieHasEnded) {
  const auto stat = parse_process_stat(stat_of("server", "Z"));
  ASSERT_TRUE(stat);
  EXPECT_TRUE(stat->has_ended());
}

TEST(ProcessStat, TextThatIsCutOrOfAnotherFormIsNoStat) {
  const std::string whole = stat_of("server");
  const std::size_t end = whole.find("987654");
  for (std::size_t size = 0; size < end; ++size)
    EXPECT_FALSE(parse_process_stat(whole.substr(0, size))) << size;
  EXPECT_FALSE(parse_process_stat("4242 (server S 1"));
  EXPECT_FALSE(parse_process_stat("4242 (server) SS 1 2 3"));
  EXPECT_FALSE(parse_process_stat("4242 (a) S 1 1 1 0 -1 4 1 0 0 0 1 2 0 0 20 0 1 0 -5 1"));
  EXPECT_FALSE(parse_process_stat("4242 (a) S 1 1 1 0 -1 4 1 0 0 0 1 2 0 0 20 0 1 0 x5 1"));
}

}  // namespace
}  // namespace kai::os
