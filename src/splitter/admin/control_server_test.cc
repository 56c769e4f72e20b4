#include "splitter/admin/control_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/loop.h"
#include "os/descriptor.h"
#include "os/real_disk.h"
#include "splitter/admin/control_calls.h"
#include "splitter/admin/publisher.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_loop.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

class ControlServerTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = *disk_.make_private_directory("kai-control-");
    settings_.control_socket = directory_ + "/run/splitter.sock";
  }
  void TearDown() override {
    server_.reset();
    static_cast<void>(disk_.remove_private_directory(directory_));
  }
  Result<Unit> listen() {
    auto listening = ControlServer::listen(loop_.loop(), settings_, ::getuid(), calls_);
    if (!listening) return std::unexpected(listening.error());
    server_ = std::move(*listening);
    return Unit{};
  }
  // The whole answer to one request, whose connection is closed behind it.
  std::string ask(const std::string& request) {
    const os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(settings_.control_socket, std::begin(address.sun_path));
    EXPECT_EQ(
        ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(os::write_all(socket.number(), request));
    std::string answer;
    loop_.run_until([&] {
      std::array<char, 4096> piece;
      const ssize_t got = ::recv(socket.number(), piece.data(), piece.size(), MSG_DONTWAIT);
      if (got > 0) answer.append(piece.data(), static_cast<std::size_t>(got));
      if (got == 0) return true;
      loop_.loop().post([] {});  // another turn
      return false;
    });
    return answer;
  }
  static std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: kai\r\nConnection: close\r\n\r\n";
  }

  os::RealDisk disk_{testing::TempDir()};
  std::string directory_;
  Settings settings_;
  fakes::TestLoop loop_;
  fakes::FakeRandom random_;
  Numbers numbers_{random_};
  Publisher publisher_{
      {.timers = loop_.loop(),
       .clock = loop_.clock(),
       .numbers = numbers_,
       .post =
           [this](const std::shared_ptr<const Snapshot>& snapshot) {
             loop_.loop().post([this, generation = snapshot->generation] {
               publisher_.acknowledge(0, generation);
             });
           },
       .save =
           [this](const SnapshotSpec&, Reply<Unit> saved) {
             loop_.loop().post([reply = std::move(saved)]() mutable { reply(Unit{}); });
           }},
      {.spec = fakes::shop_spec(), .snapshot = fakes::built(fakes::shop_spec(), numbers_)},
      1};
  ControlCalls calls_{publisher_,
                      {.add_metrics = [](std::string&) {},
                       .add_status = [](Tree&) {},
                       .is_ready = [] { return true; }}};
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AWeightIsChangedOverTheSocket) {
  ASSERT_TRUE(listen());
  const std::string body = R"({"writer_epoch":7,"base_generation":41,"states":{"new":"closed"}})";
  const std::string answer = ask(
      "PUT /v1/routes/shop/split HTTP/1.1\r\nHost: kai\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("\"durable\":true}\n")) << answer;
  EXPECT_TRUE(publisher_.in_force().snapshot->backends[1].is_closed());
  EXPECT_TRUE(ask(get("/v1/nothing")).starts_with("HTTP/1.1 404"));
}

TEST_F(ControlServerTest, ItsDirectoryAndItselfAreOurs) {
  ASSERT_TRUE(listen());
  struct stat about{};
  ASSERT_EQ(::stat((directory_ + "/run").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777U, 0700U);
  ASSERT_EQ(::stat(settings_.control_socket.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777U, 0600U);
}

TEST_F(ControlServerTest, ADirectoryThatOthersMayWriteToIsRefused) {
  ASSERT_EQ(::mkdir((directory_ + "/run").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((directory_ + "/run").c_str(), 0777), 0);
  const auto listening = listen();
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().kind, ErrorKind::rejected);
  EXPECT_NE(listening.error().message.find("nobody else may write"), std::string::npos);
}

TEST_F(ControlServerTest, ASocketThatIsServedIsLeftAloneAndALeftOverOneReplaced) {
  ASSERT_TRUE(listen());
  auto other = ControlServer::listen(loop_.loop(), settings_, ::getuid(), calls_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(ask(get("/healthz")).ends_with("ok\n")) << "and still served";
  server_.reset();
  EXPECT_NE(::access(settings_.control_socket.c_str(), F_OK), 0) << "removed at the end";
  // What a killed process leaves behind: a socket file without a listener.
  const os::Descriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::ranges::copy(settings_.control_socket, std::begin(address.sun_path));
  ASSERT_EQ(::bind(left.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(listen());
}

TEST_F(ControlServerTest, WhatIsNoSocketIsNotReplaced) {
  ASSERT_EQ(::mkdir((directory_ + "/run").c_str(), 0700), 0);
  ASSERT_TRUE(disk_.write_new(settings_.control_socket, "precious"));
  EXPECT_EQ(listen().error().kind, ErrorKind::rejected);
  EXPECT_EQ(*disk_.read(settings_.control_socket, 100), "precious");
}

TEST_F(ControlServerTest, FiguresHaveAListenerOfTheirOwn) {
  settings_.metrics_address = parse_socket_address("127.0.0.1:9");
  settings_.metrics_address->port = 0;
  ASSERT_TRUE(listen());
  EXPECT_NE(server_->metrics_port().value_or(0), 0);
}

TEST(ControlRights, AreThoseOfThePeer) {
  const ControlAccess access{.readers = {33}, .writers = {1000}};
  EXPECT_EQ(rights_of(0, 7, access), Rights::write);
  EXPECT_EQ(rights_of(7, 7, access), Rights::write);
  EXPECT_EQ(rights_of(1000, 7, access), Rights::write);
  EXPECT_EQ(rights_of(33, 7, access), Rights::read);
  EXPECT_EQ(rights_of(34, 7, access), std::nullopt);
}

TEST(ControlRights, StrangersAreClosedAndReadersLeaveRoomForWriters) {
  constexpr std::size_t all = net::HttpServer::connections_max;
  EXPECT_FALSE(may_connect(std::nullopt, 0));
  EXPECT_TRUE(may_connect(Rights::read, all - kept_for_writers - 1));
  EXPECT_FALSE(may_connect(Rights::read, all - kept_for_writers));
  EXPECT_TRUE(may_connect(Rights::write, all - 1));
}

}  // namespace
}  // namespace kai::splitter
