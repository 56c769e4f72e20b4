#include "splitter/http1/field.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace kai::splitter {
namespace {

TEST(Field, NamesAreKnownInAnyCase) {
  EXPECT_EQ(classify_field_name("cOnTeNt-LeNgTh"), (FieldName{.id = FieldId::content_length}));
  EXPECT_EQ(classify_field_name("HOST"), (FieldName{.id = FieldId::host}));
  EXPECT_EQ(classify_field_name("X-Forwarded-For"), (FieldName{.id = FieldId::x_forwarded_for}));
  EXPECT_EQ(classify_field_name("x-kai-version"), (FieldName{.id = FieldId::x_kai}));
  EXPECT_EQ(classify_field_name("X-Forwarded-Port"), (FieldName{.id = FieldId::x_forwarded_other}));
}

TEST(Field, NeighboursOfKnownNamesAreOthers) {
  for (const std::string_view name :
       {"", "Hos", "Hosts", "Content-Lengt", "Content-Lengthy", "X-Forwarded", "X-Kai", "XX-Kai-A",
        "Content Length", "Expected", "T", "x", "Content-Length\x80"}) {
    EXPECT_EQ(classify_field_name(name), FieldName{}) << name;
  }
}

TEST(Field, OnlyTwinsOfProtectedFieldsAreTwins) {
  EXPECT_EQ(classify_field_name("Content_Length"),
            (FieldName{.id = FieldId::content_length, .twin = true}));
  EXPECT_EQ(classify_field_name("X-Kai_Arm"), (FieldName{.id = FieldId::x_kai, .twin = true}));
  EXPECT_EQ(classify_field_name("X-Forwarded-My_Port"),
            (FieldName{.id = FieldId::x_forwarded_other, .twin = true}));
  EXPECT_EQ(classify_field_name("Keep_Alive"), FieldName{});
  EXPECT_EQ(classify_field_name("Cache_Control"), FieldName{});
}

TEST(Field, ANameIsFoundInAnyCaseWithItsFirstValueAndCount) {
  const std::array<Field, 3> fields = {{{.name = "X-User", .value = "1"},
                                        {.name = "Other", .value = "2"},
                                        {.name = "x-user", .value = "3"}}};
  EXPECT_EQ(find_field(fields, "X-USER").count, 2U);
  EXPECT_EQ(find_field(fields, "x-user").value, "1");
  EXPECT_EQ(find_field(fields, "x-use").count, 0U);
}

TEST(Field, CookiesAreFoundInAllCookieFields) {
  const std::array<Field, 3> fields = {
      {{.name = "Cookie", .value = "a=1; uid =\"7 8\" ;b", .id = FieldId::cookie},
       {.name = "X-Cookie", .value = "uid=no"},
       {.name = "cookie", .value = "A=2;c=;a=3", .id = FieldId::cookie}}};
  EXPECT_EQ(find_cookie(fields, "uid").value, "\"7 8\"");
  EXPECT_EQ(find_cookie(fields, "uid").count, 1U);
  EXPECT_EQ(find_cookie(fields, "a").count, 2U);
  EXPECT_EQ(find_cookie(fields, "A").value, "2");
  EXPECT_EQ(find_cookie(fields, "c").count, 1U);
  EXPECT_EQ(find_cookie(fields, "b").count, 0U);
}

}  // namespace
}  // namespace kai::splitter
