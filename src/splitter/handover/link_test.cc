#include "splitter/handover/link.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/tree.h"
#include "os/descriptor.h"

namespace kai::splitter {
namespace {

struct LinkTest : testing::Test {
  LinkTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours = std::make_unique<Link>(os::Descriptor(ends[0]));
    theirs = os::Descriptor(ends[1]);
  }

  Link& link_to_theirs() {
    other = std::make_unique<Link>(std::move(theirs));
    return *other;
  }
  void write(std::string_view bytes) {
    EXPECT_EQ(::write(theirs.number(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  ErrorKind kind_of_failure() {
    const auto got = ours->receive();
    EXPECT_FALSE(got.has_value());
    return got ? ErrorKind::no_data : got.error().kind;
  }

  std::unique_ptr<Link> ours;
  std::unique_ptr<Link> other;
  os::Descriptor theirs;
};

TEST_F(LinkTest, ABodyAndItsDescriptorsArriveTogether) {
  Link& sender = link_to_theirs();
  const os::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(sender.send(message("first")).has_value());
  ASSERT_TRUE(sender.send(message("second"), std::array{file.number()}).has_value());
  const auto first = ours->receive();
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_EQ((*first)->type(), "first");
  EXPECT_TRUE((*first)->descriptors.empty());
  const auto second = ours->receive();
  ASSERT_TRUE(second.has_value() && second->has_value());
  EXPECT_EQ((*second)->type(), "second");
  ASSERT_EQ((*second)->descriptors.size(), 1U);
  EXPECT_NE((*second)->descriptors[0].number(), file.number());
  EXPECT_NE(::fcntl((*second)->descriptors[0].number(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(LinkTest, WhatIsCutAtAnyByteIsWaitedFor) {
  const std::string frame("\x0a\0\0\0\0\0\0\0{\"type\":1}", 18);
  for (std::size_t at = 0; at + 1 < frame.size(); ++at) {
    write(std::string_view(frame).substr(at, 1));
    const auto got = ours->receive();
    ASSERT_TRUE(got.has_value());
    EXPECT_FALSE(got->has_value());
  }
  write(std::string_view(frame).substr(frame.size() - 1));
  EXPECT_TRUE(ours->receive()->has_value());
}

TEST_F(LinkTest, WhatIsNoFrameIsMalformed) {
  write(std::string_view("\xff\xff\xff\xff\0\0\0\0", 8));
  EXPECT_EQ(kind_of_failure(), ErrorKind::malformed);
}

TEST_F(LinkTest, ABodyThatIsNoMapIsMalformed) {
  write(std::string_view("\x02\0\0\0\0\0\0\0[]", 10));
  EXPECT_EQ(kind_of_failure(), ErrorKind::malformed);
}

TEST_F(LinkTest, DescriptorsThatAreOnlyPromisedAreMalformed) {
  write(std::string_view("\x02\0\0\0\x01\0\0\0{}", 10));
  EXPECT_EQ(kind_of_failure(), ErrorKind::malformed);
}

// Each that is not asked for would take a descriptor from the connections of clients.
TEST_F(LinkTest, DescriptorsThatNoFrameAsksForAreMalformed) {
  write(std::string_view("\xff\xff\0\0\0\0\0\0", 8));  // what follows is its body, and too short
  Link& sender = link_to_theirs();
  const os::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<int> most(Link::frame_descriptors_max, file.number());
  for (int sent = 0; sent < 3; ++sent) {
    ASSERT_TRUE(sender.send(message("more"), most).has_value());
  }
  EXPECT_EQ(kind_of_failure(), ErrorKind::malformed);
}

TEST_F(LinkTest, TheEndIsUnavailable) {
  theirs.close();
  EXPECT_EQ(kind_of_failure(), ErrorKind::unavailable);
}

// What decides who is in charge when both give up at once.
TEST_F(LinkTest, AfterAShutdownWhatWasSentBeforeIsThereAndNothingElseCanBeSent) {
  Link& sender = link_to_theirs();
  ASSERT_TRUE(sender.send(message("owned")).has_value());
  ours->shut_down();
  EXPECT_FALSE(sender.send(message("too late")).has_value());
  const auto got = ours->receive();
  ASSERT_TRUE(got.has_value() && got->has_value());
  EXPECT_EQ((*got)->type(), "owned");
  EXPECT_FALSE(ours->receive().has_value());
}

TEST_F(LinkTest, WhatDoesNotFitWaitsAndMoreThanTheLimitIsRefused) {
  Tree large = message("large");
  large.set("text", std::string(std::size_t{40} << 20, 'x'));
  ASSERT_TRUE(ours->send(large).has_value());
  EXPECT_TRUE(ours->has_output());
  ASSERT_TRUE(ours->send(large).has_value());
  ASSERT_TRUE(ours->send(large).has_value());
  const auto refused = ours->send(large);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace kai::splitter
