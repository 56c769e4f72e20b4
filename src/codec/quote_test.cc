#include "codec/quote.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cstddef>
#include <string_view>

#include "codec/utf8.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

TEST(Quote, KeepsPlainTextAndOtherScripts) {
  EXPECT_EQ(quote("shop v1.2"), "'shop v1.2'");
  EXPECT_EQ(quote("caf\xC3\xA9 \xE6\x97\xA5"), "'caf\xC3\xA9 \xE6\x97\xA5'");
  EXPECT_EQ(quote(""), "''");
}

TEST(Quote, EscapesQuotesAndBackslashes) { EXPECT_EQ(quote(R"(it's \n)"), R"('it\'s \\n')"); }

TEST(Quote, EscapesControlCharacters) {
  EXPECT_EQ(quote("a\nb\r\tc"), R"('a\nb\r\tc')");
  EXPECT_EQ(quote("\x1B[31m\0\x7F"sv), R"('\x1b[31m\x00\x7f')");
}

TEST(Quote, EscapesC1ControlsInBothForms) {
  EXPECT_EQ(quote("\xC2\x9B"
                  "31m"),
            R"('\x9b31m')");  // U+009B, the one-character CSI
  EXPECT_EQ(quote("\x9B"
                  "31m"),
            R"('\x9b31m')");  // the bare byte
}

TEST(Quote, EscapesBidirectionalOverridesAndInvisibleCharacters) {
  EXPECT_EQ(quote("a\xE2\x80\xAE"
                  "b"),
            R"('a\u{202e}b')");
  EXPECT_EQ(quote("\xE2\x81\xA6\xE2\x81\xA9"), R"('\u{2066}\u{2069}')");
  EXPECT_EQ(quote("\xE2\x80\x8B\xEF\xBB\xBF"), R"('\u{200b}\u{feff}')");
  EXPECT_EQ(quote("\xF3\xA0\x81\x81"), R"('\u{e0041}')");  // a tag character
  EXPECT_EQ(quote("\xE2\x80\xA8"), R"('\u{2028}')");
}

TEST(Quote, EscapesBytesThatAreNotUtf8) { EXPECT_EQ(quote("a\xFF\xC3"), R"('a\xff\xc3')"); }

TEST(Quote, CutsBetweenCharacters) {
  EXPECT_EQ(quote("abcdef", 3), "'abc'...");
  EXPECT_EQ(quote("abc", 3), "'abc'");
  EXPECT_EQ(quote("ab\xC3\xA9", 3), "'ab'...");
  EXPECT_EQ(quote(std::string(10'000, 'x')).size(), quote_bytes_max + 5);
}

TEST(Printable, ShowsOneLineWithoutQuotes) {
  EXPECT_EQ(printable("it's\na\tb\\"), "it's a b\\");
  EXPECT_EQ(printable("\x1B]0;x\x07"), R"(\x1b]0;x\x07)");
}

TEST(Printable, DoesNotCut) { EXPECT_EQ(printable(std::string(1000, 'x')).size(), 1000U); }

bool is_safe(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char character = first_char(text.substr(at));
    if (character.size == 0 || character.code < 0x20) return false;
    if (character.code >= 0x7F && character.code <= 0x9F) return false;
    at += character.size;
  }
  return true;
}

RC_GTEST_PROP(Quote, IsAlwaysUtf8WithoutControls, (const std::string& text)) {
  RC_ASSERT(is_safe(quote(text)));
  RC_ASSERT(is_safe(printable(text)));
}

}  // namespace
}  // namespace kai::codec
