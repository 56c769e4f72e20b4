// What a publisher does while another process takes over, and after that.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/spec.h"
#include "tests/fakes/publisher_test_base.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

struct PublisherHandoverTest : fakes::PublisherTestBase {
  // One worker, and an older process that has the same configuration.
  PublisherHandoverTest()
      : PublisherTestBase(1, 41, [this](std::uint64_t generation) { add("passed", generation); }) {}

  std::optional<CallError> lower() { return change(weight(0)); }
  Configured next(std::uint64_t generation) {
    SnapshotSpec spec = fakes::shop_spec();
    spec.generation = generation;
    return {.spec = spec, .snapshot = fakes::built(spec, numbers)};
  }
};

TEST_F(PublisherHandoverTest, AChangeIsAnsweredWhenTheOlderProcessHasItToo) {
  ASSERT_FALSE(lower());
  finish_save(Unit{});
  publisher.acknowledge(0, 42);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(publisher.status().acknowledged, (std::vector<std::uint64_t>{42, 41}));
  publisher.acknowledge(publisher.older(), 42);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].has_value());
}

TEST_F(PublisherHandoverTest, AnOlderProcessThatDoesNotTakeAChangeIsNamed) {
  ASSERT_FALSE(lower());
  publisher.acknowledge(0, 42);
  timers.advance(Publisher::answer_max);
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_FALSE(answers[0].has_value());
  EXPECT_EQ(answers[0].error().code, CallErrorCode::barrier_timeout);
  EXPECT_EQ(answers[0].error().laggards, std::vector<std::uint32_t>{1});
  EXPECT_NE(answers[0].error().message.find("taken over from"), std::string::npos);
}

TEST_F(PublisherHandoverTest, AnOlderProcessThatEndedIsNoWorkerAnyMore) {
  publisher.worker_ended(publisher.older());
  EXPECT_EQ(publisher.status().acknowledged, std::vector<std::uint64_t>{41});
  ASSERT_FALSE(lower());
  finish_save(Unit{});
  publisher.acknowledge(0, 42);
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(PublisherHandoverTest, WhileItIsFrozenNoChangeIsTakenAndNothingIsSaved) {
  publisher.freeze();
  EXPECT_TRUE(publisher.is_settled());
  const auto refused = lower();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, CallErrorCode::handing_over);
  publisher.keep();
  timers.advance(Publisher::save_again_after);
  EXPECT_EQ(log, "");
  publisher.unfreeze();
  EXPECT_EQ(log, " save:41");
  EXPECT_FALSE(lower());
}

TEST_F(PublisherHandoverTest, WhatWasBegunIsFinishedBeforeItIsSettled) {
  publisher.keep();
  ASSERT_FALSE(lower());  // its save waits for the one before
  publisher.freeze();
  EXPECT_FALSE(publisher.is_settled());
  finish_save(Unit{});
  EXPECT_EQ(log, " save:41 post:42 save:42");
  publisher.acknowledge(0, 42);
  publisher.acknowledge(1, 42);
  EXPECT_FALSE(publisher.is_settled());
  finish_save(Unit{});
  EXPECT_TRUE(publisher.is_settled());
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(PublisherHandoverTest, AfterTheHandOverItFollowsAndNeverSaves) {
  publisher.keep();
  finish_save(fail(ErrorKind::unavailable, "disk full"));
  publisher.freeze();
  publisher.hand_over();
  log.clear();
  timers.advance(Publisher::save_again_after);
  publisher.follow(next(50));
  EXPECT_EQ(log, " post:50");
  EXPECT_TRUE(lower().has_value());
  publisher.acknowledge(0, 50);
  EXPECT_EQ(log, " post:50") << "the older process has not passed";
  publisher.acknowledge(publisher.older(), 50);
  EXPECT_EQ(log, " post:50 passed:50");
  timers.advance(Publisher::answer_max + Publisher::save_again_after);
  EXPECT_EQ(log, " post:50 passed:50");
}

TEST_F(PublisherHandoverTest, AGenerationThatWasRefusedBeforeIsNotGivenAgain) {
  publisher.remember({.generation_given = 60, .writer_epoch = 8});
  const auto stale = lower();
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(stale->code, CallErrorCode::stale_epoch);
  const auto refused = publisher.change_split(
      "shop", {.writer_epoch = 8, .base_generation = 41, .states = {{"new", "closed"}}},
      [](const PublishResult&) {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(publisher.in_force().spec.generation, 61U);
}

}  // namespace
}  // namespace kai::splitter
