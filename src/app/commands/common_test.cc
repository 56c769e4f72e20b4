#include "app/commands/common.h"

#include <gtest/gtest.h>

#include "tests/fakes/test_app.h"

namespace kai::app {
namespace {

Arguments events_to(const std::string& path) { return {.flags = {{"events", path}}}; }

TEST(OpenEvents, NobodyAskedForThemOrStandardOutput) {
  fakes::TestApp test;
  const auto none = open_events(test.app, {});
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(*none);
  const auto output = open_events(test.app, events_to("-"));
  ASSERT_TRUE(output.has_value());
  (*output)("{}\n");
  EXPECT_EQ(test.out, "{}\n");
}

TEST(OpenEvents, TheFileIsMadeWithTheFirstEvent) {
  fakes::TestApp test;
  const auto events = open_events(test.app, events_to("/e.jsonl"));
  ASSERT_TRUE(events.has_value());
  EXPECT_FALSE(test.disk.files.contains("/e.jsonl"));
  (*events)("one\n");
  EXPECT_EQ(test.disk.files["/e.jsonl"], "one\n");
}

TEST(OpenEvents, LinesAreAddedToWhatTheFileHolds) {
  fakes::TestApp test;
  test.disk.files["/e.jsonl"] = "before\n";
  const auto events = open_events(test.app, events_to("/e.jsonl"));
  ASSERT_TRUE(events.has_value());
  (*events)("one\n");
  (*events)("two\n");
  EXPECT_EQ(test.disk.files["/e.jsonl"], "before\none\ntwo\n");
  EXPECT_EQ(test.out + test.err, "");
}

TEST(OpenEvents, AFileThatCannotBeWrittenIsAMistakeBeforeAnythingStarts) {
  fakes::TestApp test;
  test.disk.broken.emplace("/e.jsonl", Error{ErrorKind::rejected, "opening /e.jsonl: denied"});
  const auto events = open_events(test.app, events_to("/e.jsonl"));
  ASSERT_FALSE(events.has_value());
  EXPECT_EQ(events.error(), exit_usage);
  EXPECT_EQ(test.err, "--events: opening /e.jsonl: denied\n");
}

TEST(OpenEvents, ADiskThatFillsUpIsToldOnceAndStopsNothing) {
  fakes::TestApp test;
  const auto events = open_events(test.app, events_to("/e.jsonl"));
  ASSERT_TRUE(events.has_value());
  test.disk.broken.emplace("/e.jsonl", Error{ErrorKind::unavailable, "writing /e.jsonl: full"});
  (*events)("one\n");
  (*events)("two\n");
  EXPECT_EQ(test.err, "warning: events are lost: writing /e.jsonl: full\n");
  test.disk.broken.clear();
  (*events)("three\n");
  EXPECT_EQ(test.disk.files["/e.jsonl"], "three\n");
}

}  // namespace
}  // namespace kai::app
