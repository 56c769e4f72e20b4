#include "splitter/http1/target.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "base/check.h"

namespace kai::splitter {
namespace {

TEST(Target, ForMatchingThePathIsDecodedOnceAndSlashesStayEncoded) {
  std::array<char, 64> buffer;
  EXPECT_EQ(path_for_matching("/%61dmin/%2541", buffer), "/admin/%41");
  EXPECT_EQ(path_for_matching("/a%2Fb%2fc", buffer), "/a%2Fb%2fc");
  EXPECT_EQ(path_for_matching("/%C3%A4", buffer), "/\xC3\xA4");
  const std::string_view plain = "/plain";
  EXPECT_EQ(path_for_matching(plain, {}).data(), plain.data());
  EXPECT_THROW(static_cast<void>(path_for_matching("/%61", {})), Bug);
}

TEST(Target, QueryParametersAreFoundAsReceived) {
  EXPECT_EQ(find_query_parameter("?a=1&b=%20&c", "b").value, "%20");
  EXPECT_EQ(find_query_parameter("?a=1&b=2&a=3", "a").count, 2U);
  EXPECT_EQ(find_query_parameter("?a=1&b=2&a=3", "a").value, "1");
  EXPECT_EQ(find_query_parameter("?a=1&c", "c").count, 1U);
  EXPECT_EQ(find_query_parameter("?ab=1", "a").count, 0U);
  EXPECT_EQ(find_query_parameter("?a=b=c&", "a").value, "b=c");
  EXPECT_EQ(find_query_parameter("", "a").count, 0U);
  EXPECT_EQ(find_query_parameter("?", "a").count, 0U);
}

}  // namespace
}  // namespace kai::splitter
