// What the engine and the commands rely on in every store, as tests that run against each of them:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(KubeStore, StoreContract, KubeWorld);
//
// The world is made by default and has
//   std::unique_ptr<ports::RolloutStore> make_store();   of the same release, each time a new one
//   Result<T> wait<T>(ask);                               the answer of ask(reply), in no real time
//   std::string record_text(), void set_record_text(text); the record's JSON as it is stored
//   void spoil_entry(rollout);                            no JSON where this entry of history is
//   std::size_t record_bytes_max() const;                 of one record
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "core/rollout/record.h"
#include "ports/rollout_store.h"

namespace kai::fakes {

inline core::Record record_of(const std::string& rollout) {
  core::Record record;
  record.epoch = 3;
  record.seq = 1;
  record.rollout = rollout;
  record.settled = false;
  record.plan.steps = {{core::Weight::from_hundredths(1000), std::chrono::minutes(2)}};
  record.release_plan.set("values", "a");
  record.workload_plan.set("size", 2);
  record.inbox = {{.id = "c0", .verb = core::Verb::pause, .who = "ann", .when = {}}};
  record.obeyed = {"b9"};
  return record;
}

template <typename World>
class StoreContract : public testing::Test {
 protected:
  using Store = std::unique_ptr<ports::RolloutStore>;

  auto load(const Store& from) {
    return world.template wait<std::optional<ports::Stored>>(
        [&](auto reply) { from->load(std::move(reply)); });
  }
  auto save(const Store& to, const core::Record& record, const std::string& version) {
    return world.template wait<ports::SaveOutcome>(
        [&](auto reply) { to->save(record, version, std::move(reply)); });
  }
  auto submit(const Store& to, const std::string& id) {
    return world.template wait<Unit>([&](auto reply) {
      to->submit({.id = id, .verb = core::Verb::abort, .who = "bob", .when = {}}, std::move(reply));
    });
  }
  auto claim(const Store& store, const std::string& name) {
    return world.template wait<ports::ClaimOutcome>([&](auto reply) {
      store->claim({.name = name, .host = "h", .process = 7, .since = {}}, std::move(reply));
    });
  }
  auto renew(const Store& store) {
    return world.template wait<bool>([&](auto reply) { store->renew(std::move(reply)); });
  }
  auto give_up(const Store& store) {
    return world.template wait<Unit>([&](auto reply) { store->give_up(std::move(reply)); });
  }
  std::string holder(const Store& store) {
    const auto found = world.template wait<std::optional<ports::Holder>>(
        [&](auto reply) { store->holder(std::move(reply)); });
    if (!found) return "error: " + found.error().message;
    return *found ? (*found)->name : "nobody";
  }
  auto remember(const Store& to, const ports::HistoryEntry& entry) {
    return world.template wait<Unit>([&](auto reply) { to->remember(entry, std::move(reply)); });
  }
  auto history(const Store& from) {
    return world.template wait<ports::History>(
        [&](auto reply) { from->history(std::move(reply)); });
  }

  World world;
};

inline ports::HistoryEntry entry_of(const std::string& rollout, int minute) {
  return {.rollout = rollout,
          .release = "kai",
          .name_space = "shop",
          .stable_version = "v1",
          .canary_version = "v2",
          .phase = core::Phase::rolled_back,
          .end = core::End::failed_on_evidence,
          .reason = {"below_success_threshold", "80.2% of 1080 requests"},
          .started_at = {std::chrono::seconds(1767323045)},
          .ended_at = {std::chrono::seconds(1767323045) + std::chrono::minutes(minute)},
          .revision = 7,
          .evidence = {"a line", "another"}};
}

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, ARecordIsLoadedAsItWasSaved) {
  const auto ours = this->world.make_store();
  const auto none = this->load(ours);
  ASSERT_TRUE(none.has_value()) << none.error().message;
  EXPECT_FALSE(none->has_value()) << "there never was one";
  const auto saved = this->save(ours, record_of("r1"), "");
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  const auto theirs = this->world.make_store();
  for (const auto* const store : {&ours, &theirs}) {
    const auto loaded = this->load(*store);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ((*loaded)->record, record_of("r1"));
    EXPECT_EQ((*loaded)->version, saved->version);
  }
}

TYPED_TEST_P(StoreContract, OnlyWhoReadTheNewestVersionMayWrite) {
  const auto one = this->world.make_store();
  const auto two = this->world.make_store();
  EXPECT_TRUE(this->save(one, record_of("r1"), "9")->conflict) << "there is none";
  const auto first = this->save(one, record_of("r1"), "");
  EXPECT_TRUE(this->save(two, record_of("r2"), "")->conflict) << "made by somebody else";
  core::Record next = record_of("r1");
  next.seq = 2;
  const auto second = this->save(two, next, first->version);
  EXPECT_FALSE(second->conflict);
  EXPECT_NE(second->version, first->version);
  const auto late = this->save(one, record_of("r3"), first->version);
  EXPECT_TRUE(late->conflict);
  EXPECT_EQ(late->version, "");
  EXPECT_EQ((*this->load(one))->record, next) << "who lost changed nothing";
  // The same value again is another version: what was read before it is old.
  const auto third = this->save(one, next, second->version);
  EXPECT_TRUE(this->save(two, next, second->version)->conflict);
  EXPECT_FALSE(this->save(two, next, third->version)->conflict);
}

TYPED_TEST_P(StoreContract, ACommandWaitsInTheInboxAndTheOwnersNextSaveDoesNotLoseIt) {
  const auto owner = this->world.make_store();
  const auto person = this->world.make_store();
  core::Record record = record_of("r1");
  const auto version = this->save(owner, record, "")->version;
  ASSERT_TRUE(this->submit(person, "c1").has_value());
  record.seq = 2;
  EXPECT_TRUE(this->save(owner, record, version)->conflict);
  const auto loaded = this->load(owner);
  ASSERT_EQ((*loaded)->record.inbox.size(), 2U);
  EXPECT_EQ((*loaded)->record.inbox[0], record.inbox[0]);
  EXPECT_EQ((*loaded)->record.inbox[1].id, "c1");
  EXPECT_EQ((*loaded)->record.inbox[1].verb, core::Verb::abort);
  EXPECT_EQ((*loaded)->record.seq, 1U) << "a command counts nothing on";
  record.inbox.clear();
  EXPECT_FALSE(this->save(owner, record, (*loaded)->version)->conflict);
  EXPECT_EQ((*this->load(owner))->record, record);
}

TYPED_TEST_P(StoreContract, FieldsOfANewerWriterSurviveACommandAndASave) {
  const auto store = this->world.make_store();
  EXPECT_TRUE(this->save(store, record_of("r1"), "").has_value());
  Tree stored = codec::parse_json(this->world.record_text()).value();
  stored.set("colour", "blue");
  this->world.set_record_text(codec::write_json(stored));
  EXPECT_TRUE(this->submit(store, "c1").has_value());
  auto loaded = this->load(store);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ((*loaded)->record.unknown_fields.text_or("/colour", ""), "blue");
  EXPECT_EQ((*loaded)->record.release_plan, record_of("r1").release_plan);
  ASSERT_FALSE(this->save(store, (*loaded)->record, (*loaded)->version)->conflict);
  EXPECT_EQ((*this->load(store))->record, (*loaded)->record);
}

TYPED_TEST_P(StoreContract, CommandsNeedARolloutAndAreBounded) {
  const auto store = this->world.make_store();
  EXPECT_EQ(this->submit(store, "c1").error().kind, ErrorKind::rejected) << "no rollout";
  EXPECT_TRUE(this->save(store, record_of("r1"), "").has_value());
  for (int i = 1; i < 64; ++i)
    ASSERT_TRUE(this->submit(store, "d" + std::to_string(i)).has_value()) << i;
  EXPECT_EQ(this->submit(store, "one too many").error().kind, ErrorKind::rejected);
}

TYPED_TEST_P(StoreContract, ARecordThatCannotBeReadIsAnErrorNeverAbsenceAndStays) {
  const auto store = this->world.make_store();
  EXPECT_TRUE(this->save(store, record_of("r1"), "").has_value());
  for (const std::string text : {"{", "{}", "[]", "", R"({"schema":1})", R"({"inbox":[1]})"}) {
    this->world.set_record_text(text);
    const auto loaded = this->load(store);
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_EQ(loaded.error().kind, ErrorKind::malformed) << text;
    const auto saved = this->save(store, record_of("r1"), "");
    EXPECT_TRUE(!saved || saved->conflict) << text;
    EXPECT_EQ(this->world.record_text(), text);
  }
}

TYPED_TEST_P(StoreContract, ARecordOfANewerVersionIsRefusedNotGuessed) {
  const auto store = this->world.make_store();
  EXPECT_TRUE(this->save(store, record_of("r1"), "").has_value());
  Tree stored = codec::parse_json(this->world.record_text()).value();
  stored.set("schema", std::int64_t{core::schema_current + 1});
  this->world.set_record_text(codec::write_json(stored));
  const auto loaded = this->load(store);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().kind, ErrorKind::rejected);
  EXPECT_NE(loaded.error().message.find("newer kai-canary"), std::string::npos);
}

TYPED_TEST_P(StoreContract, ARecordBeyondTheLimitGivesUpTheJudgesEvidenceFirst) {
  const auto store = this->world.make_store();
  const std::size_t most = this->world.record_bytes_max();
  core::Record record = record_of("r1");
  record.judged = {.evidence = std::string(most / 2, 'e'), .frames = 5, .sentence = "s"};
  record.route_plan.set("a", std::string(most / 3, 'x'));
  const auto whole = this->save(store, record, "");
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_EQ((*this->load(store))->record.judged, record.judged) << "it has room";
  record.route_plan.set("a", std::string(most * 2 / 3, 'x'));
  const auto saved = this->save(store, record, whole->version);
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  const core::Record kept = (*this->load(store))->record;
  EXPECT_EQ(kept.judged.evidence, "");
  EXPECT_EQ(kept.judged.frames, 5U);
  EXPECT_EQ(kept.route_plan, record.route_plan);
  record.route_plan.set("a", std::string(most, 'x'));
  const auto refused = this->save(store, record, saved->version);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
  EXPECT_EQ((*this->load(store))->record, kept);
}

TYPED_TEST_P(StoreContract, TheClaimIsHeldByOneAtATimeWhoIsNamed) {
  const auto ours = this->world.make_store();
  const auto theirs = this->world.make_store();
  EXPECT_EQ(this->holder(ours), "nobody");
  const auto first = this->claim(ours, "ann");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_TRUE(first->granted);
  EXPECT_GT(first->transitions, 0U) << "the epoch rests on it";
  EXPECT_TRUE(this->claim(ours, "ann")->granted) << "it is ours already";
  const auto refused = this->claim(theirs, "bob");
  EXPECT_FALSE(refused->granted);
  EXPECT_EQ(refused->holder.name, "ann");
  EXPECT_EQ(refused->holder.host, "h");
  EXPECT_EQ(refused->holder.process, 7);
  EXPECT_EQ(this->holder(theirs), "ann");
  EXPECT_TRUE(*this->renew(ours));
  EXPECT_FALSE(*this->renew(theirs));
}

TYPED_TEST_P(StoreContract, WhatIsGivenUpIsFreeAndTheNextOneCountsOn) {
  const auto ours = this->world.make_store();
  const auto theirs = this->world.make_store();
  const std::uint64_t before = this->claim(ours, "ann")->transitions;
  EXPECT_TRUE(this->give_up(theirs).has_value()) << "of nothing";
  EXPECT_EQ(this->holder(theirs), "ann");
  EXPECT_TRUE(this->give_up(ours).has_value());
  EXPECT_EQ(this->holder(theirs), "nobody");
  EXPECT_FALSE(*this->renew(ours));
  const auto next = this->claim(theirs, "bob");
  EXPECT_TRUE(next->granted);
  EXPECT_GT(next->transitions, before);
  EXPECT_FALSE(*this->renew(ours));
  EXPECT_EQ(this->holder(ours), "bob");
}

TYPED_TEST_P(StoreContract, HistoryIsReadBackNewestFirst) {
  const auto store = this->world.make_store();
  EXPECT_TRUE(this->history(store)->entries.empty());
  const ports::HistoryEntry first = entry_of("r1", 1);
  EXPECT_TRUE(this->remember(store, first).has_value());
  EXPECT_TRUE(this->remember(store, entry_of("r3", 3)).has_value());
  EXPECT_TRUE(this->remember(store, entry_of("r2", 2)).has_value());
  EXPECT_TRUE(this->remember(store, entry_of("r2", 2)).has_value()) << "a reply was lost";
  const auto history = this->history(this->world.make_store());
  ASSERT_TRUE(history.has_value()) << history.error().message;
  ASSERT_EQ(history->entries.size(), 3U);
  EXPECT_EQ(history->entries[0].rollout, "r3");
  EXPECT_EQ(history->entries[1].rollout, "r2");
  const ports::HistoryEntry& last = history->entries[2];
  EXPECT_EQ(last.rollout, "r1");
  EXPECT_EQ(last.end, first.end);
  EXPECT_EQ(last.reason, first.reason);
  EXPECT_EQ(last.evidence, first.evidence);
  EXPECT_EQ(last.ended_at, first.ended_at);
  EXPECT_EQ(last.revision, first.revision);
}

TYPED_TEST_P(StoreContract, AnEntryThatCannotBeReadHidesNoOtherAndIsNamed) {
  const auto store = this->world.make_store();
  for (const std::string rollout : {"r1", "r2", "r3"})
    EXPECT_TRUE(this->remember(store, entry_of(rollout, 1)).has_value());
  this->world.spoil_entry("r2");
  const auto history = this->history(store);
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_EQ(history->entries.size(), 2U);
  ASSERT_EQ(history->unreadable.size(), 1U);
  EXPECT_NE(history->unreadable[0].find("r2"), std::string::npos) << history->unreadable[0];
}

REGISTER_TYPED_TEST_SUITE_P(
    StoreContract, ARecordIsLoadedAsItWasSaved, OnlyWhoReadTheNewestVersionMayWrite,
    ACommandWaitsInTheInboxAndTheOwnersNextSaveDoesNotLoseIt,
    FieldsOfANewerWriterSurviveACommandAndASave, CommandsNeedARolloutAndAreBounded,
    ARecordThatCannotBeReadIsAnErrorNeverAbsenceAndStays, ARecordOfANewerVersionIsRefusedNotGuessed,
    ARecordBeyondTheLimitGivesUpTheJudgesEvidenceFirst, TheClaimIsHeldByOneAtATimeWhoIsNamed,
    WhatIsGivenUpIsFreeAndTheNextOneCountsOn, HistoryIsReadBackNewestFirst,
    AnEntryThatCannotBeReadHidesNoOtherAndIsNamed);

}  // namespace kai::fakes
