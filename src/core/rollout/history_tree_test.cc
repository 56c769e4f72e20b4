#include "core/rollout/history_tree.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

HistoryEntry sample() {
  return {.rollout = "r1",
          .release = "kai",
          .name_space = "shop",
          .stable_version = "v1",
          .canary_version = "v2",
          .phase = Phase::rolled_back,
          .end = End::failed_on_evidence,
          .reason = {"below_success_threshold", "80.2%"},
          .started_at = {std::chrono::seconds(100)},
          .ended_at = {std::chrono::seconds(200)},
          .revision = 7,
          .evidence = {"a", "b"}};
}

TEST(HistoryTree, AnEntryIsReadBackAsItWas) {
  const auto read = history_entry_from(to_tree(sample()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->end, End::failed_on_evidence);
  EXPECT_EQ(read->reason, sample().reason);
  EXPECT_EQ(read->evidence, sample().evidence);
  EXPECT_EQ(read->ended_at, sample().ended_at);
  EXPECT_EQ(read->revision, 7);
}

TEST(HistoryTree, OfTooMuchEvidenceTheNewestStays) {
  HistoryEntry entry = sample();
  entry.evidence.assign(1000, std::string(1000, 'x'));
  entry.evidence.back() = "newest";
  const auto read = history_entry_from(to_tree(entry));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->evidence.back(), "newest");
  EXPECT_LT(read->evidence.size(), 300U);
  EXPECT_GT(read->evidence.size(), 200U);
}

TEST(HistoryTree, AnEntryWithoutAFieldIsMalformed) {
  const Tree whole = to_tree(sample());
  for (const auto& [key, value] : *whole.as_map()) {
    Tree tree = whole;
    tree.erase(key);
    const auto read = history_entry_from(tree);
    ASSERT_FALSE(read.has_value()) << key;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed) << key;
  }
}

// "Rolled back" would be a guess about a rollout that a newer writer ended in its own way.
TEST(HistoryTree, AnEndOrPhaseThatIsUnknownIsMalformedNotGuessed) {
  for (const std::string key : {"phase", "end"}) {
    Tree tree = to_tree(sample());
    tree.set(key, "sideways");
    const auto read = history_entry_from(tree);
    ASSERT_FALSE(read.has_value()) << key;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed) << key;
    EXPECT_NE(read.error().message.find(key), std::string::npos) << read.error().message;
  }
}

TEST(HistoryTree, EvenYoungFailuresAreBounded) {
  std::vector<HistoryEntry> entries;
  for (std::size_t i = 0; i < failed_entries_max + 50; ++i) {
    entries.push_back(sample());
    entries.back().rollout = std::to_string(i);
    entries.back().ended_at = {std::chrono::seconds(i)};
  }
  const auto ids = expired(entries, {std::chrono::seconds(1000)}, 20, std::chrono::hours(720));
  EXPECT_EQ(ids.size(), 50U);
  EXPECT_EQ(ids.back(), "0") << "the oldest";
}

}  // namespace
}  // namespace kai::core
