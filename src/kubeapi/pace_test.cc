#include "kubeapi/pace.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/fakes/fake_timers.h"

namespace kai::kubeapi {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct World {
  fakes::FakeTimers timers;
  Pace pace{timers, timers.clock()};
  int ran = 0;

  void enter(int count, bool urgent = false) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(pace.enter([this] { ++ran; }, urgent));
  }
};

TEST(Pace, FortyAtOnceAndThenTwentyASecond) {
  World world;
  world.enter(100);
  EXPECT_EQ(world.ran, 0) << "never inside the call";
  world.timers.settle();
  EXPECT_EQ(world.ran, 40);
  world.timers.advance(milliseconds(49));
  EXPECT_EQ(world.ran, 40);
  world.timers.advance(milliseconds(2));
  EXPECT_EQ(world.ran, 41);
  world.timers.advance(milliseconds(950));
  EXPECT_GE(world.ran, 59);
  EXPECT_LE(world.ran, 60);
  world.timers.advance(seconds(10));
  EXPECT_EQ(world.ran, 100);
  EXPECT_EQ(world.timers.pending(), 0U) << "nothing is left to wait for";
}

TEST(Pace, AnIdleHourSavesUpOneBurstOnly) {
  World world;
  world.enter(40);
  world.timers.advance(std::chrono::hours(1));
  world.enter(60);
  world.timers.settle();
  EXPECT_EQ(world.ran, 80);
}

TEST(Pace, UrgentOnesNeitherWaitNorCount) {
  World world;
  world.enter(50);
  world.timers.settle();
  world.enter(200, true);
  EXPECT_EQ(world.ran, 40);
  world.timers.settle();
  EXPECT_EQ(world.ran, 240);
  world.timers.advance(milliseconds(501));
  EXPECT_EQ(world.ran, 250) << "those that waited lost no token to the urgent ones";
}

TEST(Pace, TurnsComeInOrder) {
  World world;
  std::vector<int> order;
  std::vector<int> wanted;
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(world.pace.enter([&order, i] { order.push_back(i); }, false));
    wanted.push_back(i);
  }
  world.timers.advance(seconds(2));
  EXPECT_EQ(order, wanted);
}

TEST(Pace, TooManyAreTurnedAwayButNeverUrgentOnes) {
  World world;
  world.enter(static_cast<int>(Pace::waiting_max));
  bool ran = false;
  EXPECT_FALSE(world.pace.enter([&] { ran = true; }, false));
  EXPECT_TRUE(world.pace.enter([] {}, true));
  world.timers.advance(seconds(100));
  EXPECT_FALSE(ran);
  EXPECT_EQ(world.ran, static_cast<int>(Pace::waiting_max));
}

TEST(Pace, ClosedItRunsNothingMore) {
  World world;
  world.enter(50);
  world.enter(1, true);
  world.pace.close();
  world.timers.advance(seconds(10));
  EXPECT_EQ(world.ran, 0);
}

// The owner may go with one of its own requests.
TEST(Pace, ItMayBeDestroyedByAWaitingTaskThatOwnedIt) {
  fakes::FakeTimers timers;
  auto pace = std::make_shared<Pace>(timers, timers.clock());
  const std::weak_ptr<Pace> watched = pace;
  EXPECT_TRUE(pace->enter([pace] {}, false));
  pace->close();
  pace.reset();
  EXPECT_TRUE(watched.expired());
  timers.advance(seconds(1));
}

}  // namespace
}  // namespace kai::kubeapi
