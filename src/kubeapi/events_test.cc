#include "kubeapi/events.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"

namespace kai::kubeapi {
namespace {

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  Client client{http, timers, timers.clock(), ClusterAccess{.server = "https://api"},
                std::make_shared<Credentials>(UserAccess{}, "https://api", disk, process, wall,
                                              std::map<std::string, std::string>{}, nullptr)};
  EventPoster poster{
      client, timers.clock(), wall, {.controller = "example.org/c", .instance = "i"}};
  Tree object = codec::parse_json(R"({"apiVersion":"apps/v1","kind":"Deployment",
      "metadata":{"namespace":"shop","name":"api","uid":"u-1"}})")
                    .value();

  World() { http.on("POST", "https://api").reply(201, "{}"); }
  Tree sent(std::size_t i) { return codec::parse_json(http.requests().at(i).body).value(); }
};

TEST(EventPoster, PostsWhatHappenedToWhat) {
  World world;
  EXPECT_TRUE(world.poster.post(
      world.object, {.warning = true, .reason = "Lowered", .action = "Weigh", .note = "why"}));
  world.timers.settle();
  EXPECT_EQ(world.http.log().front(),
            "POST https://api/apis/events.k8s.io/v1/namespaces/shop/events");
  const Tree event = world.sent(0);
  EXPECT_EQ(event.text_or("/type", ""), "Warning");
  EXPECT_EQ(event.text_or("/eventTime", ""), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(event.text_or("/regarding/uid", ""), "u-1");
  EXPECT_TRUE(event.text_or("/metadata/name", "").starts_with("api."));
  EXPECT_EQ(world.poster.failures(), 0U);
}

TEST(EventPoster, ARepeatIsNotPostedUntilItsTimeIsOver) {
  World world;
  const EventText text{.reason = "Raised", .action = "Weigh", .note = "n"};
  EXPECT_TRUE(world.poster.post(world.object, text));
  EXPECT_FALSE(world.poster.post(world.object, text));
  EXPECT_TRUE(
      world.poster.post(world.object, {.reason = "Raised", .action = "Weigh", .note = "m"}));
  world.timers.advance(event_repeat_after);
  EXPECT_TRUE(world.poster.post(world.object, text));
  world.timers.settle();
  ASSERT_EQ(world.http.log().size(), 3U);
  EXPECT_NE(world.sent(0).text_or("/metadata/name", ""),
            world.sent(1).text_or("/metadata/name", ""));
}

TEST(EventPoster, NoMoreThanTheLimitAreOpenAndNotesAreCut) {
  World world;
  std::size_t posted = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string note = std::to_string(i) + std::string(5000, '\x1b');
    if (world.poster.post(world.object, {.reason = "R", .action = "A", .note = note})) ++posted;
  }
  EXPECT_EQ(posted, events_open_max);
  world.timers.settle();
  EXPECT_LE(world.sent(0).text_or("/note", "").size(), event_note_bytes_max);
  EXPECT_TRUE(
      world.poster.post(world.object, {.reason = "R", .action = "A", .note = "again free"}));
}

TEST(EventPoster, AFailureIsCountedAndNothingElse) {
  World world;
  world.http.on("POST", "https://api").reply(403, R"({"kind":"Status","message":"no"})");
  world.poster.post(world.object, {.reason = "R", .action = "A", .note = "n"});
  world.timers.settle();
  EXPECT_EQ(world.poster.failures(), 1U);
  EXPECT_EQ(world.http.log().size(), 1U);
}

}  // namespace
}  // namespace kai::kubeapi
