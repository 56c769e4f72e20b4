#include "os/console.h"

#include <string>

#include <gtest/gtest.h>

#include "os/log_spdlog.h"
#include "tests/fakes/fake_clock.h"

namespace kai::os {
namespace {

TEST(Console, PrintsAllOfALongText) {
  const std::string text(1'000'000, 'x');
  testing::internal::CaptureStdout();
  EXPECT_TRUE(print(Standard::output, text));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), text);
}

TEST(Console, FileIsNoTerminalAndHasNoColumns) {
  testing::internal::CaptureStdout();
  EXPECT_FALSE(is_terminal(Standard::output));
  EXPECT_FALSE(terminal_columns(Standard::output).has_value());
  testing::internal::GetCapturedStdout();
}

TEST(SpdlogLog, WritesOneLinePerCallAndDropsWhatIsBelow) {
  const fakes::FakeWallClock wall;
  testing::internal::CaptureStderr();
  SpdlogLog text(wall, {.format = LogFormat::text, .least = LogLevel::info});
  text.write(LogLevel::debug, "hidden", {});
  text.write(LogLevel::info, "shown", {{"value", "{} %v\n"}});
  SpdlogLog json(wall, {.format = LogFormat::json, .least = LogLevel::debug});
  json.write(LogLevel::debug, "shown", {});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "2026-01-02T03:04:05.000Z info shown value=\"{} %v\\x0a\"\n"
            "{\"time\":\"2026-01-02T03:04:05.000Z\",\"level\":\"debug\",\"event\":\"shown\"}\n");
}

}  // namespace
}  // namespace kai::os
