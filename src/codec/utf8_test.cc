#include "codec/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, ReadsCharactersOfEachLength) {
  EXPECT_EQ(first_char("a").code, U'a');
  EXPECT_EQ(first_char("\xC3\xA9x").code, U'\u00E9');
  EXPECT_EQ(first_char("\xE2\x82\xACx").size, 3U);
  EXPECT_EQ(first_char("\xF0\x9F\x98\x80").code, char32_t{0x1F600});
  EXPECT_EQ(first_char("\0"sv).size, 1U);
}

TEST(Utf8, EmptyTextHasNoCharacter) { EXPECT_EQ(first_char("").size, 0U); }

TEST(Utf8, RefusesWhatRfc3629Refuses) {
  for (const std::string_view bad :
       {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv, "\xE0\x9F\xBF"sv,
        "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF0\x80\x80\x80"sv, "\xF4\x90\x80\x80"sv,
        "\xF5\x80\x80\x80"sv, "\xFE"sv, "\xFF"sv, "\xC3"sv, "\xE2\x82"sv, "\xF0\x9F\x98"sv,
        "\xC3("sv}) {
    EXPECT_EQ(first_char(bad).size, 0U) << testing::PrintToString(std::string(bad));
  }
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(find_invalid_utf8("caf\xC3\xA9"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("caf\xC3\xA9 \xC3"), 6U);
}

TEST(Utf8, ReplacesEachBadByte) {
  EXPECT_EQ(replace_invalid_utf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(replace_invalid_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
}

}  // namespace
}  // namespace kai::codec
