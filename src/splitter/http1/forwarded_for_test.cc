#include "splitter/http1/forwarded_for.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string_view>

#include "splitter/http1/field.h"

namespace kai::splitter {
namespace {

TEST(ForwardedFor, EntriesComeFromTheRightOverAllFields) {
  const std::array<Field, 4> fields = {
      {{.name = "X-Forwarded-For", .value = "a, b", .id = FieldId::x_forwarded_for},
       {.name = "Other", .value = "no"},
       {.name = "X_Forwarded_For", .value = "no", .id = FieldId::x_forwarded_for, .twin = true},
       {.name = "x-forwarded-for", .value = ",c ,, [::1]:5", .id = FieldId::x_forwarded_for}}};
  ForwardedForReader reader(fields);
  for (const std::string_view entry : {"[::1]:5", "c", "b", "a"}) {
    EXPECT_EQ(reader.previous(), std::optional(entry));
  }
  EXPECT_EQ(reader.previous(), std::nullopt);
}

}  // namespace
}  // namespace kai::splitter
