// The panel in every phase, as people see it: tests/golden/screens/panel*.txt.
#include "app/screen/panel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/readable_codes.h"
#include "tests/fakes/sample_rollout.h"

namespace kai::app {
namespace {

using core::Phase;
using core::Stage;
using fakes::because;
using fakes::sample_record;
using fakes::sample_view;
using fakes::with_weight;
using ports::RolloutView;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string folder = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";

struct Screen {
  std::string title;
  RolloutView view;
};

const std::string low_success =
    "api-server: 91.4% success, limit 95% (44 of 512 canary requests failed; old version 99.6%)";

RolloutView failing(RolloutView view) {
  view.services[0].facts.errors = 44;
  view.services[0].facts.success_percent = 91.406;
  view.services[1].facts.latency_seconds = 0.812;
  view.evidence_sentence = low_success;
  return view;
}

RolloutView bring_up() {
  RolloutView view = sample_view(sample_record(Phase::progressing, Stage::bring_up));
  view.workload->canary.ready = false;
  view.workload->canary.restarts = 1;
  return view;
}

RolloutView baking() {
  core::Record record = with_weight(sample_record(Phase::progressing, Stage::bake), 25);
  record.step = 1;
  record.bake_credit = minutes(2) + seconds(3);
  return sample_view(record);
}

RolloutView without_metrics() {
  RolloutView view = baking();
  view.record.unknown_spent = minutes(1) + seconds(10);
  view.evidence_sentence =
      "prometheus http://prometheus-server.monitoring:9090, query 'http_requests_total': "
      "connection refused";
  for (auto& service : view.services) service.facts = {};
  view.observed_all_requests = view.observed_canary_requests = 0;
  return view;
}

RolloutView paused() {
  RolloutView view = without_metrics();
  view.record =
      because(with_weight(sample_record(Phase::paused, Stage::bake), 10), "unknown_budget_spent",
              "cannot measure for 5m00s: " + view.evidence_sentence);
  view.next_check = Duration::zero();
  return view;
}

RolloutView first_install() {
  core::Record record = sample_record(Phase::promoting, Stage::watch);
  record.first_install = true;
  record.stable_version.clear();
  RolloutView view = sample_view(record);
  view.services = {{.name = "api-server",
                    .facts = {.requests = 118, .success_percent = 100, .latency_seconds = 0.09}}};
  return view;
}

std::vector<Screen> screens() {
  const auto progressing = [](Stage stage) { return sample_record(Phase::progressing, stage); };
  const auto promoting = [](Stage stage) {
    return because(with_weight(sample_record(Phase::promoting, stage), 0), "every_step_passed",
                   "every service holds: lowest success 99.6% (api-server, 2 of 512 canary "
                   "requests failed), limit 95%");
  };
  const auto rolling_back = [](Stage stage) {
    return because(with_weight(sample_record(Phase::rolled_back, stage), 0),
                   "below_success_threshold", low_success);
  };
  core::Record not_applied = with_weight(progressing(Stage::weigh), 10, core::Applied::unknown);
  RolloutView crashing = sample_view(rolling_back(Stage::zero));
  crashing.record.reason = {"crash_loop", "pod kai-api-server-canary-1: back-off restarting"};
  crashing.workload->canary.ready = false;
  crashing.workload->canary.restarts = 5;
  crashing.workload->canary.fatal = crashing.record.reason;
  RolloutView blind_pods = sample_view(with_weight(progressing(Stage::weigh), 10));
  blind_pods.workload.reset();
  return {
      {"progressing: pods start", bring_up()},
      {"progressing: into the route",
       sample_view(with_weight(progressing(Stage::attach), 0, core::Applied::unknown))},
      {"progressing: metrics are waited for",
       sample_view(with_weight(progressing(Stage::measure), 0))},
      {"progressing: more pods for the next step",
       sample_view(with_weight(progressing(Stage::size_up), 10))},
      {"progressing: a weight is not applied yet", sample_view(not_applied)},
      {"progressing: pods cannot be looked at", blind_pods},
      {"progressing: judged", baking()},
      {"progressing: judged, two services below their limits", failing(baking())},
      {"progressing: nothing can be measured", without_metrics()},
      {"paused: nothing could be measured", paused()},
      {"paused: waits for a person",
       sample_view(because(with_weight(sample_record(Phase::paused, Stage::bake), 50),
                           "waits_for_promotion",
                           "every check passed; waits for a person to promote"))},
      {"promoting: the weight goes back", sample_view(promoting(Stage::give_back))},
      {"promoting: the route goes back", sample_view(promoting(Stage::detach))},
      {"promoting: helm upgrades", sample_view(promoting(Stage::upgrade))},
      {"promoting: the upgraded release is watched", sample_view(promoting(Stage::final_bake))},
      {"promoting: a first install, no baseline", first_install()},
      {"promoting: the upgrade failed",
       sample_view(because(promoting(Stage::revert), "promotion_failed",
                           "pod kai-api-server-2 restarts again and again"))},
      {"promoted: the canary goes",
       sample_view(because(with_weight(sample_record(Phase::promoted, Stage::discard), 0),
                           "every_step_passed", "every service holds"))},
      {"promoted", sample_view(because(with_weight(sample_record(Phase::promoted, Stage::done), 0),
                                       "every_step_passed", "every service holds"))},
      {"rolling back: weight", failing(sample_view(with_weight(rolling_back(Stage::zero), 25)))},
      {"rolling back: a pod cannot run", crashing},
      {"rolling back: requests finish", sample_view(rolling_back(Stage::drain))},
      {"rolling back: route", sample_view(rolling_back(Stage::restore))},
      {"rolling back: pods", sample_view(rolling_back(Stage::discard))},
      {"rolled back", sample_view(rolling_back(Stage::done))},
  };
}

std::string text_of_all(const Look& look) {
  std::string text;
  for (const Screen& screen : screens()) {
    text += fmt::format("== {}\n", screen.title) + text_of(panel_of(screen.view, look), look);
  }
  return fakes::readable_codes(text);
}

TEST(Panel, EveryPhaseFitsEightyColumns) {
  fakes::expect_golden(folder + "panel_80.txt", text_of_all({.width = 79}));
}

TEST(Panel, EveryPhaseIsReadableOnTheNarrowestTerminalThatHasIt) {
  fakes::expect_golden(folder + "panel_60.txt", text_of_all({.width = panel_columns_min - 1}));
}

TEST(Panel, AWideTerminalBreaksNoSentence) {
  fakes::expect_golden(folder + "panel_200.txt", text_of_all({.width = 199}));
}

TEST(Panel, ColoursStandBesideWordsThatSayTheSame) {
  const Look look{.colour = true, .width = 79};
  fakes::expect_golden(folder + "panel_colours.txt", text_of_all(look));
}

TEST(Panel, WithoutUtf8NothingBeyondAsciiIsWritten) {
  const std::string text = text_of_all({.utf8 = false, .width = 79});
  for (const char c : text) ASSERT_TRUE(c >= 0x20 || c == '\n') << text;
  EXPECT_NE(text.find("####............ 25%"), std::string::npos) << text;
}

TEST(Panel, NoLineIsWiderThanTheTerminal) {
  RolloutView view = baking();
  view.services[0].name = "a-service-with-a-very-long-name-indeed";
  view.record.reason = {
      "x", std::string(500, 'x') + " 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"};
  for (const int width : {1, 20, 40, 79, 199}) {
    for (const std::string& line :
         fakes::lines_of(text_of(panel_of(view, {.width = width}), {.width = width})))
      EXPECT_LE(columns_of(line), width) << line;
  }
}

TEST(Panel, ManyServicesStayOnTheScreenAndTheBadOnesComeFirst) {
  RolloutView view = baking();
  view.services.clear();
  for (int i = 0; i < 30; ++i) {
    view.services.push_back(
        {.name = fmt::format("service-{}", i),
         .facts = {
             .requests = 100, .success_percent = i == 29 ? 10.0 : 100.0, .latency_seconds = 0.1}});
  }
  const Look look{.width = 79};
  const std::string text = text_of(panel_of(view, look), look);
  EXPECT_LT(text.find("service-29"), text.find("service-0 ")) << text;
  EXPECT_NE(text.find("and 18 more"), std::string::npos) << text;
  EXPECT_LE(fakes::lines_of(text).size(), panel_services_max + 10);
}

// What clusters, charts and other people write is shown, never obeyed by the terminal.
TEST(Panel, NoEscapeSequenceFromOutsideReachesTheTerminal) {
  const std::string evil =
      "\x1b]0;owned\x07\x1b[2J\xc2\x9b"
      "31m\xe2\x80\xae\rx\ny";
  RolloutView view = baking();
  view.record.plan.target.release = view.record.plan.target.name_space = evil;
  view.record.stable_version = view.record.canary_version = view.record.rollout = evil;
  view.record.reason.sentence = view.evidence_sentence = evil;
  view.services[0].name = evil;
  view.workload->canary.fatal = core::Reason{"x", evil};
  for (const bool utf8 : {true, false}) {
    for (const int width : {0, 79}) {
      const Look look{.utf8 = utf8, .width = width};
      const std::string text = text_of(panel_of(view, look), look);
      for (const std::string_view code : {"\x1b", "\r", "\x07", "\xc2\x9b", "\xe2\x80\xae"})
        EXPECT_EQ(text.find(code), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace kai::app
