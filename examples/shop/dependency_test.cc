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

tcp::acceptor listen_at(boost::asio::io_context& context, unsigned short port) {
  return {context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)};
}

TEST(DependencyTest, AnswersAsLongAsTheOtherEndIsThere) {
  boost::asio::io_context context;
  std::optional<tcp::acceptor> listener(listen_at(context, 0));
  const auto port = listener->local_endpoint().port();
  const Dependency dependency("127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(dependency.answers());
  std::optional<tcp::socket> kept(listener->accept());
  EXPECT_TRUE(dependency.answers());
  kept.reset();
  EXPECT_TRUE(dependency.answers()) << "a new connection takes the place of the closed one";
  kept.emplace(listener->accept());
  listener.reset();
  kept.reset();
  EXPECT_FALSE(dependency.answers());
  EXPECT_FALSE(dependency.answers());
  listener.emplace(listen_at(context, port));
  EXPECT_TRUE(dependency.answers());
}

TEST(DependencyTest, WhatIsNoPlaceIsRefused) {
  for (const char* wrong : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000",
                            "127.0.0.1:80x", "shop.test:80"}) {
    EXPECT_THROW(Dependency{wrong}, std::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace shop
