#include "splitter/handover/offer.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "splitter/protocol/spec.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

Offer example() {
  return {.control_socket = "/run/kai/a.sock",
          .handover_socket = "/run/kai/a.sock.handover",
          .state_directory = "/var/lib/kai",
          .metrics_address = "127.0.0.1:9100",
          .listeners = {{.name = "web", .address = "0.0.0.0:80", .sockets = 2},
                        {.name = "more", .address = "[::]:81", .sockets = 1}},
          .started = {.since_epoch = std::chrono::nanoseconds(1'700'000'000'123'456'789)},
          .processes = 3,
          .snapshot = fakes::shop_spec(),
          .generation_given = 44,
          .writer_epoch = 9,
          .slots = {{"shop", 7}}};
}

TEST(Offer, ReadsBackAsItWasWritten) {
  const Offer offer = example();
  const Result<Offer> read = read_offer(write_offer(offer));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(write_offer(*read), write_offer(offer));
  EXPECT_EQ(read->snapshot.routes[0].split.salt.reveal(), fakes::test_salt);
  EXPECT_EQ(read->started.since_epoch, offer.started.since_epoch);
  EXPECT_EQ(read->descriptor_count(), 8U);
}

TEST(Offer, AnotherVersionIsRejectedAndSaysWhatToDo) {
  for (const char* const key : {"format", "counts_format"}) {
    Tree body = write_offer(example());
    body.set(key, 99);
    const Result<Offer> read = read_offer(body);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().kind, ErrorKind::rejected);
    EXPECT_NE(read.error().message.find("restart it instead"), std::string::npos);
  }
}

TEST(Offer, WhatIsNotOfTheFormIsMalformed) {
  struct Case {
    std::string pointer;
    Tree value;
  };
  for (const auto& [pointer, value] : std::vector<Case>{
           {"/listeners", Tree()},
           {"/listeners/0/name", 1},
           {"/listeners/0/sockets", -1},
           {"/listeners/0/sockets", 1'000'000'000},
           {"/started_ns", "now"},
           {"/processes", 0},
           {"/processes", processes_max + 1},
           {"/generation_given", -1},
           {"/writer_epoch", Tree()},
           {"/snapshot", Tree()},
           {"/snapshot/routes", 1},
           {"/slots", Tree()},
           {"/slots/shop", -1},
           {"/slots/shop", 40'000},
       }) {
    Tree body = write_offer(example());
    body.set_at(pointer, value);
    const Result<Offer> read = read_offer(body);
    ASSERT_FALSE(read.has_value()) << pointer;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed) << pointer;
  }
}

}  // namespace
}  // namespace kai::splitter
