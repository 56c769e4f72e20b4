// Every end of a rollout with its code and its last line, as the table of docs/exit-codes.md.
#include "app/screen/ending.h"

#include <csignal>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/screen/findings.h"
#include "core/rollout/advance.h"
#include "tests/fakes/golden_file.h"

namespace kai::app {
namespace {

using core::End;
using core::Phase;
using core::Record;
using engine::EngineEnd;
using std::chrono::seconds;

const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/exit-codes.md";

Record record_in(Phase phase, End end, core::Reason reason) {
  Record record;
  record.rollout = "7f3k2";
  record.plan.target.release = "kai";
  record.plan.steps = {{core::Weight::from_hundredths(1000), seconds(60)}};
  record.phase = phase;
  record.end = end;
  record.reason = std::move(reason);
  record.total = seconds(70);
  record.stable_version = "v1.2.2";
  record.canary_version = "v1.2.3";
  record.stage = core::is_over(record) ? core::Stage::done : core::Stage::bake;
  return record;
}

Record rolled_back(End end, std::string code, std::string sentence) {
  return record_in(Phase::rolled_back, end, {std::move(code), std::move(sentence)});
}

Record paused(std::string code, std::string sentence, int percent) {
  Record record = record_in(Phase::paused, End::none, {std::move(code), std::move(sentence)});
  record.authorised = core::Weight::from_hundredths(percent * 100);
  return record;
}

struct Row {
  std::string how;  // for people
  Ending ending;
};

Ending over(const Record& record) { return ending_of(EngineEnd::over, record, ""); }
Ending waits(const Record& record) { return ending_of(EngineEnd::paused, record, ""); }

Record on_the_way_out() {
  Record record = rolled_back(End::failed_on_evidence, "below_success_threshold",
                              "api-server: 80% success, limit 95%");
  record.settled = false;
  record.stage = core::Stage::zero;
  return record;
}

Record aborted_install() {
  Record record =
      rolled_back(End::aborted, "aborted", "aborted by ann; the first install is left as it is");
  record.first_install = true;
  return record;
}

std::vector<Row> rows() {
  const std::string low = "api-server: 80% success, limit 95%";
  const Record baking = paused("unknown_budget_spent", "", 10);
  return {
      {"promoted", over(record_in(Phase::promoted, End::promoted,
                                  {"every_step_passed", "every service holds"}))},
      {"never measurable",
       over(rolled_back(End::cannot_measure, "cannot_measure", "no series of the canary's pods"))},
      {"the server refused the canary before any weight",
       over(rolled_back(End::refused, "refused_by_server",
                        "the API server refused Deployment shop/api-canary: admission webhook "
                        "\"policy\" denied the request"))},
      {"the server refused more of its pods",
       over(
           rolled_back(End::not_proved, "refused_by_server",
                       "the API server refused Deployment shop/api-canary: exceeded quota: pods"))},
      {"rolled back on evidence",
       over(rolled_back(End::failed_on_evidence, "below_success_threshold", low))},
      {"its pods cannot run", over(rolled_back(End::failed_on_evidence, "crash_loop",
                                               "pod kai-canary-1 restarts again and again"))},
      {"a failed verdict with `autoRollback: false`",
       waits(paused("below_success_threshold", low, 10))},
      {"nothing could be measured for the budget",
       waits(paused("unknown_budget_spent",
                    "cannot measure for 5m00s: prometheus http://prom:9090: connection refused",
                    10))},
      {"the time is over, nothing is proved",
       waits(paused("not_proved", "not proved in 10m00s: api-server: no request reached the canary",
                    10))},
      {"waits for a person with `autoPromote: false`",
       waits(
           paused("waits_for_promotion", "every check passed; waits for a person to promote", 50))},
      {"not proved, with `--on-inconclusive=rollback`",
       over(rolled_back(End::not_proved, "not_proved",
                        "not proved in 10m00s: api-server: no request reached the canary"))},
      {"the weight was never applied",
       over(rolled_back(End::not_proved, "not_applied",
                        "the route did not take the weight within 2m00s"))},
      {"the upgrade failed, stable is back",
       over(rolled_back(End::promotion_failed, "promotion_failed",
                        "pod kai-api-2 restarts again and again"))},
      {"the upgrade failed, stable could not be confirmed",
       waits(paused("stable_not_restored",
                    "pod kai-api-2 restarts again and again; and stable could not be confirmed as "
                    "it was",
                    0))},
      {"somebody else changed the release",
       over(rolled_back(End::superseded, "superseded",
                        "the release was changed by someone else: revision 4"))},
      {"aborted, or the first Ctrl-C",
       over(rolled_back(End::aborted, "aborted", "aborted by ann"))},
      {"a first install, aborted", over(aborted_install())},
      {"the way out did not end within 10 minutes",
       ending_of(EngineEnd::running, on_the_way_out(), "")},
      {"another process took the rollout over",
       ending_of(EngineEnd::lost, baking, "the lease is held by bob@ci")},
      {"a bug of ours after a change",
       ending_of(EngineEnd::broken, baking, "a step is out of range")},
      {"the second Ctrl-C", left_as_it_is(baking, SIGINT)},
      {"the second SIGTERM", left_as_it_is(baking, SIGTERM)},
  };
}

TEST(Ending, EveryEndHasItsCodeAndItsSentenceInTheManual) {
  std::string table = "| How it ended | Code | The last line |\n| --- | --- | --- |\n";
  for (const Row& row : rows())
    table += fmt::format("| {} | {} | {} |\n", row.how, row.ending.code, row.ending.sentence);
  fakes::expect_golden_part(page, "ends", table);
}

// The codes of a rollout's end that the manual explains are the ones that can be.
TEST(Ending, EachCodeOfTheManualFromTenOnIsReached) {
  std::set<int> reached;
  for (const Row& row : rows()) reached.insert(row.ending.code);
  EXPECT_EQ(reached, (std::set<int>{0, 4, 6, 10, 11, 12, 13, 14, 20, 64, 65, 130, 143}));
}

TEST(Ending, ARefusedStartHasTheCodeOfItsGravestFinding) {
  using ports::Severity;
  struct Case {
    std::vector<Severity> severities;
    int code;
  };
  for (const Case& each :
       {Case{{}, 0}, Case{{Severity::note, Severity::warning}, 0},
        Case{{Severity::cannot_measure}, 6}, Case{{Severity::cannot_measure, Severity::refused}, 4},
        Case{{Severity::refused, Severity::locked}, 5},
        Case{{Severity::locked, Severity::unreachable}, 3}}) {
    std::vector<ports::Finding> findings;
    for (const Severity severity : each.severities) findings.push_back({.severity = severity});
    EXPECT_EQ(exit_code_of(findings), each.code);
  }
}

}  // namespace
}  // namespace kai::app
