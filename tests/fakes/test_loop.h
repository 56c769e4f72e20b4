// A real loop for tests of sockets and children, with time that the test moves.
#pragma once

#include <gtest/gtest.h>

#include "net/await.h"
#include "net/loop.h"
#include "tests/fakes/fake_clock.h"

namespace kai::fakes {

// Descriptors and sockets are real; timers run when the test says so. A bug in a callback fails the
// test.
class TestLoop {
 public:
  net::Loop& loop() { return loop_; }
  const SteadyClock& clock() const { return clock_; }

  // Timers within `by` run with the next turns of the loop.
  void advance(Duration by) {
    clock_.advance(by);
    loop_.at(loop_.now(), [] {});  // a new first timer makes the loop look at the clock again
  }
  // Runs the loop until `done`; ctest ends a test in which that never comes.
  void run_until(std::move_only_function<bool()> done) { loop_.run_until(std::move(done)); }
  // Runs what is ready, in the given number of turns: each goes through posts, descriptors and
  // timers.
  void turn(int turns = 1) {
    for (int i = 0; i < turns; ++i) {
      bool ran = false;
      loop_.at(loop_.now(), [&ran] { ran = true; });
      loop_.run_until([&ran] { return ran; });
    }
  }

 private:
  FakeSteadyClock clock_;
  net::Loop loop_{clock_,
                  [](std::string_view what) { ADD_FAILURE() << "bug in a callback: " << what; }};
};

}  // namespace kai::fakes
