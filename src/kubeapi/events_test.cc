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
  void say(const std::string& note) {
    poster.post(object, {.reason = "R", .action = "A", .note = note});
  }
  Tree sent(std::size_t i) { return codec::parse_json(http.requests().at(i).body).value(); }
};

TEST(EventPoster, PostsWhatHappenedToWhat) {
  World world;
  world.poster.post(world.object,
                    {.warning = true, .reason = "Lowered", .action = "Weigh", .note = "why"});
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
  world.poster.post(world.object, text);
  world.poster.post(world.object, text);
  world.poster.post(world.object, {.reason = "Raised", .action = "Weigh", .note = "m"});
  world.timers.settle();
  EXPECT_EQ(world.http.log().size(), 2U);
  world.timers.advance(event_repeat_after);
  world.poster.post(world.object, text);
  world.timers.settle();
  ASSERT_EQ(world.http.log().size(), 3U);
  EXPECT_NE(world.sent(0).text_or("/metadata/name", ""),
            world.sent(1).text_or("/metadata/name", ""));
}

TEST(EventPoster, NotesAreCutAtTheServersLimit) {
  World world;
  world.say(std::string(5000, '\x1b'));
  world.timers.settle();
  EXPECT_LE(world.sent(0).text_or("/note", "").size(), event_note_bytes_max);
  EXPECT_FALSE(world.sent(0).text_or("/note", "").empty());
}

// A server that never answers events holds one connection and a bounded queue, and nobody waits.
TEST(EventPoster, OneIsUnderWayAndTheOldestThatWaitGiveWay) {
  World world;
  world.http.on("POST", "https://api").hang();
  for (std::size_t i = 0; i < 2 * events_waiting_max; ++i) world.say(std::to_string(i));
  world.timers.settle();
  EXPECT_EQ(world.http.log().size(), 1U);
  EXPECT_EQ(world.poster.dropped(), events_waiting_max - 1);
  EXPECT_FALSE(world.poster.is_idle());
  world.http.on("POST", "https://api").reply(201, "{}");
  world.timers.advance(request_time_max);
  ASSERT_EQ(world.http.log().size(), 1 + events_waiting_max);
  EXPECT_EQ(world.sent(1).text_or("/note", ""), std::to_string(events_waiting_max));
  EXPECT_TRUE(world.poster.is_idle());
  EXPECT_EQ(world.poster.failures(), 1U);
}

TEST(EventPoster, AFailureIsCountedAndTheNextIsPosted) {
  World world;
  world.http.on("POST", "https://api").reply(500, "oops").reply(201, "{}");
  world.say("a");
  world.say("b");
  world.timers.settle();
  EXPECT_EQ(world.poster.failures(), 1U);
  EXPECT_EQ(world.http.log().size(), 2U) << "no event is tried again";
}

TEST(EventPoster, AnEventThatIsInvalidDoesNotEndTheOthers) {
  World world;
  for (const int status : {400, 404, 409, 413, 422}) {
    world.http.on("POST", "https://api")
        .reply(status, R"({"kind":"Status","reason":"Invalid","message":"not this one"})")
        .reply(201, "{}");
    world.poster.on_refused([](const std::string& why) { ADD_FAILURE() << why; });
    world.say("a" + std::to_string(status));
    world.say("b" + std::to_string(status));
    world.timers.settle();
  }
  EXPECT_EQ(world.poster.failures(), 5U);
  EXPECT_EQ(world.http.log().size(), 10U);
}

TEST(EventPoster, ARefusalIsToldOnceAndThenItIsSilent) {
  World world;
  world.http.on("POST", "https://api")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"ann may not"})");
  std::vector<std::string> told;
  world.poster.on_refused([&](const std::string& why) { told.push_back(why); });
  for (const char* const note : {"a", "b", "c"}) world.say(note);
  world.timers.settle();
  world.say("d");
  world.timers.settle();
  EXPECT_EQ(told, std::vector<std::string>{"ann may not"});
  EXPECT_EQ(world.http.log().size(), 1U);
  EXPECT_EQ(world.poster.failures(), 1U);
  EXPECT_EQ(world.poster.dropped(), 3U);
  EXPECT_TRUE(world.poster.is_idle());
}

TEST(EventPoster, OneThatIsDestroyedMeanwhileIsNotCalledBack) {
  World world;
  auto poster = std::make_unique<EventPoster>(world.client, world.timers.clock(), world.wall,
                                              EventSource{.controller = "example.org/c"});
  poster->on_refused([](const std::string&) { ADD_FAILURE() << "called back"; });
  world.http.on("POST", "https://api").reply(403, R"({"kind":"Status","message":"no"})");
  poster->post(world.object, {.reason = "R", .action = "A", .note = "n"});
  poster.reset();
  world.timers.settle();
}

}  // namespace
}  // namespace kai::kubeapi
