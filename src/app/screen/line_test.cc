#include "app/screen/line.h"

#include <gtest/gtest.h>

#include "app/screen/table.h"

namespace kai::app {
namespace {

TEST(Line, ColoursSurroundTheirPieceAlone) {
  const Line line{{"a "}, {"b", Colour::bad}, {" c  "}};
  EXPECT_EQ(text_of(line, {.colour = true}), "a \x1b[31mb\x1b[0m c");
  EXPECT_EQ(text_of(line, {}), "a b c") << "no trailing blanks";
}

TEST(Line, IsCutAtTheWidthWhateverItsColours) {
  const Line line{{"abc", Colour::good}, {"def"}};
  EXPECT_EQ(text_of(line, {.width = 4}), "abcd");
  EXPECT_EQ(text_of(line, {.colour = true, .width = 2}), "\x1b[32mab\x1b[0m");
  EXPECT_EQ(text_of(Line{{"漢字"}}, {.width = 3}), "漢") << "a wide character takes two columns";
}

TEST(Line, WithoutUtf8OtherCharactersAreMarks) {
  EXPECT_EQ(text_of(Line{{"ok é\xd3\x9b 漢"}}, {.utf8 = false}), "ok ?? ?");
}

TEST(Line, ForeignControlCharactersAreShown) {
  EXPECT_EQ(text_of(Line{{"a\x1b[2Jb\nc"}}, {}), "a\\x1b[2Jb c");
}

TEST(Keyed, ASentenceIsBrokenAtBlanksBelowItsKey) {
  const Lines lines = keyed("reason", "one two three four", Colour::none, 18);
  EXPECT_EQ(text_of(lines, {}),
            "reason    one two\n"
            "          three\n"
            "          four\n");
}

TEST(Keyed, WhatTakesMoreThanItsLinesSaysSo) {
  const Lines lines = keyed("reason", "one two three four five", Colour::none, 18, 2);
  EXPECT_EQ(text_of(lines, {.width = 18}),
            "reason    one two\n"
            "          three...\n");
}

TEST(Keyed, AWordThatIsLongerThanTheLineIsCutAnywhere) {
  const Lines lines = keyed("k", "abcdefghij", Colour::none, 15);
  EXPECT_EQ(text_of(lines, {}), "k         abcde\n          fghij\n");
  EXPECT_EQ(keyed("k", "", Colour::none, 15).size(), 1U);
  EXPECT_LE(keyed("k", std::string(1000, 'x'), Colour::none, 1).size(), 3U);
}

TEST(Headline, TheWordsInCapitalsHaveTheColour) {
  EXPECT_EQ(text_of(headline("NOT PROVED after 3m: x", Colour::bad), {.colour = true}),
            "\x1b[31mNOT PROVED\x1b[0m after 3m: x");
  EXPECT_EQ(text_of(headline("left as it is", Colour::bad), {.colour = true}), "left as it is");
}

TEST(Table, ColumnsAreAsWideAsPeopleSeeThem) {
  EXPECT_EQ(text_of(table_of({{"A", "B", "C"}, {"漢字", "", "x"}, {{"é", Colour::bad}, "bb", ""}}),
                    {.colour = true}),
            "A     B   C\n"
            "漢字  -   x\n"
            "\x1b[31mé\x1b[0m     bb  -\n");
  EXPECT_TRUE(table_of({}).empty());
}

}  // namespace
}  // namespace kai::app
