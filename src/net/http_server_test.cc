#include "net/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

// A blocking client.
struct Client {
  int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(number); }
};

class HttpServerTest : public testing::Test {
 protected:
  void listen(HttpServer::Options options) {
    options.unix_path = path_;
    auto listening = HttpServer::listen(
        loop_.loop(), std::move(options),
        [this](const HttpServerRequest&, const std::shared_ptr<HttpResponder>& responder) {
          ++asked_;
          responder->send({.status = 200, .body = "hello"});
        });
    ASSERT_TRUE(listening) << listening.error().message;
    server_ = std::move(*listening);
  }
  void connect(const Client& client) const {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(path_, std::begin(address.sun_path));
    EXPECT_EQ(::connect(client.number, reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  static void send(const Client& client, std::string_view bytes) {
    ::send(client.number, bytes.data(), bytes.size(), MSG_NOSIGNAL);  // it may be closed already
  }
  // What comes until the server closes.
  std::string rest_of(const Client& client) {
    std::string all;
    loop_.run_until([&] {
      std::array<char, 4096> piece;
      const ssize_t got = ::recv(client.number, piece.data(), piece.size(), MSG_DONTWAIT);
      if (got > 0) all.append(piece.data(), static_cast<std::size_t>(got));
      loop_.loop().post([] {});  // another turn
      return got == 0 || (got < 0 && errno == ECONNRESET);
    });
    return all;
  }

  static constexpr std::string_view request =
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string path_ = testing::TempDir() + "kai-server-" + std::to_string(::getpid());
  fakes::TestLoop loop_;
  std::unique_ptr<HttpServer> server_;
  int asked_ = 0;
};

TEST_F(HttpServerTest, WhoMayNotConnectIsClosedBeforeAByteIsRead) {
  std::size_t allowed = 1;
  listen({.may_connect = [&](const PeerProcess& peer, std::size_t open) {
    EXPECT_EQ(peer.user, ::getuid());
    return open < allowed;
  }});
  const Client first;
  const Client second;  // sends nothing
  const Client third;
  connect(first);
  connect(second);
  EXPECT_EQ(rest_of(second), "");
  EXPECT_EQ(server_->connections_open(), 1U);
  send(first, request);
  EXPECT_TRUE(rest_of(first).ends_with("hello"));
  allowed = 0;
  connect(third);
  send(third, request);
  EXPECT_EQ(rest_of(third), "");
  EXPECT_EQ(asked_, 1);
}

TEST_F(HttpServerTest, AnotherServerTakesTheSocketOverAndNobodyIsRefused) {
  listen({});
  server_->pause();
  const Client early;
  connect(early);
  send(early, request);
  const int copy = ::dup(server_->listening_descriptor());
  const std::unique_ptr<HttpServer> before = std::move(server_);
  listen({.listening = copy, .starts_paused = true});
  before->leave();
  EXPECT_EQ(before->connections_accepted(), 0U);
  server_->resume();
  EXPECT_TRUE(rest_of(early).ends_with("hello"));
  const Client late;
  connect(late);
  send(late, request);
  EXPECT_TRUE(rest_of(late).ends_with("hello"));
  EXPECT_EQ(server_->connections_accepted(), 2U);
}

TEST_F(HttpServerTest, OneThatWasGivenASocketInVainLeavesItsPath) {
  listen({});
  const std::unique_ptr<HttpServer> first = std::move(server_);
  listen({.listening = ::dup(first->listening_descriptor()), .starts_paused = true});
  server_.reset();
  const Client client;
  connect(client);
  send(client, request);
  EXPECT_TRUE(rest_of(client).ends_with("hello"));
}

}  // namespace
}  // namespace kai::net
