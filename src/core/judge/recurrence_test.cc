#include "core/judge/recurrence.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

std::uint32_t count_runs(const std::deque<bool>& frames) {
  std::uint32_t runs = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] && (i == 0 || !frames[i - 1])) ++runs;
  }
  return runs;
}

TEST(Recurrence, RunsAreThoseThatAPlainCountFinds) {
  fakes::Traffic traffic(1);
  for (const std::uint32_t window : {2U, 3U, 60U, 64U, 65U, 180U, Recurrence::window_max}) {
    for (const double share : {0.05, 0.5, 0.95}) {
      Recurrence recurrence;
      std::deque<bool> frames;
      for (int i = 0; i < 3000; ++i) {
        const bool strikes = traffic.uniform() < share;
        recurrence.observe(strikes, window);
        frames.push_back(strikes);
        if (frames.size() > window) frames.pop_front();
        ASSERT_EQ(recurrence.runs, count_runs(frames)) << window << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace kai::core
