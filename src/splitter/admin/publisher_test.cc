#include "splitter/admin/publisher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"
#include "tests/fakes/publisher_test_base.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

using std::chrono::milliseconds;

struct PublisherTest : fakes::PublisherTestBase {
  PublisherTest() : PublisherTestBase(2) {}

  void save_succeeds() { finish_save(Unit{}); }
  void save_fails() { finish_save(fail(ErrorKind::unavailable, "disk full")); }
  void all_acknowledge(std::uint64_t generation) {
    publisher.acknowledge(0, generation);
    publisher.acknowledge(1, generation);
  }
  std::uint32_t canary_ppm_in_force() const {
    return publisher.in_force().snapshot->routes.front().shares.front().ppm;
  }
  CallErrorCode code_of(const PublishResult& result) const {
    EXPECT_FALSE(result.has_value());
    return result ? CallErrorCode::malformed : result.error().code;
  }
};

TEST_F(PublisherTest, ARaiseIsSavedThenPublished) {
  ASSERT_FALSE(change(weight(100'000)));
  EXPECT_EQ(log, " save:42");
  EXPECT_EQ(canary_ppm_in_force(), 50'000U);
  save_succeeds();
  EXPECT_EQ(log, " save:42 post:42");
  EXPECT_TRUE(answers.empty());
  publisher.acknowledge(0, 42);
  EXPECT_TRUE(answers.empty()) << "one worker has not passed";
  timers.advance(milliseconds(3));
  publisher.acknowledge(1, 42);
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_EQ(answers[0]->generation, 42U);
  EXPECT_EQ(answers[0]->barrier, milliseconds(3));
  EXPECT_TRUE(answers[0]->durable);
  EXPECT_TRUE(publisher.status().durable);
}

TEST_F(PublisherTest, ALoweringIsPublishedThenSaved) {
  ASSERT_FALSE(change(weight(0)));
  EXPECT_EQ(log, " post:42 save:42");
  EXPECT_EQ(canary_ppm_in_force(), 0U);
  all_acknowledge(42);
  EXPECT_TRUE(answers.empty()) << "the answer comes after both";
  save_succeeds();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0]->durable);
}

TEST_F(PublisherTest, NoChangeWaitsForAWorkerThatEnded) {
  publisher.worker_ended(1);
  ASSERT_FALSE(change(weight(0)));
  save_succeeds();
  EXPECT_TRUE(answers.empty());
  publisher.acknowledge(0, 42);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].has_value());
  EXPECT_EQ(publisher.status().acknowledged, (std::vector<std::uint64_t>{42, 42}));
}

TEST_F(PublisherTest, AWorkerThatEndsLetsGoWhatWaitedForIt) {
  ASSERT_FALSE(change(weight(0)));
  save_succeeds();
  publisher.acknowledge(0, 42);
  EXPECT_TRUE(answers.empty());
  publisher.worker_ended(1);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].has_value());
}

TEST_F(PublisherTest, ALoweringNeverFailsBecauseOfADisk) {
  ASSERT_FALSE(change(weight(0)));
  save_fails();
  all_acknowledge(42);
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_FALSE(answers[0]->durable);
  EXPECT_FALSE(publisher.status().durable);
  log.clear();
  timers.advance(Publisher::save_again_after);
  EXPECT_EQ(log, " save:42") << "saving is tried until it succeeds";
  save_succeeds();
  EXPECT_TRUE(publisher.status().durable);
}

TEST_F(PublisherTest, ALoweringIsAnsweredWithinASecondThoughTheDiskHangs) {
  ASSERT_FALSE(change(weight(0)));
  all_acknowledge(42);
  timers.advance(Publisher::answer_max);
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_FALSE(answers[0]->durable);
  save_succeeds();
  EXPECT_TRUE(publisher.status().durable);
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(PublisherTest, ARaiseThatCannotBeSavedIsRefusedAndTheOldStateSavedAgain) {
  ASSERT_FALSE(change(weight(100'000)));
  save_fails();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(code_of(answers[0]), CallErrorCode::not_saved);
  EXPECT_NE(answers[0].error().message.find("disk full"), std::string::npos);
  EXPECT_EQ(canary_ppm_in_force(), 50'000U);
  EXPECT_NE(answers[0].error().message.find("a restart may come up"), std::string::npos);
  EXPECT_FALSE(publisher.status().durable) << "the raise may be on the disk in spite of the error";
  EXPECT_EQ(log, " save:42 save:41") << "at once";
  save_fails();
  EXPECT_EQ(log, " save:42 save:41") << "and then no oftener than other saves";
  timers.advance(Publisher::save_again_after);
  EXPECT_EQ(log, " save:42 save:41 save:41");
  save_succeeds();
  EXPECT_TRUE(publisher.status().durable);
}

// A restart would find the refused 44.
TEST_F(PublisherTest, ALoweringIsNotDurableBecauseARefusedRaiseWasSaved) {
  ASSERT_FALSE(change(weight(40'000)));       // 42, being saved
  ASSERT_FALSE(change(weight(30'000, 42)));   // 43, waits for that
  ASSERT_FALSE(change(weight(500'000, 43)));  // 44
  save_succeeds();
  ASSERT_TRUE(log.ends_with(" save:44"));
  ASSERT_FALSE(change(weight(20'000, 43)));  // 45
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(code_of(answers[0]), CallErrorCode::superseded);
  save_succeeds();
  all_acknowledge(45);
  EXPECT_EQ(answers.size(), 1U) << "the disk has the raise";
  ASSERT_TRUE(log.ends_with(" save:45"));
  save_succeeds();
  ASSERT_EQ(answers.size(), 4U);
  for (std::size_t at = 1; at < answers.size(); ++at) EXPECT_TRUE(answers[at]->durable);
}

TEST_F(PublisherTest, ALoweringIsNoLongerDurableWhenARefusedRaiseMayHaveReplacedIt) {
  ASSERT_FALSE(change(weight(10'000)));
  save_succeeds();
  ASSERT_FALSE(change(weight(500'000, 42)));
  save_fails();
  all_acknowledge(42);
  ASSERT_EQ(answers.size(), 1U) << "only the raise is answered";
  EXPECT_TRUE(log.ends_with(" save:43 save:42"));
  save_fails();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_FALSE(answers[1]->durable);
}

TEST_F(PublisherTest, ASaveWithAnOlderEpochIsNotTheStateInForce) {
  publisher.keep();
  SplitChange takeover = weight(100'000);
  takeover.writer_epoch = 9;
  ASSERT_FALSE(change(takeover));
  timers.advance(Publisher::save_max);
  save_succeeds();  // of what it started with, in epoch 7
  EXPECT_FALSE(publisher.status().durable);
  EXPECT_EQ(log, " save:41 save:41");
  save_succeeds();
  EXPECT_TRUE(publisher.status().durable);
}

TEST_F(PublisherTest, ALoweringDoesNotWaitForARaiseThatIsBeingSaved) {
  ASSERT_FALSE(change(weight(500'000)));
  log.clear();
  ASSERT_FALSE(change(weight(0)));
  EXPECT_EQ(log, " post:43");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(code_of(answers[0]), CallErrorCode::superseded);
  log.clear();
  save_succeeds();  // of the raise
  EXPECT_EQ(log, " save:43") << "the raise on the disk is replaced, and never published";
  all_acknowledge(43);
  save_succeeds();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[1].has_value());
  EXPECT_EQ(canary_ppm_in_force(), 0U);
}

TEST_F(PublisherTest, ARaiseWaitsForTheDiskTenSeconds) {
  ASSERT_FALSE(change(weight(500'000)));
  timers.advance(Publisher::save_max);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(code_of(answers[0]), CallErrorCode::not_saved);
  log.clear();
  save_succeeds();  // at last
  EXPECT_EQ(log, " save:41") << "what was refused must not be what a restart finds";
  EXPECT_EQ(canary_ppm_in_force(), 50'000U);
}

TEST_F(PublisherTest, LaggardsAreNamedAfterASecondAndTheSnapshotStays) {
  ASSERT_FALSE(change(weight(0)));
  save_succeeds();
  publisher.acknowledge(0, 42);
  timers.advance(Publisher::answer_max);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(code_of(answers[0]), CallErrorCode::barrier_timeout);
  EXPECT_EQ(answers[0].error().laggards, std::vector<std::uint32_t>{1});
  EXPECT_EQ(publisher.status().generation, 42U);
  publisher.acknowledge(1, 42);
  EXPECT_EQ(publisher.status().acknowledged, (std::vector<std::uint64_t>{42, 42}));
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(PublisherTest, AnAcknowledgementOfALaterGenerationCountsForTheEarlierOnes) {
  ASSERT_FALSE(change(weight(40'000)));
  ASSERT_FALSE(change(weight(30'000, 42)));
  save_succeeds();
  save_succeeds();
  all_acknowledge(43);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]->generation, 42U);
  EXPECT_EQ(answers[1]->generation, 43U);
  publisher.acknowledge(0, 42);  // late and of no use
  EXPECT_EQ(publisher.status().acknowledged[0], 43U);
}

TEST_F(PublisherTest, AnEqualSplitMovesTheGenerationAndWaitsForNoDisk) {
  ASSERT_FALSE(change(weight(50'000)));
  EXPECT_EQ(log, " post:42 save:42");
}

TEST_F(PublisherTest, ClosingTheCanaryIsALoweringAndOpeningItARaise) {
  SplitChange close{.writer_epoch = 7, .base_generation = 41, .states = {{"new", "closed"}}};
  ASSERT_FALSE(change(close));
  EXPECT_EQ(log, " post:42 save:42");
  save_succeeds();
  all_acknowledge(42);
  log.clear();
  SplitChange open{.writer_epoch = 7, .base_generation = 42, .states = {{"new", "active"}}};
  ASSERT_FALSE(change(open));
  EXPECT_EQ(log, " save:43");
}

TEST_F(PublisherTest, AMixedChangeCountsAsARaise) {
  SplitChange mixed = weight(60'000);
  mixed.states = {{"new", "closed"}};
  ASSERT_FALSE(change(mixed));
  EXPECT_EQ(log, " save:42");
}

TEST_F(PublisherTest, AWriterOfALowerEpochIsRefused) {
  SplitChange takeover = weight(0);
  takeover.writer_epoch = 9;
  ASSERT_FALSE(change(takeover));
  SplitChange late = weight(100'000, 42);
  late.writer_epoch = 8;
  const auto refused = change(late);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, CallErrorCode::stale_epoch);
  EXPECT_EQ(status_of(refused->code), 409);
  EXPECT_EQ(log, " post:42 save:42");
}

TEST_F(PublisherTest, ARefusedChangeRaisesNoEpoch) {
  SplitChange wrong = weight(0);
  wrong.writer_epoch = 99;
  wrong.weights.front().ppm = 1;  // the sum is wrong
  EXPECT_EQ(change(wrong)->code, CallErrorCode::invalid);
  EXPECT_FALSE(change(weight(0)));
}

TEST_F(PublisherTest, TheEpochOfARaiseThatCouldNotBeSavedIsKept) {
  SplitChange takeover = weight(100'000);
  takeover.writer_epoch = 9;
  ASSERT_FALSE(change(takeover));
  save_fails();
  EXPECT_EQ(publisher.in_force().spec.writer_epoch, 9U) << "the next save has it";
  EXPECT_EQ(change(weight(0))->code, CallErrorCode::stale_epoch);
}

TEST_F(PublisherTest, AStaleBaseIsRefusedAndTold) {
  ASSERT_FALSE(change(weight(0)));
  const auto refused = change(weight(10'000));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, CallErrorCode::stale_base);
  EXPECT_EQ(refused->generation, 42U);
  EXPECT_EQ(canary_ppm_in_force(), 0U);
}

TEST_F(PublisherTest, AGenerationIsNeverGivenTwice) {
  ASSERT_FALSE(change(weight(500'000)));  // 42, never in force
  save_fails();
  ASSERT_FALSE(change(weight(0)));
  all_acknowledge(43);
  EXPECT_EQ(publisher.status().generation, 43U);
}

TEST_F(PublisherTest, TheLastOpenBackendOfARouteCannotBeClosed) {
  SplitChange close{
      .writer_epoch = 7, .base_generation = 41, .states = {{"new", "closed"}, {"old", "closed"}}};
  const auto refused = change(close);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, CallErrorCode::invalid);
  EXPECT_EQ(refused->findings.front().pointer, "/weights_ppm");
  EXPECT_EQ(log, "");
}

TEST_F(PublisherTest, AStateOfAForeignBackendIsRefused) {
  SplitChange wrong{.writer_epoch = 7, .base_generation = 41, .states = {{"other", "closed"}}};
  const auto refused = change(wrong);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->findings.front().pointer, "/states/other");
}

TEST_F(PublisherTest, ARouteWithoutASaltKeepsTheOneInForce) {
  SnapshotSpec wanted = fakes::shop_spec(0);
  wanted.routes.front().split.salt = {};
  ASSERT_FALSE(publisher.replace(wanted, [](const PublishResult&) {}));
  EXPECT_EQ(publisher.in_force().spec.routes.front().split.salt.reveal(), fakes::test_salt);
  EXPECT_EQ(log, " post:42 save:42") << "and so nothing but the weight has changed";
}

TEST_F(PublisherTest, NumbersAndCountersOutliveASnapshot) {
  const auto before = publisher.in_force().snapshot;
  ASSERT_FALSE(change(weight(0)));
  all_acknowledge(42);
  const auto after = publisher.in_force().snapshot;
  EXPECT_EQ(before->routes[0].counter, after->routes[0].counter);
  EXPECT_EQ(before->backends[1].number, after->backends[1].number);
  EXPECT_EQ(before->backends[1].endpoints[0].number, after->backends[1].endpoints[0].number);
}

TEST_F(PublisherTest, ADryRunChangesNothing) {
  EXPECT_FALSE(publisher.check(fakes::shop_spec(100'000)));
  SnapshotSpec wrong = fakes::shop_spec();
  wrong.routes.front().split.weights.clear();
  EXPECT_EQ(publisher.check(wrong)->code, CallErrorCode::invalid);
  EXPECT_EQ(log, "");
  EXPECT_EQ(publisher.status().generation, 41U);
}

// A forgotten name gets a new number when it comes again.
TEST_F(PublisherTest, NamesOfChangesThatNeverCameIntoForceAreForgotten) {
  SnapshotSpec wanted = fakes::shop_spec();
  wanted.backends.push_back({.id = "other", .version = "r44", .endpoints = {"10.1.0.31:80"}});
  BackendNumber last = numbers.of_backend("other");
  const auto is_forgotten = [&] {
    const BackendNumber number = numbers.of_backend("other");
    return std::exchange(last, number) != number;
  };
  EXPECT_FALSE(publisher.check(wanted));
  EXPECT_TRUE(is_forgotten()) << "a dry run";
  SnapshotSpec wrong = wanted;
  wrong.routes.front().split.weights.clear();
  EXPECT_TRUE(publisher.replace(wrong, [](const PublishResult&) {}));
  EXPECT_TRUE(is_forgotten()) << "a refused change";
  ASSERT_FALSE(publisher.replace(wanted, [](const PublishResult&) {}));
  EXPECT_FALSE(publisher.check(wanted));
  EXPECT_FALSE(is_forgotten()) << "the raise that waits needs it";
  save_fails();
  EXPECT_TRUE(is_forgotten()) << "a raise that was dropped";
}

TEST_F(PublisherTest, WhatItStartsWithIsKept) {
  publisher.keep();
  EXPECT_EQ(log, " save:41");
  save_succeeds();
  EXPECT_TRUE(publisher.status().durable);
}

TEST_F(PublisherTest, ASaveThatEndsAfterThePublisherIsOfNoConsequence) {
  {
    Publisher other({.timers = timers,
                     .clock = timers.clock(),
                     .numbers = numbers,
                     .post = [](const auto&) {},
                     .save = [&](const SnapshotSpec&,
                                 Reply<Unit> saved) { saves.push_back(std::move(saved)); }},
                    publisher.in_force(), 1);
    other.keep();
  }
  saves.front()(Unit{});
}

}  // namespace
}  // namespace kai::splitter
