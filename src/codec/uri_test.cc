#include "codec/uri.h"

#include <gtest/gtest.h>
#include <string_view>
#include "base/error.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

TEST(ParseUrl, SplitsIntoItsParts) {
  EXPECT_EQ(parse_url("http://Prom.example:9090/api/v1/query?query=up%7B%7D&x=1").value(),
            (Url{.scheme = "http",
                 .host = "prom.example",
                 .port = 9090,
                 .target = "/api/v1/query?query=up%7B%7D&x=1"}));
}

TEST(ParseUrl, FillsInWhatIsLeftOut) {
  EXPECT_EQ(parse_url("http://a").value(),
            (Url{.scheme = "http", .host = "a", .port = 80, .target = "/"}));
  EXPECT_EQ(parse_url("HTTPS://a?x=1").value(),
            (Url{.scheme = "https", .host = "a", .port = 443, .target = "/?x=1"}));
}

TEST(ParseUrl, TakesAddresses) {
  EXPECT_EQ(parse_url("http://[::1]:6443/").value(),
            (Url{.scheme = "http", .host = "::1", .port = 6443, .target = "/"}));
  EXPECT_EQ(parse_url("https://[FE80::1]").value().host, "fe80::1");
  EXPECT_EQ(parse_url("http://127.0.0.1:1").value().host, "127.0.0.1");
}

TEST(ParseUrl, WritesTheAuthorityAsAHostHeaderWantsIt) {
  EXPECT_EQ(parse_url("http://a:80/").value().authority(), "a");
  EXPECT_EQ(parse_url("https://a:80/").value().authority(), "a:80");
  EXPECT_EQ(parse_url("https://[::1]/").value().authority(), "[::1]");
  EXPECT_EQ(parse_url("https://[::1]:8443/").value().authority(), "[::1]:8443");
}

TEST(ParseUrl, RefusesOddUrls) {
  for (const std::string_view bad : {""sv,
                                     "http"sv,
                                     "http:"sv,
                                     "http:/a"sv,
                                     "http://"sv,
                                     "http:///x"sv,
                                     "//a"sv,
                                     "/a"sv,
                                     "a"sv,
                                     "ftp://a"sv,
                                     "file:///etc/passwd"sv,
                                     "javascript://a"sv,
                                     " http://a"sv,
                                     "http://a "sv,
                                     "http://a b"sv,
                                     "http://a/b c"sv,
                                     "http://a\n"sv,
                                     "http://a/\r\nHost: b"sv,
                                     "http://a/\0"sv,
                                     "http://a\0.b"sv,
                                     "http://a:"sv,
                                     "http://a:0"sv,
                                     "http://a:65536"sv,
                                     "http://a:-1"sv,
                                     "http://a:1x"sv,
                                     "http://a:80:80"sv,
                                     "http://a:+80"sv,
                                     "http://a/#x"sv,
                                     "http://a#x"sv,
                                     "http://a\\b"sv,
                                     "http://a/\\b"sv,
                                     "http://a/%"sv,
                                     "http://a/%2"sv,
                                     "http://a/%zz"sv,
                                     "http://%61"sv,
                                     "http://a..b"sv,
                                     "http://.a"sv,
                                     "http://-a"sv,
                                     "http://a-"sv,
                                     "http://a,b"sv,
                                     "http://["sv,
                                     "http://[]"sv,
                                     "http://[::1"sv,
                                     "http://::1"sv,
                                     "http://[::1]x"sv,
                                     "http://[fe80::1%25eth0]"sv,
                                     "http://[a]"sv,
                                     "http://[::1]:"sv,
                                     "http://\xC3\xA9"sv,
                                     "http://a/\xC3\xA9"sv,
                                     "http://a/<x>"sv,
                                     "http://a/\"x\""sv,
                                     "http://a/{x}"sv}) {
    const auto url = parse_url(bad);
    ASSERT_FALSE(url) << bad;
    EXPECT_EQ(url.error().kind, ErrorKind::malformed);
    EXPECT_TRUE(url.error().message.starts_with("not a usable URL: '")) << url.error().message;
  }
}

TEST(ParseUrl, MessageNeverShowsUserInformation) {
  for (const std::string_view bad : {"http://user:hunter2@a/", "ftp://user:hunter2@a/",
                                     "user:hunter2@a", "http://user:hunter2@a:bad/"}) {
    const auto url = parse_url(bad);
    ASSERT_FALSE(url);
    EXPECT_FALSE(url.error().message.contains("hunter2")) << url.error().message;
    EXPECT_TRUE(url.error().message.contains("user information"));
  }
}

TEST(ParseUrl, AtSignInThePathIsNoUserInformation) {
  EXPECT_EQ(parse_url("http://a/@x?y=a@b").value().target, "/@x?y=a@b");
}

TEST(ParseUrl, HasALimitOfLength) {
  const std::string start = "http://a/";
  EXPECT_TRUE(parse_url(start + std::string(url_bytes_max - start.size(), 'x')));
  EXPECT_FALSE(parse_url(start + std::string(url_bytes_max - start.size() + 1, 'x')));
  EXPECT_TRUE(parse_url("http://" + std::string(63, 'a')));
  EXPECT_FALSE(parse_url("http://" + std::string(64, 'a')));
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b+c/d?e=\"{\xC3\xA9"), "a%20b%2Bc%2Fd%3Fe%3D%22%7B%C3%A9");
  EXPECT_EQ(percent_encode("\0\n"sv), "%00%0A");
}

TEST(FormEncode, JoinsFields) {
  EXPECT_EQ(form_encode({{"query", "sum(x) > 1"}, {"time", "1"}}),
            "query=sum%28x%29%20%3E%201&time=1");
  EXPECT_EQ(form_encode({{"a&b", ""}}), "a%26b=");
  EXPECT_EQ(form_encode({}), "");
}

}  // namespace
}  // namespace kai::codec
