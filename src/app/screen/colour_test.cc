#include "app/screen/colour.h"

#include <gtest/gtest.h>

namespace kai::app {
namespace {

using Environment = std::map<std::string, std::string>;

bool automatic(Environment environment, bool is_terminal = true) {
  environment.try_emplace("TERM", "xterm");
  return wants_colour("auto", environment, is_terminal);
}

TEST(Colour, OnATerminalAloneUnlessItIsTooSimple) {
  EXPECT_TRUE(automatic({}));
  EXPECT_FALSE(automatic({}, false));
  EXPECT_FALSE(automatic({{"TERM", "dumb"}}));
  EXPECT_FALSE(automatic({{"TERM", ""}}));
  EXPECT_FALSE(wants_colour("auto", {}, true)) << "nothing is known of the terminal";
}

TEST(Colour, TheWishOfTheOptionIsStrongerThanAnyVariable) {
  EXPECT_TRUE(wants_colour("always", {{"NO_COLOR", "1"}, {"TERM", "dumb"}}, false));
  EXPECT_FALSE(wants_colour("never", {{"CLICOLOR_FORCE", "1"}, {"TERM", "xterm"}}, true));
}

TEST(Colour, AVariableCountsUnlessItIsEmpty) {
  EXPECT_FALSE(automatic({{"NO_COLOR", "0"}}));
  EXPECT_TRUE(automatic({{"NO_COLOR", ""}}));
  EXPECT_TRUE(automatic({{"CLICOLOR_FORCE", "1"}}, false));
  EXPECT_FALSE(automatic({{"CLICOLOR_FORCE", "0"}}, false));
  EXPECT_FALSE(automatic({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}));
  EXPECT_TRUE(automatic({{"HELM_COLOR", "always"}}, false));
  EXPECT_FALSE(automatic({{"HELM_COLOR", "never"}}));
  EXPECT_TRUE(automatic({{"HELM_COLOR", "auto"}}));
}

TEST(Colour, WhatHasNoMeaningHasNoColour) {
  EXPECT_EQ(paint(Colour::none, "x"), "x");
  EXPECT_EQ(paint(Colour::good, ""), "");
  EXPECT_EQ(paint(Colour::bad, "x"), "\x1b[31mx\x1b[0m");
}

TEST(Colour, OfAnEndFollowsItsCode) {
  EXPECT_EQ(colour_of_code(0), Colour::good);
  for (const int code : {4, 10, 13, 64, 65, 130}) EXPECT_EQ(colour_of_code(code), Colour::bad);
  for (const int code : {6, 11, 12, 14, 20}) EXPECT_EQ(colour_of_code(code), Colour::attention);
}

}  // namespace
}  // namespace kai::app
