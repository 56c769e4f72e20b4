#include "os/signals.h"

#include <cerrno>
#include <csignal>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/test_loop.h"

namespace kai::os {
namespace {

TEST(Signals, AreToldOnTheLoopAndDoNotAct) {
  fakes::TestLoop test;
  std::vector<int> told;
  const Signals signals(test.loop(), {SIGTERM, SIGINT},
                        [&](int number) { told.push_back(number); });
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_TRUE(told.empty());
  test.run_until([&] { return told.size() == 1; });
  ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
  test.run_until([&] { return told.size() == 2; });
  EXPECT_EQ(told, (std::vector<int>{SIGTERM, SIGINT}));
}

TEST(Signals, ActAgainWhenItIsGone) {
  fakes::TestLoop test;
  {
    const Signals signals(test.loop(), {SIGUSR1}, [](int) {});
  }
  sigset_t blocked;
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
  EXPECT_EQ(::sigismember(&blocked, SIGUSR1), 0);
}

TEST(Signals, BrokenPipeIsAnErrorOfTheWrite) {
  ignore_broken_pipes();
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_FALSE(write_all(ends[1], "x"));
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace kai::os
