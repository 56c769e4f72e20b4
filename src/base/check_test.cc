#include "base/check.h"

#include <gtest/gtest.h>

namespace kai {
namespace {

TEST(Check, AFalseConditionThrowsABugThatNamesIt) {
  try {
    KAI_CHECK(1 + 1 == 3);
    FAIL() << "no Bug was thrown";
  } catch (const Bug& bug) {
    EXPECT_NE(std::string(bug.what()).find("1 + 1 == 3"), std::string::npos);
    EXPECT_NE(std::string(bug.what()).find("check_test.cc"), std::string::npos);
  }
}

TEST(Check, ATrueConditionDoesNothing) { EXPECT_NO_THROW(KAI_CHECK(1 + 1 == 2)); }

}  // namespace
}  // namespace kai
