#include "splitter/handover/older_process.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "base/descriptor_watch.h"
#include "base/reply.h"
#include "os/descriptor.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/counts.h"
#include "splitter/route/snapshot.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

// Nobody looks before the test does.
struct BlindWatch : DescriptorWatch {
  void watch_readable(int /*descriptor*/, Task /*task*/) override {}
  void watch_writable(int /*descriptor*/, Task /*task*/) override {}
  void unwatch(int /*descriptor*/) override {}
};

struct OlderProcessTest : testing::Test {
  OlderProcessTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    theirs = std::make_unique<Link>(os::Descriptor(ends[1]));
    older = std::make_unique<OlderProcess>(
        watch, Link(os::Descriptor(ends[0])), &inherited, 1,
        OlderProcess::Events{
            .passed = [](auto) {},
            .ended = [this](std::string_view reason) { log += " ended: " + std::string(reason); }});
  }
  // What the older process says when it has answered so many requests.
  void tell_counts(int requests) {
    Cell& cell = counted.of(labels, {});
    for (int at = 0; at < requests; ++at) {
      cell.add_request(200, Assignment::unkeyed, std::chrono::milliseconds(1));
    }
    Tree body = message("counts");
    body.set("counts", writer.write_new({&counted}));
    ASSERT_TRUE(theirs->send(body));
  }
  std::uint64_t inherited_requests() { return inherited.of(labels, {}).by_status[100].read(); }

  const CellLabels labels{.service = "shop", .route = "shop", .version = "v1", .track = "stable"};
  BlindWatch watch;
  CellTable inherited;
  CellTable counted;
  CountsWriter writer;
  std::string log;
  std::unique_ptr<Link> theirs;
  std::unique_ptr<OlderProcess> older;
};

// A change comes between its end and our look at it.
TEST_F(OlderProcessTest, WhatItCountedLastIsNotLostWhenItCannotBeToldAnythingMore) {
  tell_counts(5);
  tell_counts(3);
  theirs.reset();
  older->publish(fakes::shop_spec(), {});
  EXPECT_EQ(inherited_requests(), 8U);
  EXPECT_FALSE(older->is_there());
  EXPECT_NE(log, "");
  const std::string told = log;
  older->publish(fakes::shop_spec(), {});
  older->say_ending(std::chrono::seconds(1));
  EXPECT_EQ(log, told) << "the end is told once";
}

}  // namespace
}  // namespace kai::splitter
