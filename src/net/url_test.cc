#include "net/url.h"

#include <gtest/gtest.h>

namespace kai::net {
namespace {

TEST(Url, PartsAreTakenAsTheyStand) {
  const auto url = parse_url("https://Api.Example:6443/a/b?x=1&y=%20");
  ASSERT_TRUE(url.has_value());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "api.example");
  EXPECT_EQ(url->port, 6443);
  EXPECT_EQ(url->target, "/a/b?x=1&y=%20");
  EXPECT_EQ(url->path(), "/a/b");
  EXPECT_EQ(url->authority(), "api.example:6443");
}

TEST(Url, PortAndPathHaveDefaults) {
  EXPECT_EQ(parse_url("http://h")->port, 80);
  EXPECT_EQ(parse_url("https://h")->port, 443);
  EXPECT_EQ(parse_url("http://h")->target, "/");
  EXPECT_EQ(parse_url("http://h?q=1")->target, "/?q=1");
}

TEST(Url, IpV6StandsInBrackets) {
  const auto url = parse_url("http://[::1]:8080/x");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
}

TEST(Url, WhatIsNoPlainUrlIsRejected) {
  for (const char* text : {"",
                           "h",
                           "/path",
                           "ftp://h/",
                           "http://",
                           "http:///x",
                           "http://u@h/",
                           "http://u:p@h/",
                           "http://h/#f",
                           "http://h/ x",
                           "http://h/\r\nX: y",
                           "http://h/\x7f",
                           "http://h/\xc3\xa4",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:/",
                           "http://h:8a/",
                           "http://h:1:2/",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[fe80::1%25eth0]/",
                           "http://[1]/",
                           "http://-h/",
                           "http://a..b/",
                           "http://h\\@evil/",
                           "http://h\\x"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::rejected) << text;
  }
}

TEST(Url, DisguisedIpV4IsRejected) {
  for (const char* host : {"127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001",
                           "127.0.0.01", "1.2.3.4.5", "1.2.3.256", "127.0.0.1."}) {
    EXPECT_FALSE(parse_url("http://" + std::string(host) + "/").has_value()) << host;
  }
  EXPECT_TRUE(parse_url("http://127.0.0.1/").has_value());
  EXPECT_TRUE(parse_url("http://1.example/").has_value());
}

TEST(Url, LengthHasALimit) {
  const std::string head = "http://h/";
  EXPECT_TRUE(parse_url(head + std::string(url_bytes_max - head.size(), 'a')).has_value());
  EXPECT_FALSE(parse_url(head + std::string(url_bytes_max - head.size() + 1, 'a')).has_value());
}

TEST(Url, MessageDoesNotHoldTheUrl) {
  EXPECT_EQ(parse_url("http://user:secret@h/").error().message.find("secret"), std::string::npos);
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b&c=/\xff"), "a%20b%26c%3D%2F%FF");
}

}  // namespace
}  // namespace kai::net
