// What the judge of a simulated rollout was given and answered, through the text of a report, gives
// the same verdicts once more: to the bit, whoever went on with it and whatever died in between.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "codec/json.h"
#include "core/rollout/report.h"
#include "run.h"

namespace kai::simulation {
namespace {

// The lines of a report as its writer has them, of all processes of a rollout.
class Logger final : public ports::RolloutViewer {
 public:
  Logger(const WallClock& wall, std::vector<std::string>& lines) : wall_(wall), lines_(lines) {}
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& /*events*/) override {
    if (lines_.empty()) add(core::to_tree(core::ReportHead{.rollout = view.record.rollout}));
    for (const core::JudgeEntry& entry : view.judging) {
      std::visit(
          [&](const auto& what) {
            add(core::to_tree(
                core::ReportLine{.at = wall_.now(), .epoch = view.record.epoch, .what = what}));
          },
          entry);
    }
  }

 private:
  void add(const Tree& tree) { lines_.push_back(codec::write_json(tree)); }

  const WallClock& wall_;
  std::vector<std::string>& lines_;
};

// `run_it` is given who looks on.
template <typename Run>
core::Report report_of(Run run_it) {
  std::vector<std::string> lines;
  const Outcome outcome = run_it(
      [&lines](const auto&, const auto& wall) { return std::make_unique<Logger>(wall, lines); });
  EXPECT_TRUE(outcome.violations.empty());
  core::ReportReader reader;
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(reader.take(i + 1, codec::parse_json(lines[i])).has_value());
  auto report = std::move(reader).finish();
  EXPECT_TRUE(report.has_value());
  return report ? std::move(*report) : core::Report{};
}

void expect_same(const core::Report& report, const std::string& what) {
  EXPECT_TRUE(report.unread.empty()) << what;
  const core::Replayed replayed = core::replay(report);
  const auto& place =
      replayed.first_different ? replayed.first_different : replayed.first_unchecked;
  EXPECT_EQ(replayed.different + replayed.unchecked, 0U)
      << what << ": line " << place->line << ": " << place->what;
}

TEST(Replay, EveryScenarioGivesTheSameVerdicts) {
  std::uint64_t verdicts = 0;
  for (const Scenario& scenario : scenarios()) {
    const core::Report report =
        report_of([&](const auto& look) { return run(scenario, {}, look); });
    expect_same(report, std::string(scenario.name));
    verdicts += core::replay(report).same;
  }
  std::printf("%llu verdicts\n", static_cast<unsigned long long>(verdicts));
  EXPECT_GT(verdicts, 100U);
}

TEST(Replay, SeedsGiveTheSameVerdictsThroughTheirCrashes) {
  std::uint64_t verdicts = 0;
  std::uint64_t judges = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const core::Report report =
        report_of([&](const auto& look) { return run(seed, Mutant::none, look); });
    expect_same(report, "seed " + std::to_string(seed));
    verdicts += core::replay(report).same;
    for (const core::ReportLine& line : report.lines) {
      const auto* const began = std::get_if<core::JudgeBegan>(&line.what);
      if (began != nullptr && !began->evidence.empty()) ++judges;
    }
  }
  std::printf("%llu verdicts, %llu judges went on with saved evidence\n",
              static_cast<unsigned long long>(verdicts), static_cast<unsigned long long>(judges));
  EXPECT_GT(verdicts, 1000U);
  EXPECT_GT(judges, 10U);
}

TEST(Replay, ACrashAtAnyEffectLosesNoVerdictOfTheOthers) {
  for (const char* const name : {"good_sequential", "bad_sequential"}) {
    const Scenario& scenario = *find_scenario(name);
    const std::uint64_t effects = run(scenario).effects.size();
    for (std::uint64_t effect = 1; effect <= effects; ++effect) {
      for (const Blow::Kind kind : {Blow::Kind::crash_before, Blow::Kind::crash_unseen}) {
        const core::Report report = report_of([&](const auto& look) {
          return run(scenario, {{.effect = effect, .kind = kind}}, look);
        });
        expect_same(report, std::string(name) + ", effect " + std::to_string(effect));
      }
    }
  }
}

}  // namespace
}  // namespace kai::simulation
