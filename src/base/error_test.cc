#include "base/error.h"

#include <gtest/gtest.h>

namespace kai {
namespace {

TEST(Error, ContextGoesBeforeTheMessageAndKeepsTheKind) {
  const Result<int> failed = fail(ErrorKind::no_data, "no series matched");
  const Result<int> told = in_context("prometheus http://p:9090", failed);
  ASSERT_FALSE(told.has_value());
  EXPECT_EQ(told.error().kind, ErrorKind::no_data);
  EXPECT_EQ(told.error().message, "prometheus http://p:9090: no series matched");
}

TEST(Error, ContextLeavesAValueAlone) {
  const Result<int> good = 3;
  EXPECT_EQ(in_context("anywhere", good).value(), 3);
}

TEST(Error, EveryKindHasItsOwnName) {
  EXPECT_EQ(name_of(ErrorKind::unavailable), "unavailable");
  EXPECT_EQ(name_of(ErrorKind::rejected), "rejected");
  EXPECT_EQ(name_of(ErrorKind::no_data), "no_data");
  EXPECT_EQ(name_of(ErrorKind::malformed), "malformed");
}

}  // namespace
}  // namespace kai
