#include "splitter/route/address.h"

#include <gtest/gtest.h>

#include <string>

namespace kai::splitter {
namespace {

TEST(Address, IsWrittenInItsCanonicalForm) {
  for (const auto& [text, canonical] : {std::pair("10.0.0.1", "10.0.0.1"), std::pair("::1", "::1"),
                                        std::pair("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
                                        std::pair("::ffff:1.2.3.4", "::ffff:1.2.3.4")}) {
    const auto address = parse_ip_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(format_ip_address(*address), canonical);
  }
  EXPECT_EQ(format_ip_address(without_ipv4_mapping(*parse_ip_address("::ffff:1.2.3.4"))),
            "1.2.3.4");
  EXPECT_EQ(format_ip_address(without_ipv4_mapping(*parse_ip_address("::1"))), "::1");
}

TEST(Address, WhatIsNoneIsRefused) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "::g", "[::1]",
                           "fe80::1%eth0", " ::1", "localhost", "1.2.3.4 "}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
  EXPECT_FALSE(parse_ip_address(std::string("1.2.3.4\0", 8)));
  EXPECT_FALSE(parse_ip_address(std::string(500, '1')));
}

TEST(SocketAddress, HasAPortAndIpv6ItsBrackets) {
  for (const char* text : {"10.0.0.1:8080", "[::1]:1", "[2001:db8::1]:65535"}) {
    const auto address = parse_socket_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(format_socket_address(*address), text);
  }
  for (const char* text : {"10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "::1:80",
                           "[10.0.0.1]:80", "[::1]", "10.0.0.1:+1", "10.0.0.1:080", ":80"}) {
    EXPECT_FALSE(parse_socket_address(text)) << text;
  }
}

TEST(Network, HoldsTheAddressesOfItsPrefix) {
  const auto ten = parse_network("10.0.0.0/8");
  ASSERT_TRUE(ten);
  EXPECT_TRUE(ten->contains(*parse_ip_address("10.255.0.1")));
  EXPECT_FALSE(ten->contains(*parse_ip_address("11.0.0.1")));
  EXPECT_FALSE(ten->contains(*parse_ip_address("a00::1"))) << "the same bits in another family";
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(*parse_ip_address("1.2.3.4")));
  EXPECT_TRUE(parse_network("10.0.0.1")->contains(*parse_ip_address("10.0.0.1")));
  EXPECT_TRUE(parse_network("2001:db8::/33")->contains(*parse_ip_address("2001:db8:7fff::1")));
  EXPECT_FALSE(parse_network("2001:db8::/33")->contains(*parse_ip_address("2001:db8:8000::1")));
  for (const char* text :
       {"10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08", "/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace kai::splitter
