#include "edges/kube_events/event_words.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

using core::Phase;
using core::Stage;
using core::Weight;

Weight percent(std::int64_t value) { return Weight::from_hundredths(value * 100); }

core::Record record(Phase phase = Phase::progressing, Stage stage = Stage::bake) {
  core::Record record{.rollout = "7f3k2"};
  record.plan.target.release = "kai";
  record.plan.steps = {{percent(10), {}}, {percent(25), {}}};
  record.phase = phase;
  record.stage = stage;
  record.stable_version = "v1";
  record.canary_version = "v2";
  record.authorised = percent(10);
  record.reason = {"why", "api-server: 80% success, limit 95%"};
  return record;
}

// "Warning Reason (workloads): note", or "" when nothing is told.
std::string line_of(const std::optional<ClusterEvent>& event) {
  if (!event) return "";
  return std::string(event->text.warning ? "Warning " : "Normal ") + event->text.reason +
         (event->regarding == Regarding::record_and_workloads ? " (workloads): " : ": ") +
         event->text.note;
}

TEST(EventWords, ThePhasesTellTheStory) {
  const std::string what =
      "rollout 7f3k2 of release kai, v1 -> v2: api-server: 80% success, limit 95%";
  const auto told = [](Phase phase) {
    return line_of(cluster_event_of({"phase", "", ""}, record(phase), percent(10)));
  };
  EXPECT_EQ(told(Phase::progressing), "Normal Resumed: " + what);
  EXPECT_EQ(told(Phase::paused), "Warning Paused (workloads): at 10%; " + what);
  EXPECT_EQ(told(Phase::promoting), "Normal Promoting: " + what);
  EXPECT_EQ(told(Phase::promoted), "Normal Promoted (workloads): " + what);
  EXPECT_EQ(told(Phase::rolled_back), "Warning RollingBack (workloads): " + what);
}

TEST(EventWords, ARollbackIsDoneWhenAllOfItIs) {
  const ports::RolloutEvent done{"stage", "done", ""};
  EXPECT_EQ(line_of(cluster_event_of(done, record(Phase::rolled_back, Stage::done), {})),
            "Normal RolledBack: no traffic for the canary, which is removed; rollout 7f3k2 of "
            "release kai, v1 -> v2");
  EXPECT_EQ(line_of(cluster_event_of(done, record(Phase::promoted, Stage::done), {})), "");
  EXPECT_EQ(line_of(cluster_event_of({"stage", "drain", ""}, record(Phase::rolled_back), {})), "");
}

TEST(EventWords, WeightsAreToldWhenAppliedAndWhenLowered) {
  const auto told = [](const std::string& code, Weight before, core::Record now) {
    return line_of(cluster_event_of({"weight", code, ""}, now, before));
  };
  core::Record zero = record();
  zero.authorised = Weight::zero();
  EXPECT_EQ(told("applied", percent(10), record()),
            "Normal WeightApplied: canary at 10%; rollout 7f3k2 of release kai, v1 -> v2");
  EXPECT_EQ(told("applied", percent(10), zero), "");
  EXPECT_EQ(told("authorised", Weight::zero(), record()), "") << "a raise is told when applied";
  EXPECT_EQ(told("authorised", percent(10), zero),
            "Warning WeightLowered: canary lowered from 10% to 0%; rollout 7f3k2 of release kai, "
            "v1 -> v2: api-server: 80% success, limit 95%");
  zero.phase = Phase::rolled_back;
  EXPECT_EQ(told("authorised", percent(10), zero), "") << "the phase tells it";
}

TEST(EventWords, DriftNamesTheHand) {
  EXPECT_EQ(
      line_of(cluster_event_of({"drift", "pushed_down", "ann set the canary to 90%"}, record(),
                               percent(10))),
      "Warning WeightDrift: ann set the canary to 90%; rollout 7f3k2 of release kai, v1 -> v2");
}

TEST(EventWords, WhatEveryTickBringsIsNotForTheCluster) {
  for (const char* const kind : {"verdict", "reason", "note", "error"}) {
    EXPECT_EQ(line_of(cluster_event_of({kind, "check", "fine"}, record(), {})), "") << kind;
  }
}

TEST(EventWords, TheBeginningSaysWhatIsPlannedAndWhetherItIsOne) {
  EXPECT_EQ(line_of(beginning_of(record(Phase::progressing, Stage::bring_up))),
            "Normal RolloutStarted: rollout 7f3k2 of release kai, v1 -> v2; steps 10%, 25%");
  EXPECT_EQ(line_of(beginning_of(record())),
            "Normal RolloutContinued: rollout 7f3k2 of release kai, v1 -> v2; steps 10%, 25%");
  core::Record first = record(Phase::progressing, Stage::bring_up);
  first.stable_version.clear();
  EXPECT_NE(line_of(beginning_of(first)).find("(nothing) -> v2"), std::string::npos);
}

}  // namespace
}  // namespace kai::edges
