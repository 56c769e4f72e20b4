// Whole rollouts as a log of CI shows them, from the engine over simulated ports:
// tests/golden/screens/rollout_*.txt.
#include <gtest/gtest.h>

#include <string>

#include "app/screen/ending.h"
#include "app/screen/viewer.h"
#include "run.h"
#include "tests/fakes/golden_file.h"

namespace kai::simulation {
namespace {

const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/output.md";
const std::string folder = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";

struct Seen {
  std::string text;
  std::string events;
  core::Record last;
};

// A command that writes into a pipe, and whose last record is kept.
class Pipe final : public ports::RolloutViewer {
 public:
  Pipe(const SteadyClock& steady, const WallClock& wall, Seen& seen)
      : seen_(seen),
        viewer_(
            steady, wall, {.columns = [] { return 80; }},
            [&seen](std::string_view text) { seen.text += text; },
            [&seen](std::string_view line) { seen.events += line; }) {}
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override {
    viewer_.show(view, events);
    seen_.last = view.record;
  }

 private:
  Seen& seen_;
  app::CommandViewer viewer_;
};

Seen seen_of(std::string_view name) {
  Seen seen;
  const auto outcome = run(*find_scenario(name), {}, [&](const auto& steady, const auto& wall) {
    return std::make_unique<Pipe>(steady, wall, seen);
  });
  EXPECT_TRUE(outcome.violations.empty());
  const bool paused = core::is_paused(seen.last);
  const auto end = paused ? engine::EngineEnd::paused : engine::EngineEnd::over;
  const app::Ending ending = app::ending_of(end, seen.last, "");
  seen.text += text_of(app::Lines{app::line_of(ending)}, {});
  return seen;
}

class Rollout : public ::testing::TestWithParam<std::string> {};

TEST_P(Rollout, ReadsAsInTheLogOfAPipeline) {
  fakes::expect_golden(folder + "rollout_" + GetParam() + ".txt", seen_of(GetParam()).text);
}

INSTANTIATE_TEST_SUITE_P(Screens, Rollout,
                         ::testing::Values("good", "bad", "unknown", "never_ready", "abort",
                                           "weight_up", "promotion_fails"),
                         [](const auto& each) { return each.param; });

TEST(RolloutEvents, AreALineOfJsonEach) {
  fakes::expect_golden_block(page, "events", "json", seen_of("bad").events);
}

}  // namespace
}  // namespace kai::simulation
