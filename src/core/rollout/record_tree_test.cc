#include "core/rollout/record_tree.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

Record sample() {
  Record record;
  record.epoch = 3;
  record.seq = 17;
  record.rollout = "7f3k2";
  record.plan.steps = {{Weight::from_hundredths(1000), std::chrono::minutes(2)},
                       {Weight::from_hundredths(2500), std::chrono::minutes(3)}};
  record.plan.services = {{.name = "api-server", .port = 80},
                          {.name = "coordinator-service", .port = {}}};
  record.plan.inputs.values = {{.kind = ValueInput::Kind::set, .text = "a=b"}};
  record.plan.limits.latency_max = std::chrono::milliseconds(500);
  record.phase = Phase::paused;
  record.stage = Stage::bake;
  record.settled = false;
  record.step = 1;
  record.authorised = Weight::from_hundredths(2500);
  record.reason = {"brake", "kubectl lowered the canary"};
  record.last_pass =
      StepPass{.step = 0, .evidence_from = {}, .evidence_to = {}, .canary_requests = 900};
  record.judged = {.evidence = ".AAAAA",
                   .frames = 12,
                   .to = WallTime{std::chrono::milliseconds(1'750'000'000'123)},
                   .canary_requests = 800,
                   .all_requests = 8000,
                   .load_ratio = 4.0 / 3.0,
                   .of_step = true,
                   .failed = true,
                   .sentence = "KEEP GOING 45s"};
  record.route_stamp = {.rollout = "7f3k2", .epoch = 3, .seq = 16, .down = true};
  record.inbox = {{.id = "c1", .verb = Verb::abort, .who = "ann", .when = {}}};
  record.obeyed = {"c0"};
  record.route_plan.set("bindings", Tree::list());
  return record;
}

TEST(RecordTree, ARecordIsReadBackAsItWas) {
  const auto read = record_from(to_tree(sample()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, sample());
}

TEST(RecordTree, NamesNoKubeconfigAndIgnoresThatOfOlderVersions) {
  Record record = sample();
  record.plan.target.kubeconfig = "./kc";
  Tree tree = to_tree(record);
  EXPECT_EQ(tree.text_or("/plan/target/kubeconfig", "absent"), "absent");
  tree.set_at("/plan/target/kubeconfig", "./kc");
  const auto read = record_from(tree);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->plan.target.kubeconfig, "");
}

TEST(RecordTree, TheSequentialJudgeOfAPlanIsReadBack) {
  Record record = sample();
  record.plan.limits.judge = JudgeRule::sequential;
  record.plan.limits.tolerance_factor = 1.3;
  record.plan.limits.persist = 5;
  record.plan.limits.warm_up = std::chrono::seconds(7);
  const auto read = record_from(to_tree(record));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, record);
}

// 2^32 + 5 is not 5.
TEST(RecordTree, ANumberOfIntervalsThatNobodyCanMeanIsMalformed) {
  Record record = sample();
  record.plan.limits.judge = JudgeRule::sequential;
  for (const std::int64_t persist : {std::int64_t{1} << 31, (std::int64_t{1} << 32) + 5}) {
    Tree tree = to_tree(record);
    ASSERT_NE(tree.at("/plan/limits/sequential/persist"), nullptr);
    tree.set_at("/plan/limits/sequential/persist", persist);
    EXPECT_FALSE(record_from(tree).has_value()) << persist;
  }
}

// Written before there was any other judge than the threshold.
TEST(RecordTree, ARecordWithoutEvidenceHasNone) {
  Tree tree = to_tree(sample());
  tree.erase("judged");
  const auto read = record_from(tree);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->judged, Judged{});
  EXPECT_EQ(read->plan.limits.judge, JudgeRule::threshold);
}

TEST(RecordTree, FieldsOfANewerWriterSurvive) {
  Tree tree = to_tree(sample());
  tree.set("colour", "blue");
  const auto read = record_from(tree);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*to_tree(*read).text_at("/colour"), "blue");
}

TEST(RecordTree, AnUnknownPhaseIsRefusedNotGuessed) {
  Tree tree = to_tree(sample());
  tree.set("phase", "levitating");
  const auto read = record_from(tree);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::rejected);
}

TEST(RecordTree, ANewerSchemaIsRefused) {
  Tree tree = to_tree(sample());
  tree.set("schema", 2);
  EXPECT_EQ(record_from(tree).error().kind, ErrorKind::rejected);
}

TEST(RecordTree, EveryMissingFieldIsMalformed) {
  const Tree whole = to_tree(sample());
  for (const auto& [key, value] : *whole.as_map()) {
    if (key == "lastPass" || key == "judged" || key.ends_with("Plan")) continue;  // may be absent
    Tree tree = whole;
    tree.erase(key);
    const auto read = record_from(tree);
    ASSERT_FALSE(read.has_value()) << key;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed) << key;
  }
}

TEST(RecordTree, EveryFieldOfAnotherKindIsRefused) {
  const Tree whole = to_tree(sample());
  for (const auto& [key, value] : *whole.as_map()) {
    if (key.ends_with("Plan")) continue;  // opaque
    Tree tree = whole;
    tree.set(key, Tree(Tree::List{Tree(Tree::List{})}));
    EXPECT_FALSE(record_from(tree).has_value()) << key;
  }
}

TEST(RecordTree, AnImpossibleStepOrWeightIsMalformed) {
  Tree step = to_tree(sample());
  step.set("step", 2);
  EXPECT_FALSE(record_from(step).has_value());
  Tree weight = to_tree(sample());
  weight.set("authorised", 10'001);
  EXPECT_FALSE(record_from(weight).has_value());
}

}  // namespace
}  // namespace kai::core
