#include "codec/number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include "base/error.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

TEST(ParseFinite, ReadsDecimalNumbers) {
  EXPECT_EQ(parse_finite("1").value(), 1.0);
  EXPECT_EQ(parse_finite("-0.5").value(), -0.5);
  EXPECT_EQ(parse_finite("+2e3").value(), 2000.0);
  EXPECT_EQ(parse_finite(".5").value(), 0.5);
  EXPECT_EQ(parse_finite("1.7976931348623157e308").value(), std::numeric_limits<double>::max());
  EXPECT_EQ(parse_finite("5e-324").value(), std::numeric_limits<double>::denorm_min());
}

TEST(ParseFinite, NumberTooSmallForADoubleIsZero) {
  EXPECT_EQ(parse_finite("1e-999").value(), 0.0);
  EXPECT_EQ(parse_finite("0." + std::string(400, '0') + "1").value(), 0.0);
}

TEST(ParseFinite, NanAndInfinityAreNoData) {
  for (const std::string_view text :
       {"NaN", "nan", "-NaN", "+Inf", "-Inf", "Inf", "inf", "Infinity"}) {
    const auto value = parse_finite(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::no_data) << text;
    EXPECT_EQ(value.error().message, "value is " + std::string(text));
  }
}

TEST(ParseFinite, AnythingElseIsMalformed) {
  for (const std::string_view text :
       {""sv,    " "sv,      "+"sv,        "-"sv,     "."sv,   "e5"sv,    "1e"sv,  "1e+"sv,
        " 1"sv,  "1 "sv,     "1x"sv,       "0x10"sv,  "1,5"sv, "1_000"sv, "++1"sv, "+-1"sv,
        "--1"sv, "nan(1)"sv, "infinite"sv, "1.2.3"sv, "1\0"sv, "\0"sv}) {
    const auto value = parse_finite(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::malformed) << text;
    EXPECT_TRUE(value.error().message.starts_with("not a number: '")) << value.error().message;
  }
}

TEST(ParseFinite, NumberTooLargeForADoubleIsMalformed) {
  for (const std::string& text : {std::string("1e309"), "-" + std::string(400, '9')}) {
    const auto value = parse_finite(text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, ErrorKind::malformed);
    EXPECT_TRUE(value.error().message.starts_with("beyond the range")) << value.error().message;
  }
}

TEST(ParseUint, ReadsDigitsUpToTheLimit) {
  EXPECT_EQ(parse_uint("0").value(), 0U);
  EXPECT_EQ(parse_uint("18446744073709551615").value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_uint("65535", 65535).value(), 65535U);
}

TEST(ParseUint, RefusesSignsSpacesAndJunk) {
  for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "a", "1a"}) {
    const auto value = parse_uint(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::malformed);
    EXPECT_TRUE(value.error().message.starts_with("not a whole number: '"));
  }
}

TEST(ParseUint, RefusesMoreThanTheLimit) {
  EXPECT_EQ(parse_uint("65536", 65535).error().message, "more than 65535: '65536'");
  EXPECT_EQ(parse_uint("18446744073709551616").error().message,
            "more than 18446744073709551615: '18446744073709551616'");
}

}  // namespace
}  // namespace kai::codec
