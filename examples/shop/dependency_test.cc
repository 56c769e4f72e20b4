#include "examples/shop/dependency.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace shop {
namespace {

using boost::asio::ip::tcp;

TEST(DependencyTest, AnswersAsLongAsSomebodyListens) {
  boost::asio::io_context context;
  std::optional<tcp::acceptor> listener(std::in_place, context,
                                        tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Dependency dependency("127.0.0.1:" + std::to_string(listener->local_endpoint().port()));
  EXPECT_TRUE(dependency.answers());
  EXPECT_TRUE(dependency.answers());
  listener.reset();
  EXPECT_FALSE(dependency.answers());
}

TEST(DependencyTest, WhatIsNoPlaceIsRefused) {
  for (const char* wrong : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000",
                            "127.0.0.1:80x", "shop.test:80"}) {
    EXPECT_THROW(Dependency{wrong}, std::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace shop
