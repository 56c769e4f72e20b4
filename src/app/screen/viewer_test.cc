#include "app/screen/viewer.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/readable_codes.h"
#include "tests/fakes/sample_rollout.h"

namespace kai::app {
namespace {

using core::Phase;
using core::Stage;
using std::chrono::milliseconds;
using std::chrono::seconds;

ports::RolloutView baking() {
  core::Record record =
      fakes::with_weight(fakes::sample_record(Phase::progressing, Stage::bake), 10);
  record.bake_credit = seconds(40);
  return fakes::sample_view(record);
}

struct Shown {
  fakes::FakeSteadyClock steady;
  fakes::FakeWallClock wall;
  std::string text;
  std::string events;
  int columns = 80;
  CommandViewer viewer;

  explicit Shown(ViewerOptions options)
      : viewer(
            steady, wall, with_columns(std::move(options)),
            [this](std::string_view piece) { text += piece; },
            [this](std::string_view line) { events += line; }) {}
  ViewerOptions with_columns(ViewerOptions options) {
    options.columns = [this] { return columns; };
    return options;
  }
  std::string take() { return fakes::readable_codes(std::exchange(text, "")); }
};

TEST(Viewer, ThePanelIsDrawnInPlaceAtMostFourTimesASecond) {
  Shown shown({.terminal = true});
  shown.viewer.show(baking(), {});
  const std::string first = shown.take();
  const std::size_t lines = fakes::lines_of(first).size();
  EXPECT_TRUE(first.starts_with("shop/kai: step 1/3: judging at 10%, 40s of 5m00s\n")) << first;
  shown.steady.advance(milliseconds(249));
  shown.viewer.show(baking(), {});
  EXPECT_EQ(shown.take(), "");
  shown.steady.advance(milliseconds(1));
  shown.viewer.show(baking(), {});
  const std::string again = "<ESC>[" + std::to_string(lines) + "F<clear>";
  EXPECT_EQ(shown.take(), again + first);
  shown.viewer.close();
  EXPECT_EQ(shown.take(), again);
  shown.viewer.close();
  EXPECT_EQ(shown.take(), "");
}

TEST(Viewer, ALineStandsAboveThePanel) {
  Shown shown({.terminal = true});
  shown.viewer.show(baking(), {});
  const std::size_t lines = fakes::lines_of(shown.take()).size();
  shown.steady.advance(seconds(1));
  shown.viewer.show(baking(), {{"verdict", "check", "every service holds"}});
  EXPECT_TRUE(shown.text.starts_with("\x1b[" + std::to_string(lines) +
                                     "F\x1b[J  12m41s check: every service holds\nshop/kai: "))
      << shown.take();
}

// The sink may write to the same terminal: its line would be wiped with the panel.
TEST(Viewer, EventsAreWrittenWhenThePanelIsOutOfTheWay) {
  fakes::FakeSteadyClock steady;
  fakes::FakeWallClock wall;
  std::string text;
  CommandViewer viewer(
      steady, wall, {.terminal = true, .columns = [] { return 80; }},
      [&](std::string_view piece) { text += piece; }, [&](std::string_view) { text += "<event>"; });
  viewer.show(baking(), {});
  const std::size_t lines = fakes::lines_of(std::exchange(text, "")).size();
  steady.advance(seconds(1));
  viewer.show(baking(), {{"verdict", "check", "every service holds"}});
  EXPECT_TRUE(text.starts_with("\x1b[" + std::to_string(lines) + "F\x1b[J<event>"))
      << fakes::readable_codes(text);
}

TEST(Viewer, ANarrowTerminalAndAPipeGetLinesAndAHeartbeat) {
  for (const bool terminal : {true, false}) {
    Shown shown({.terminal = terminal});
    shown.columns = 40;
    shown.viewer.show(baking(), {});
    shown.steady.advance(seconds(59));
    shown.viewer.show(baking(), {});
    EXPECT_EQ(shown.take(), "");
    shown.steady.advance(seconds(1));
    shown.viewer.show(baking(), {});
    EXPECT_EQ(shown.take(),
              "  12m41s step 1/3: judging at 10%, 40s of 5m00s; weight 10%, applied 10%; every "
              "service holds: lowest success 99.6% (api-server, 2 of 512 canary requests failed), "
              "limit 95%\n");
  }
}

TEST(Viewer, TheSameLineIsNotSaidTwice) {
  Shown shown({});
  for (int i = 0; i < 3; ++i) shown.viewer.show(baking(), {{"verdict", "check", "still waiting"}});
  EXPECT_EQ(shown.take(), "  12m41s check: still waiting\n");
}

TEST(Viewer, ACheckThatDecidedSomethingIsToldOnce) {
  Shown shown({});
  shown.viewer.show(baking(), {{"reason", "step_passed", "every service holds"},
                               {"verdict", "check", "every service holds"}});
  EXPECT_EQ(shown.take(), "  12m41s step passed: every service holds\n");
}

TEST(Viewer, ThatNothingCanBeMeasuredIsSaidAfterAnIntervalAndWhenItIsOver) {
  Shown shown({});
  ports::RolloutView view = baking();
  view.evidence_sentence = "prometheus: connection refused";
  for (const int spent : {0, 29, 30, 31, 60}) {
    view.record.unknown_spent = seconds(spent);
    shown.viewer.show(view, {});
  }
  EXPECT_EQ(shown.take(),
            "  12m41s cannot measure: prometheus: connection refused; nothing measured for 30s; at "
            "5m00s the rollout pauses\n");
  view.record.unknown_spent = Duration::zero();
  shown.viewer.show(view, {});
  shown.viewer.show(view, {});
  EXPECT_EQ(shown.take(), "  12m41s measuring again\n");
}

TEST(Viewer, QuietMeansNothingButEvents) {
  Shown shown({.terminal = true, .quiet = true});
  shown.steady.advance(seconds(100));
  shown.viewer.show(baking(), {{"verdict", "check", "every service holds"}});
  EXPECT_EQ(shown.take(), "");
  EXPECT_EQ(shown.events,
            R"({"apiVersion":"kai-canary.dev/v1","time":"2026-01-02T03:04:05.000Z",)"
            R"("rollout":"7f3k2","release":"kai","seq":17,"kind":"verdict","code":"check",)"
            R"("phase":"progressing","step":1,"weightPercent":10.0,)"
            R"("sentence":"every service holds"})"
            "\n");
}

TEST(Viewer, NoEscapeSequenceFromOutsideReachesTheTerminal) {
  const std::string evil =
      "\x1b[2J\x07\r\xc2\x9b"
      "31m";
  for (const char* kind : {"verdict", "drift", "reason", "weight", "note", "phase"}) {
    Shown shown({});
    ports::RolloutView view = baking();
    view.record.phase = Phase::rolled_back;
    shown.viewer.show(view, {{kind, evil, evil}});
    for (const std::string_view code : {"\x1b", "\x07", "\r", "\xc2\x9b"})
      EXPECT_EQ((shown.text + shown.events).find(code), std::string::npos) << shown.text;
  }
}

TEST(Viewer, ColoursAreForWhoeverWantsThem) {
  Shown shown({.look = {.colour = true}});
  shown.viewer.show(baking(), {{"drift", "x", "the route has 20%"}});
  EXPECT_EQ(shown.take(), "  12m41s <yellow>drift</>: the route has 20%\n");
}

}  // namespace
}  // namespace kai::app
