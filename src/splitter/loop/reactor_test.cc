#include "splitter/loop/reactor.h"

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/loop/loop_thread.h"
#include "tests/fakes/fake_clock.h"

namespace kai::splitter {
namespace {

struct Seen : Watcher {
  Seen() : Watcher(calls) {}

  static const WatcherCalls calls;
  std::vector<Readiness> events;
  int due = 0;
  int bugs = 0;
  bool throws = false;
  bool throws_again = false;
  Watcher* removes = nullptr;
  int removes_descriptor = -1;
  Reactor* reactor = nullptr;
};
const WatcherCalls Seen::calls{
    .on_ready =
        [](Watcher& watcher, Readiness readiness) {
          auto& seen = static_cast<Seen&>(watcher);
          seen.events.push_back(readiness);
          if (seen.removes != nullptr) {
            seen.reactor->remove(seen.removes_descriptor, *seen.removes);
          }
          if (seen.throws) throw std::runtime_error("a bug");
        },
    .on_due = [](Watcher& watcher) { static_cast<Seen&>(watcher).due += 1; },
    .on_bug =
        [](Watcher& watcher, std::string_view) {
          auto& seen = static_cast<Seen&>(watcher);
          seen.bugs += 1;
          if (seen.throws_again) throw std::runtime_error("a bug of the bug");
        },
};

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours = os::Descriptor(ends[0]);
    theirs = os::Descriptor(ends[1]);
  }
  os::Descriptor ours;
  os::Descriptor theirs;
};

struct ReactorTest : testing::Test {
  fakes::FakeSteadyClock clock;
  std::vector<std::string> bugs;
  Reactor reactor{clock, [this](std::string_view what) { bugs.emplace_back(what); }};
};

TEST_F(ReactorTest, AnEdgeIsToldOnce) {
  Pair pair;
  Seen seen;
  ASSERT_TRUE(reactor.add(pair.ours.number(), seen, Trigger::edge));
  reactor.turn(false);
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_TRUE(seen.events[0].writable);
  EXPECT_FALSE(seen.events[0].readable);
  ASSERT_TRUE(os::write_all(pair.theirs.number(), "x"));
  reactor.turn(false);
  reactor.turn(false);
  ASSERT_EQ(seen.events.size(), 2U);
  EXPECT_TRUE(seen.events[1].readable);
  reactor.remove(pair.ours.number(), seen);
}

TEST_F(ReactorTest, TheEndOfThePeerIsTold) {
  Pair pair;
  Seen seen;
  ASSERT_TRUE(reactor.add(pair.ours.number(), seen, Trigger::edge));
  ::shutdown(pair.theirs.number(), SHUT_WR);
  reactor.turn(false);
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_TRUE(seen.events[0].read_closed);
  reactor.remove(pair.ours.number(), seen);
}

TEST_F(ReactorTest, AWatcherThatIsRemovedInThisTurnIsNotCalledAnyMore) {
  Pair first;
  Pair second;
  Seen one;
  Seen other;
  one.reactor = other.reactor = &reactor;
  one.removes = &other;
  one.removes_descriptor = second.ours.number();
  other.removes = &one;
  other.removes_descriptor = first.ours.number();
  ASSERT_TRUE(reactor.add(first.ours.number(), one, Trigger::edge));
  ASSERT_TRUE(reactor.add(second.ours.number(), other, Trigger::edge));
  reactor.turn(false);
  EXPECT_EQ(one.events.size() + other.events.size(), 1U);
}

TEST_F(ReactorTest, WorkLeftOverComesBackInTheNextTurn) {
  Seen seen;
  reactor.again(seen);
  reactor.again(seen);
  reactor.turn(true);
  EXPECT_EQ(seen.events.size(), 1U);
  reactor.turn(false);
  EXPECT_EQ(seen.events.size(), 1U);
}

TEST_F(ReactorTest, AThrownBugCostsItsWatcherOnly) {
  Seen bad;
  Seen good;
  bad.throws = true;
  reactor.again(good);
  reactor.again(bad);
  reactor.turn(false);
  EXPECT_EQ(bad.bugs, 1);
  EXPECT_EQ(good.events.size(), 1U);
  EXPECT_EQ(bugs, std::vector<std::string>{"a bug"});
}

TEST_F(ReactorTest, ASecondThrowCostsNoMore) {
  Seen bad;
  Seen good;
  bad.throws = bad.throws_again = true;
  reactor.again(good);
  reactor.again(bad);
  reactor.turn(false);
  EXPECT_EQ(good.events.size(), 1U);
  EXPECT_EQ(bugs, (std::vector<std::string>{"a bug", "a bug of the bug"}));
}

TEST_F(ReactorTest, ABugThatCannotBeReportedCostsNoMore) {
  Reactor silent(clock, [](std::string_view) { throw std::runtime_error("no memory"); });
  Seen bad;
  bad.throws = true;
  silent.again(bad);
  silent.turn(false);
  EXPECT_EQ(bad.bugs, 1);
}

TEST_F(ReactorTest, WorkThatIsDoneOnBehalfOfAWatcherIsContained) {
  Seen seen;
  reactor.contain(seen, [] { throw std::runtime_error("a bug"); });
  EXPECT_EQ(seen.bugs, 1);
}

TEST_F(ReactorTest, TimersFireByTheClockOfTheTurn) {
  Seen seen;
  reactor.arm_timer(seen, reactor.now() + std::chrono::seconds(5));
  reactor.turn(false);
  EXPECT_EQ(seen.due, 0);
  clock.advance(std::chrono::seconds(6));
  reactor.turn(true);
  EXPECT_EQ(seen.due, 1);
}

TEST_F(ReactorTest, MailRunsInItsOrderAndAThrowStopsNoneOfIt) {
  std::string order;
  reactor.post([&] { order += "a"; });
  reactor.post([] { throw std::runtime_error("mail"); });
  reactor.post([&] { order += "b"; });
  reactor.turn(true);
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(bugs, std::vector<std::string>{"mail"});
}

TEST_F(ReactorTest, AnotherThreadWakesTheLoop) {
  bool ran = false;
  LoopThread sender([&] {
    reactor.post([&] {
      ran = true;
      reactor.stop();
    });
  });
  reactor.run();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace kai::splitter
