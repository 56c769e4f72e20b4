#include "splitter/loop/listener.h"

#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "os/descriptor.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"
#include "splitter/route/address.h"
#include "tests/fakes/fake_clock.h"

namespace kai::splitter {
namespace {

constexpr WatcherCalls no_calls{
    .on_ready = [](Watcher&, Readiness) {},
    .on_due = [](Watcher&) {},
    .on_bug = [](Watcher&, std::string_view) {},
};

struct ListenerTest : testing::Test {
  void turns_after_a_rest() {
    clock.advance(2 * Listener::rest_time);
    for (int count = 0; count < 3; ++count) reactor.turn(false);
  }

  fakes::FakeSteadyClock clock;
  Reactor reactor{clock, [](std::string_view what) { ADD_FAILURE() << what; }};
  os::Descriptor socket = *listen_on({.ip = *parse_ip_address("127.0.0.1"), .port = 0});
  SocketAddress address = local_address(socket.number());
  int number = socket.number();
  int accepted = 0;
  bool has_room = true;
  Listener listener{reactor, std::move(socket), [this](const Accepted&) {
                      accepted += 1;
                      return has_room;
                    }};
};

TEST_F(ListenerTest, ItRestsWhenThereIsNoRoomAndGoesOnByItself) {
  has_room = false;
  const os::Descriptor first = connect_to(address);
  const os::Descriptor second = connect_to(address);
  reactor.turn(false);
  EXPECT_EQ(accepted, 1);
  has_room = true;
  turns_after_a_rest();
  EXPECT_EQ(accepted, 2);
}

TEST_F(ListenerTest, ItRestsOnceMoreWhenTheKernelCannotWatchItYet) {
  has_room = false;
  const os::Descriptor first = connect_to(address);
  reactor.turn(false);
  ASSERT_EQ(accepted, 1);
  has_room = true;
  // The kernel does not watch a descriptor twice; a lack of memory looks the same from here.
  Watcher in_its_place(no_calls);
  ASSERT_TRUE(reactor.add(number, in_its_place, Trigger::edge));
  const os::Descriptor second = connect_to(address);
  turns_after_a_rest();
  EXPECT_EQ(accepted, 1);
  reactor.remove(number, in_its_place);
  turns_after_a_rest();
  EXPECT_EQ(accepted, 2);
}

}  // namespace
}  // namespace kai::splitter
