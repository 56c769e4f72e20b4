#include "examples/shop/options.h"

#include <gtest/gtest.h>

#include <stdlib.h>  // setenv is POSIX, not C++
#include <string>
#include <vector>

namespace shop {
namespace {

Options parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return {static_cast<int>(arguments.size()), arguments.data(), "SHOP_TEST"};
}

TEST(OptionsTest, FlagWinsOverEnvironmentAndEnvironmentOverFallback) {
  ASSERT_EQ(setenv("SHOP_TEST_ERROR_PERCENT", "7", 1), 0);
  Options from_flag = parse({"--error-percent=20"});
  EXPECT_EQ(from_flag.number("error-percent", 0, {.least = 0, .most = 100}), 20);
  Options from_environment = parse({});
  EXPECT_EQ(from_environment.number("error-percent", 0, {.least = 0, .most = 100}), 7);
  unsetenv("SHOP_TEST_ERROR_PERCENT");
  Options from_nothing = parse({});
  EXPECT_EQ(from_nothing.number("error-percent", 3, {.least = 0, .most = 100}), 3);
}

TEST(OptionsTest, NumberOutOfRangeOrWithRestIsAMistake) {
  for (const char* wrong : {"--rate=101", "--rate=5x", "--rate=", "--rate=nan"}) {
    Options options = parse({wrong});
    const double rate = options.number("rate", 1, {.least = 0, .most = 100});
    EXPECT_EQ(rate, 1) << wrong;
    const bool empty_is_unset = std::string(wrong) == "--rate=";
    EXPECT_EQ(options.mistakes().size(), empty_is_unset ? 0U : 1U) << wrong;
  }
}

TEST(OptionsTest, UnknownFlagAndStrayWordAreMistakes) {
  Options options = parse({"--error-precent=20", "stray"});
  EXPECT_EQ(options.mistakes().size(), 2U);
}

TEST(OptionsTest, BareFlagIsTrueAndListDropsEmptyParts) {
  Options options = parse({"--crash-at-start", "--path=/a,,/b"});
  EXPECT_TRUE(options.flag("crash-at-start"));
  EXPECT_EQ(options.list("path", "/"), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_TRUE(options.mistakes().empty());
}

}  // namespace
}  // namespace shop
