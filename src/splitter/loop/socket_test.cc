#include "splitter/loop/socket.h"

#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/error.h"
#include "os/descriptor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/loop/stream.h"
#include "splitter/route/address.h"

namespace kai::splitter {
namespace {

SocketAddress any_port() { return {.ip = *parse_ip_address("127.0.0.1"), .port = 0}; }

struct Connected {
  os::Descriptor near;
  os::Descriptor far;
};

Connected connected() {
  const os::Descriptor listener = *listen_on(any_port());
  Connected pair{.near = connect_to(local_address(listener.number())), .far = {}};
  Accepted accepted;
  EXPECT_EQ(accept_from(listener.number(), accepted), AcceptProgress::accepted);
  EXPECT_EQ(format_ip_address(accepted.peer), "127.0.0.1");
  pair.far = std::move(accepted.descriptor);
  return pair;
}

TEST(ListenOn, AnAddressThatOthersListenOnIsInUse) {
  const os::Descriptor first = *listen_on(any_port());
  const SocketAddress address = local_address(first.number());
  const auto second = listen_on(address);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_NE(second.error().message.find(format_socket_address(address)), std::string::npos);
}

TEST(ListenOn, WorkersOfOneProcessShareAnAddress) {
  const os::Descriptor first = *listen_on(any_port());
  EXPECT_TRUE(listen_on(local_address(first.number()), Sharing::with_first).has_value());
}

TEST(ListenOn, AnAddressThatIsNotOursIsRejected) {
  const auto listener = listen_on({.ip = *parse_ip_address("192.0.2.1"), .port = 0});
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().kind, ErrorKind::rejected);
}

TEST(PrepareListening, OnlyAListeningInternetSocketWillDo) {
  const os::Descriptor listener = *listen_on(any_port());
  EXPECT_TRUE(prepare_listening(listener.number()));
  const Connected pair = connected();
  EXPECT_FALSE(prepare_listening(pair.near.number()));
  EXPECT_FALSE(prepare_listening(-1));
}

TEST(Stream, TheEndIsToldOnceAllBytesWereRead) {
  Connected pair = connected();
  SlabPool slabs(1 << 20, 1 << 20);
  Stream stream(slabs, std::move(pair.near));
  ASSERT_TRUE(os::write_all(pair.far.number(), "bye"));
  shut_down_writing(pair.far.number());
  stream.note({.readable = true, .read_closed = true});
  EXPECT_EQ(stream.fill(4096), Fill::more);
  EXPECT_EQ(stream.in.view(), "bye");
  EXPECT_EQ(stream.fill(4096), Fill::closed);
  EXPECT_EQ(stream.fill(4096), Fill::closed);
}

TEST(Stream, AShortReadWaitsForTheNextEdge) {
  Connected pair = connected();
  SlabPool slabs(1 << 20, 1 << 20);
  Stream stream(slabs, std::move(pair.near));
  ASSERT_TRUE(os::write_all(pair.far.number(), "one"));
  stream.note({.readable = true});
  EXPECT_EQ(stream.fill(4096), Fill::more);
  ASSERT_TRUE(os::write_all(pair.far.number(), "two"));
  EXPECT_EQ(stream.fill(4096), Fill::blocked) << "no call is made before epoll says so";
  stream.note({.readable = true});
  EXPECT_EQ(stream.fill(4096), Fill::more);
  EXPECT_EQ(stream.in.view(), "onetwo");
}

TEST(Stream, AWriteThatDoesNotFitIsContinuedLater) {
  Connected pair = connected();
  SlabPool slabs(1 << 20, 1 << 20);
  Stream stream(slabs, std::move(pair.near));
  stream.note({.writable = true});
  std::size_t sent = 0;
  while (!stream.is_write_blocked()) {
    ASSERT_TRUE(stream.out.reserve(4096));
    stream.out.append(std::string(4096, 'x'));
    sent += 4096;
    ASSERT_TRUE(stream.flush());
  }
  EXPECT_GT(sent, stream.out.size());
  EXPECT_LE(stream.out.size(), 4096U);
}

TEST(Stream, APeerThatIsGoneIsAFailure) {
  Connected pair = connected();
  SlabPool slabs(1 << 20, 1 << 20);
  Stream stream(slabs, std::move(pair.near));
  reset_on_close(pair.far.number());
  pair.far.close();
  stream.note({.readable = true, .writable = true, .failed = true});
  EXPECT_EQ(stream.fill(4096), Fill::failed);
}

}  // namespace
}  // namespace kai::splitter
