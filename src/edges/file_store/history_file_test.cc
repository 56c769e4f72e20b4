#include "edges/file_store/history_file.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "edges/file_store/database.h"
#include "edges/file_store/file_store.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_directory.h"

namespace kai::edges {
namespace {

ports::HistoryEntry entry_of(const std::string& rollout, int minute,
                             std::size_t evidence_bytes = 10) {
  return {.rollout = rollout,
          .release = "kai",
          .end = core::End::aborted,
          .started_at = {},
          .ended_at = {std::chrono::minutes(minute)},
          .evidence = {std::string(evidence_bytes, 'e')}};
}

class HistoryFileTest : public testing::Test {
 protected:
  HistoryFileTest() { fakes::set_bytes(path, ""); }

  void change(const std::string& statements) {
    auto database = Database::open(path, {.value_bytes_max = 1'000'000});
    ASSERT_TRUE(database.has_value()) << database.error().message;
    const auto done = database->run(statements.c_str());
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  std::vector<std::string> rollouts() {
    std::vector<std::string> found;
    const auto history = file.read();
    EXPECT_TRUE(history.has_value()) << history.error().message;
    if (!history) return found;
    for (const ports::HistoryEntry& entry : history->entries) found.push_back(entry.rollout);
    return found;
  }

  std::vector<ports::HistoryEntry> entries_or_none() {
    const auto history = file.read();
    return history ? history->entries : std::vector<ports::HistoryEntry>();
  }

  fakes::TestDirectory place;
  std::string path = place.at("history.db");
  HistoryFile file{path, std::chrono::milliseconds(1)};
};

TEST_F(HistoryFileTest, AnEmptyFileIsAHistoryOfNothingAndStaysEmpty) {
  EXPECT_TRUE(rollouts().empty());
  EXPECT_EQ(fakes::bytes_of(path), "");
}

TEST_F(HistoryFileTest, TheNewestHundredStayWhateverTheClockSaid) {
  for (std::size_t i = 0; i < history_rows_max + 5; ++i) {
    const int minute = 1000 - static_cast<int>(i);  // as if the clock ran backwards
    ASSERT_TRUE(file.add(entry_of("r" + std::to_string(i), minute)).has_value()) << i;
  }
  const auto kept = rollouts();
  EXPECT_EQ(kept.size(), history_rows_max);
  EXPECT_EQ(kept.front(), "r5") << "shown by the time at which they ended";
  EXPECT_EQ(kept.back(), "r104") << "the last that came is there";
}

TEST_F(HistoryFileTest, ARowOfAnyOtherContentIsNamedAndHidesNone) {
  ASSERT_TRUE(file.add(entry_of("good", 1)).has_value());
  int number = 0;
  for (const std::string value :
       {"'{'", "'{}'", "'[]'", "''", "x'00ff'", "7", "1.5", "'null'", "char(0)"}) {
    change("INSERT INTO entry (rollout, ended_at, sha256, json) VALUES ('bad " +
           std::to_string(++number) + "', '', '', " + value + ")");
  }
  const auto history = file.read();
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_EQ(history->entries.size(), 1U);
  ASSERT_EQ(history->unreadable.size(), 9U);
  for (const std::string& line : history->unreadable)
    EXPECT_TRUE(line.starts_with(path + ", rollout 'bad ")) << line;
}

TEST_F(HistoryFileTest, AChangedWordOfAnEntryIsDamageNotTruth) {
  ASSERT_TRUE(file.add(entry_of("r1", 1)).has_value());
  change("UPDATE entry SET json = replace(json, 'aborted', 'promoted')");
  const auto history = file.read();
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_TRUE(history->entries.empty());
  ASSERT_EQ(history->unreadable.size(), 1U);
  EXPECT_NE(history->unreadable[0].find("rollout 'r1': it is damaged"), std::string::npos);
}

TEST_F(HistoryFileTest, ADamagedPageHidesOnlyWhatStandsInIt) {
  std::set<std::string> all;
  for (int i = 0; i < 60; ++i) {
    const std::string rollout = "r" + std::to_string(i);
    ASSERT_TRUE(file.add(entry_of(rollout, i, 700)).has_value());
    all.insert(rollout);
  }
  const std::string whole = fakes::bytes_of(path);
  constexpr std::size_t page = 4096;
  std::size_t read_in_part = 0;
  for (std::size_t at = page; at < whole.size(); at += page) {
    std::string damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), page, '\xff');
    fakes::set_bytes(path, damaged);
    const auto history = file.read();
    if (!history) {
      EXPECT_EQ(history.error().kind, ErrorKind::malformed) << history.error().message;
      continue;
    }
    std::set<std::string> seen;
    for (const ports::HistoryEntry& entry : history->entries) seen.insert(entry.rollout);
    EXPECT_EQ(seen.size(), history->entries.size()) << "none twice";
    EXPECT_TRUE(std::ranges::includes(all, seen));
    if (seen.size() == all.size()) continue;  // a page of the index
    EXPECT_FALSE(history->unreadable.empty()) << "what is missing is told";
    if (seen.contains("r0") && seen.contains("r59") && seen.size() > 50) read_in_part += 1;
  }
  EXPECT_GE(read_in_part, 5U);
}

TEST_F(HistoryFileTest, WhatIsCutOrGarbledIsAnErrorOrTheTruthAndNeverMore) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(file.add(entry_of("r" + std::to_string(i), i, 2000)).has_value());
  }
  const std::string whole = fakes::bytes_of(path);
  const ports::HistoryEntry whole_entry = entry_of("r0", 0, 2000);
  const auto look = [&](const std::string& bytes) {
    fakes::set_bytes(path, bytes);
    for (const ports::HistoryEntry& entry : entries_or_none()) {
      EXPECT_EQ(entry.evidence, whole_entry.evidence);
      EXPECT_TRUE(entry.rollout.starts_with("r") && entry.rollout.size() == 2U) << entry.rollout;
    }
    if (!file.add(entry_of("new", 99))) return;
    const auto history = file.read();
    if (!history) return;
    const bool is_there = std::ranges::any_of(
        history->entries, [](const auto& entry) { return entry.rollout == "new"; });
    EXPECT_TRUE(is_there || !history->unreadable.empty()) << "what is missing is told";
  };
  for (std::size_t size = 1; size < whole.size(); size += 397) look(whole.substr(0, size));
  fakes::FakeRandom random;
  for (int i = 0; i < 200; ++i) {
    std::string bytes = whole;
    for (int flips = 0; flips <= i % 8; ++flips)
      bytes[random.next() % bytes.size()] = static_cast<char>(random.next() % 256);
    look(bytes);
  }
}

TEST_F(HistoryFileTest, WhatIsNotOursIsRefusedAndStaysAsItIs) {
  const auto expect_refused = [&](ErrorKind kind, const std::string& part) {
    const std::string before = fakes::bytes_of(path);
    const auto history = file.read();
    ASSERT_FALSE(history.has_value()) << part;
    EXPECT_EQ(history.error().kind, kind) << history.error().message;
    EXPECT_NE(history.error().message.find(part), std::string::npos) << history.error().message;
    EXPECT_EQ(file.add(entry_of("r1", 1)).error().kind, kind);
    EXPECT_EQ(fakes::bytes_of(path), before);
  };
  fakes::set_bytes(path, std::string(5000, 'x'));
  expect_refused(ErrorKind::malformed, "not a database");
  fakes::set_bytes(path, "");
  change("CREATE TABLE entry (id INTEGER PRIMARY KEY, rollout, ended_at, json)");
  expect_refused(ErrorKind::malformed, "no history of kai-canary");
  fakes::set_bytes(path, "");
  ASSERT_TRUE(file.add(entry_of("r1", 1)).has_value());
  change("PRAGMA user_version = 2");
  expect_refused(ErrorKind::rejected, "newer kai-canary (schema 2)");
  change("PRAGMA user_version = 1; DROP TABLE entry; CREATE VIEW entry AS SELECT 1 AS id");
  expect_refused(ErrorKind::malformed, path);
}

TEST_F(HistoryFileTest, ATriggerInTheFileDoesNotRun) {
  ASSERT_TRUE(file.add(entry_of("r1", 1)).has_value());
  change("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END");
  ASSERT_TRUE(file.add(entry_of("r2", 2)).has_value());
  EXPECT_EQ(rollouts(), (std::vector<std::string>{"r2", "r1"}));
}

TEST_F(HistoryFileTest, AnotherWriterIsWaitedForButNotForEver) {
  ASSERT_TRUE(file.add(entry_of("r1", 1)).has_value());
  auto other = Database::open(path, {.value_bytes_max = 1000});
  ASSERT_TRUE(other.has_value());
  ASSERT_TRUE(other->run("BEGIN EXCLUSIVE").has_value());
  EXPECT_EQ(file.add(entry_of("r2", 2)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(file.read().error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(other->run("COMMIT").has_value());
  EXPECT_TRUE(file.add(entry_of("r2", 2)).has_value());
}

TEST_F(HistoryFileTest, AnEntryBeyondTheLimitIsRefusedAndTheOthersStay) {
  ASSERT_TRUE(file.add(entry_of("r1", 1)).has_value());
  ports::HistoryEntry large = entry_of("r2", 2);
  large.reason.sentence = std::string(5'000'000, 's');
  EXPECT_EQ(file.add(large).error().kind, ErrorKind::rejected);
  EXPECT_EQ(rollouts(), std::vector<std::string>{"r1"});
}

TEST_F(HistoryFileTest, AFileThatIsNotThereIsNotMade) {
  const HistoryFile none(place.at("none.db"));
  EXPECT_EQ(none.read().error().kind, ErrorKind::rejected);
  EXPECT_EQ(none.add(entry_of("r1", 1)).error().kind, ErrorKind::rejected);
  EXPECT_EQ(fakes::bytes_of(place.at("none.db")), "");
}

}  // namespace
}  // namespace kai::edges
