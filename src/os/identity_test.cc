#include "os/identity.h"

#include <gtest/gtest.h>

namespace kai::os {
namespace {

TEST(Identity, NamesUserHostAndProcess) {
  const Identity who = identity();
  EXPECT_TRUE(who.user.starts_with("uid "));
  EXPECT_FALSE(who.host.empty());
  EXPECT_GT(who.process_id, 0);
}

TEST(Identity, KnowsWhereItStandsAndItsOwnFile) {
  EXPECT_TRUE(working_directory().starts_with('/'));
  EXPECT_TRUE(program_file().starts_with('/'));
  EXPECT_TRUE(program_file().ends_with("_test")) << program_file();
}

TEST(IdentityDeathTest, LeavingEndsTheProcessWithTheCode) {
  EXPECT_EXIT(leave(7), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace kai::os
