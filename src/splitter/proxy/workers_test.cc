#include "splitter/proxy/workers.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "os/descriptor.h"
#include "splitter/loop/socket.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

struct WorkersTest : testing::Test {
  WorkersTest() {
    inherited.push_back({.socket = *listen_on({.ip = *parse_ip_address("127.0.0.1"), .port = 0})});
  }

  Result<std::unique_ptr<Workers>> make(const Settings& settings) {
    return Workers::make(clock, settings, 2, fakes::built(fakes::shop_spec(), numbers),
                         std::move(inherited),
                         {.passed = [](std::size_t, std::uint64_t) {},
                          .bug = [](std::string_view what) { ADD_FAILURE() << what; },
                          .ended = [](std::size_t) {}});
  }

  fakes::FakeSteadyClock clock;
  fakes::FakeRandom random;
  Numbers numbers{random};
  std::vector<HeldSocket> inherited;
};

TEST_F(WorkersTest, AnInheritedSocketServesTheListenerOfItsAddress) {
  const SocketAddress address = local_address(inherited[0].socket.number());
  const Settings settings{.listeners = {{.name = "web", .address = address}}};
  const auto workers = make(settings);
  ASSERT_TRUE(workers.has_value()) << workers.error().message;
  EXPECT_EQ((*workers)->addresses(), std::vector<SocketAddress>{address});
}

TEST_F(WorkersTest, EveryInheritedSocketOfAListenerIsKeptForTheNextProcess) {
  const SocketAddress address = local_address(inherited[0].socket.number());
  for (int more = 0; more < 4; ++more) {
    inherited.push_back({.socket = *listen_on(address, Sharing::with_first), .listener = "web"});
  }
  const Settings settings{.listeners = {{.name = "web", .address = address}}};
  const auto workers = make(settings);
  ASSERT_TRUE(workers.has_value()) << workers.error().message;
  EXPECT_EQ((*workers)->listening().size(), 5U);
  EXPECT_EQ((*workers)->listening().back().listener, "web");
  (*workers)->drain(Duration(1));
  EXPECT_TRUE((*workers)->listening().empty());
}

TEST_F(WorkersTest, AnInheritedSocketOfNoListenerIsAnErrorThatNamesIt) {
  const std::string address = format_socket_address(local_address(inherited[0].socket.number()));
  const Settings settings{
      .listeners = {{.name = "web", .address = {.ip = *parse_ip_address("127.0.0.1"), .port = 0}}}};
  const auto workers = make(settings);
  ASSERT_FALSE(workers.has_value());
  EXPECT_EQ(workers.error().kind, ErrorKind::rejected);
  EXPECT_NE(workers.error().message.find(address), std::string::npos) << workers.error().message;
}

}  // namespace
}  // namespace kai::splitter
