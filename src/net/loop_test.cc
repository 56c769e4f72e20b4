#include "net/loop.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/check.h"
#include "net/await.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

using std::chrono::seconds;

struct NonBlockingPipe {
  NonBlockingPipe() { EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0); }
  ~NonBlockingPipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void put() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
  [[nodiscard]] bool take() const {
    char byte = 0;
    return ::read(ends[0], &byte, 1) == 1;
  }
  std::array<int, 2> ends{};
};

TEST(Loop, TimersRunInTheOrderOfTheirMoments) {
  fakes::TestLoop test;
  std::vector<int> ran;
  Loop& loop = test.loop();
  loop.at(loop.now() + seconds(3), [&] { ran.push_back(3); });
  loop.at(loop.now() + seconds(1), [&] { ran.push_back(1); });
  const TimerId gone = loop.at(loop.now() + seconds(2), [&] { ran.push_back(2); });
  loop.cancel(gone);
  loop.cancel(gone);
  test.turn();
  EXPECT_EQ(ran, std::vector<int>{});
  test.advance(seconds(2));
  test.turn(2);
  EXPECT_EQ(ran, std::vector<int>{1});
  test.advance(seconds(2));
  test.turn(2);
  EXPECT_EQ(ran, (std::vector<int>{1, 3}));
}

// Whoever holds a timer or a descriptor gives it back when he goes, be it with the loop's last
// tasks.
TEST(Loop, WhatItsTasksHoldMayCancelWhileItGoes) {
  struct Holder {
    Loop& loop;
    TimerId timer;
    int descriptor;
    ~Holder() {
      loop.cancel(timer);
      loop.unwatch(descriptor);
      loop.at(SteadyTime{}, [] {});
      loop.post([] {});
    }
  };
  const NonBlockingPipe pipe;
  const fakes::FakeSteadyClock clock;
  Loop loop(clock, [](std::string_view bug) { ADD_FAILURE() << bug; });
  const auto holder = [&loop, &pipe] {
    const TimerId timer = loop.at(SteadyTime{} + seconds(9), [] {});
    return std::make_shared<Holder>(loop, timer, pipe.ends[0]);
  };
  loop.at(SteadyTime{} + seconds(5), [held = holder()] {});
  loop.watch_readable(pipe.ends[0], [held = holder()] {});
  loop.post([held = holder()] {});
}

TEST(Loop, TimerOfThePastRunsSoonButNotInsideTheCall) {
  fakes::TestLoop test;
  bool ran = false;
  test.loop().at(SteadyTime{}, [&] { ran = true; });
  EXPECT_FALSE(ran);
  test.run_until([&] { return ran; });
}

TEST(Loop, TimerThatSetsItselfAgainDoesNotHoldTheLoop) {
  fakes::TestLoop test;
  Loop& loop = test.loop();
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    loop.at(loop.now(), [&] { again(); });
  };
  again();
  test.turn(5);
  EXPECT_GE(ran, 2);
}

TEST(Loop, PostsRunInOrderAlsoFromAnotherThread) {
  fakes::TestLoop test;
  std::string order;
  test.loop().post([&] { order += 'a'; });
  test.loop().post([&] { order += 'b'; });
  test.turn();
  std::jthread other([&] { test.loop().post([&] { order += 'c'; }); });
  test.run_until([&] { return order == "abc"; });
}

TEST(Loop, ReadableDescriptorIsToldUntilItIsEmpty) {
  fakes::TestLoop test;
  const NonBlockingPipe pipe;
  int told = 0;
  test.loop().watch_readable(pipe.ends[0], [&] { told += pipe.take() ? 1 : 0; });
  test.turn(3);
  EXPECT_EQ(told, 0);
  pipe.put();
  pipe.put();
  test.run_until([&] { return told == 2; });
  test.loop().unwatch(pipe.ends[0]);
  pipe.put();
  test.turn(3);
  EXPECT_EQ(told, 2);
  test.loop().unwatch(pipe.ends[0]);
}

TEST(Loop, WatchMayEndItselfAndBeginAnew) {
  fakes::TestLoop test;
  const NonBlockingPipe pipe;
  std::string told;
  pipe.put();
  test.loop().watch_readable(pipe.ends[0], [&] {
    told += 'a';
    test.loop().unwatch(pipe.ends[0]);
    test.loop().watch_readable(pipe.ends[0], [&] {
      told += pipe.take() ? "b" : "";
      test.loop().unwatch(pipe.ends[0]);
    });
  });
  test.run_until([&] { return told == "ab"; });
}

TEST(Loop, ReadingAndWritingOfOneDescriptorAreWatchedApart) {
  fakes::TestLoop test;
  const NonBlockingPipe pipe;
  int writable = 0;
  test.loop().watch_writable(pipe.ends[1], [&] {
    ++writable;
    test.loop().unwatch(pipe.ends[1]);
  });
  test.run_until([&] { return writable == 1; });
}

TEST(Loop, BugOfACallbackIsReportedAndTheLoopGoesOn) {
  fakes::FakeSteadyClock clock;
  std::vector<std::string> bugs;
  Loop loop(clock, [&](std::string_view what) { bugs.emplace_back(what); });
  const NonBlockingPipe pipe;
  pipe.put();
  int told = 0;
  loop.watch_readable(pipe.ends[0], [&] {
    if (++told == 1) throw Bug("in a watch");
    EXPECT_TRUE(pipe.take());
  });
  loop.post([] { throw Bug("in a post"); });
  loop.at(loop.now(), [] { throw Bug("in a timer"); });
  loop.run_until([&] { return told >= 2 && bugs.size() >= 3; });
  std::ranges::sort(bugs);
  EXPECT_EQ(bugs, (std::vector<std::string>{"in a post", "in a timer", "in a watch"}));
  loop.unwatch(pipe.ends[0]);
}

TEST(Loop, StopEndsARunAndTheNextOneAtOnce) {
  fakes::TestLoop test;
  test.loop().post([&] { test.loop().stop(); });
  test.loop().run();
  EXPECT_FALSE(test.loop().run_until([] { return false; }));
}

TEST(Await, ReturnsTheReply) {
  fakes::TestLoop test;
  const Result<int> answer = await<int>(test.loop(), [&](Reply<int> reply) {
    test.loop().post([told = std::move(reply)]() mutable { told(7); });
  });
  EXPECT_EQ(answer, Result<int>(7));
}

TEST(Await, InsideACallbackItIsABug) {
  fakes::TestLoop test;
  bool refused = false;
  test.loop().post([&] {
    EXPECT_THROW(ignore(await<int>(test.loop(), [](Reply<int>) {}), "throws"), Bug);
    refused = true;
  });
  test.run_until([&] { return refused; });
}

TEST(Await, StoppedLoopIsAnError) {
  fakes::TestLoop test;
  test.loop().post([&] { test.loop().stop(); });
  const Result<int> answer = await<int>(test.loop(), [](const Reply<int>&) {});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace kai::net
