#include "codec/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string_view>
#include "base/error.h"

namespace kai::codec {
namespace {

struct Vector {
  std::string_view bytes;
  std::string_view text;
};

// RFC 4648 §10.
constexpr Vector vectors[] = {{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"fooba", "Zm9vYmE="},
                              {"foobar", "Zm9vYmFy"}};

TEST(Base64, HoldsTheVectorsOfTheRfc) {
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text).value(), bytes);
  }
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (const std::string_view bad :
       {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zm8=Zg==", "Z g=", "Zg==\n",
        " Zg==", "Zm-_", "Zm9v!AAA", "Zm\xFF="}) {
    const auto decoded = base64_decode(bad);
    ASSERT_FALSE(decoded) << bad;
    EXPECT_EQ(decoded.error().kind, ErrorKind::malformed);
    EXPECT_TRUE(decoded.error().message.starts_with("not base64")) << decoded.error().message;
  }
}

TEST(Base64, NamesTheForeignCharacter) {
  EXPECT_EQ(base64_decode("Zm9v!AAA").error().message, "not base64: '!' at byte 4");
}

TEST(Base64, SkipsLineBreaksOnlyWhenAskedTo) {
  EXPECT_EQ(base64_decode_lines("Zm9v\r\nYmFy\n").value(), "foobar");
  EXPECT_FALSE(base64_decode_lines("Zm9v YmFy"));
}

TEST(Base64, UrlFormHasNoPaddingAndOtherLetters) {
  EXPECT_EQ(base64url_encode("\xFB\xFF\xFE"
                             "f"),
            "-__-Zg");
  EXPECT_EQ(base64url_decode("-__-Zg").value(),
            "\xFB\xFF\xFE"
            "f");
  EXPECT_FALSE(base64url_decode("Zg=="));
  EXPECT_FALSE(base64url_decode("+//+"));
  EXPECT_FALSE(base64url_decode("Z"));
}

RC_GTEST_PROP(Base64, DecodesWhatItEncodes, (const std::string& bytes)) {
  RC_ASSERT(base64_decode(base64_encode(bytes)).value() == bytes);
  RC_ASSERT(base64url_decode(base64url_encode(bytes)).value() == bytes);
}

}  // namespace
}  // namespace kai::codec
