#include "splitter/admin/exposure.h"

#include <gtest/gtest.h>

#include "splitter/protocol/spec.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

TEST(Exposure, TheStableBackendOfARouteMayGetMore) {
  EXPECT_TRUE(is_lowering(fakes::shop_spec(50'000), fakes::shop_spec(0)));
  EXPECT_TRUE(is_lowering(fakes::shop_spec(50'000), fakes::shop_spec(50'000)));
  EXPECT_FALSE(is_lowering(fakes::shop_spec(50'000), fakes::shop_spec(50'001)));
}

TEST(Exposure, ANewStampRaisesNothing) {
  SnapshotSpec stamped = fakes::shop_spec(50'000);
  stamped.routes.front().split.stamp = "r1.2.3.down";
  EXPECT_TRUE(is_lowering(fakes::shop_spec(50'000), stamped));
  EXPECT_TRUE(is_lowering(stamped, fakes::shop_spec(0)));
}

// It may be an older version, or another service.
TEST(Exposure, ARouteThatMovesToAnotherStableBackendIsARaise) {
  SnapshotSpec before = fakes::shop_spec(50'000);
  before.backends.push_back({.id = "other", .version = "r40", .endpoints = {"10.1.0.31:80"}});
  SnapshotSpec after = before;
  after.routes.front().split.weights = {{.backend = "other", .ppm = 1'000'000}};
  EXPECT_FALSE(is_lowering(before, after));
  after.routes.front().split.weights = {{.backend = "other", .ppm = 950'000},
                                        {.backend = "new", .ppm = 50'000}};
  EXPECT_FALSE(is_lowering(before, after));
}

}  // namespace
}  // namespace kai::splitter
