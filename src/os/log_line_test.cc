#include "os/log_line.h"

#include <gtest/gtest.h>

namespace kai::os {
namespace {

const WallTime noon = *parse_wall_time("2026-01-02T12:00:00Z");

std::string text(const std::string& value) {
  const std::string line =
      format_text_line(noon, LogLevel::info, "e", {{.key = "k", .value = value}});
  return line.substr(line.find("k=") + 2);
}
std::string json(const std::string& value) {
  const std::string line =
      format_json_line(noon, LogLevel::info, "e", {{.key = "k", .value = value}});
  const std::string start = "\"k\":";
  return line.substr(line.find(start) + start.size(),
                     line.size() - line.find(start) - start.size() - 1);
}

TEST(LogLine, TextIsTimeLevelEventAndFields) {
  EXPECT_EQ(format_text_line(noon, LogLevel::warn, "step_entered",
                             {{"rollout", "shop/checkout"}, {"step", "2"}}),
            "2026-01-02T12:00:00.000Z warn step_entered rollout=shop/checkout step=2");
}

TEST(LogLine, JsonIsOneObjectOfTexts) {
  EXPECT_EQ(
      format_json_line(noon, LogLevel::error, "oops", {{"why", "a \"b\" \\ c"}}),
      R"({"time":"2026-01-02T12:00:00.000Z","level":"error","event":"oops","why":"a \"b\" \\ c"})");
}

TEST(LogLine, ValueThatCouldBeMisreadIsQuoted) {
  EXPECT_EQ(text("25%"), "25%");
  EXPECT_EQ(text(""), "\"\"");
  EXPECT_EQ(text("two words"), "\"two words\"");
  EXPECT_EQ(text("a=b"), "\"a=b\"");
  EXPECT_EQ(text("say \"x\" \\"), R"("say \"x\" \\")");
}

TEST(LogLine, ControlCharactersCannotActOnTheTerminal) {
  EXPECT_EQ(text("a\nb\x1b[2Jc\x7f"), "\"a\\x0ab\\x1b[2Jc\\x7f\"");
  EXPECT_EQ(text("\xc2\x9b"), "\"\\xc2\\x9b\"");           // CSI as one C1 character
  EXPECT_EQ(text("\xe2\x80\xae"), "\"\\xe2\\x80\\xae\"");  // right-to-left override
  EXPECT_EQ(json("a\nb\x1b[2J\x7f"), R"("a\u000ab\u001b[2J\u007f")");
  EXPECT_EQ(json("\xc2\x9b\xe2\x80\xae"), R"("\u009b\u202e")");
}

TEST(LogLine, BytesThatAreNoUtf8AreShownAsSuch) {
  EXPECT_EQ(text("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(text(bad).substr(0, 3), "\"\\x") << text(bad);
    EXPECT_EQ(json(bad).substr(0, 4), "\"\xef\xbf\xbd") << json(bad);
  }
}

TEST(LogLine, LongValueIsCutBetweenCharacters) {
  EXPECT_EQ(text(std::string(log_value_bytes_max, 'x')).size(), log_value_bytes_max);
  EXPECT_EQ(text(std::string(log_value_bytes_max + 1, 'x')),
            std::string(log_value_bytes_max, 'x') + "...");
  EXPECT_EQ(text(std::string(log_value_bytes_max - 1, 'x') + "\xc3\xbc" + "y"),
            std::string(log_value_bytes_max - 1, 'x') + "...");
}

TEST(LogLine, KeysAndEventsAreEscapedToo) {
  EXPECT_EQ(format_text_line(noon, LogLevel::debug, "a b\n", {{"k k", "v"}}),
            "2026-01-02T12:00:00.000Z debug \"a b\\x0a\" \"k k\"=v");
}

}  // namespace
}  // namespace kai::os
