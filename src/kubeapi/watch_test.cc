#include "kubeapi/watch.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"

namespace kai::kubeapi {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string pods = "https://api/api/v1/namespaces/shop/pods";

std::string pod(const std::string& name, const std::string& version) {
  return R"({"metadata":{"namespace":"shop","name":")" + name + R"(","uid":"u-)" + name +
         R"(","resourceVersion":")" + version + R"("}})";
}

std::string line(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string list_of(const std::string& version, const std::string& items) {
  return R"({"metadata":{"resourceVersion":")" + version + R"("},"items":[)" + items + "]}";
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  fakes::FakeRandom random;
  Client client{http, timers, timers.clock(),
                ClusterAccess{.server = "https://api", .name_space = "shop"},
                std::make_shared<Credentials>(UserAccess{}, "https://api", disk, process, wall,
                                              std::map<std::string, std::string>{}, nullptr)};
  std::vector<std::string> told;
  std::unique_ptr<Watch> watch;

  void start(const ListOptions& options = {}) {
    watch = std::make_unique<Watch>(
        client, random, kinds::pod, "shop", options,
        WatchEvents{.on_change =
                        [this](Change change, const Tree& object) {
                          const std::string name = object.text_or("/metadata/name", "?");
                          told.push_back((change == Change::added      ? "added "
                                          : change == Change::modified ? "modified "
                                                                       : "deleted ") +
                                         name);
                        },
                    .on_synced = [this] { told.emplace_back("synced"); },
                    .on_trouble =
                        [this](const Error& error) {
                          told.push_back(std::string(name_of(error.kind)) + ": " + error.message);
                        }});
    timers.settle();
  }
  std::vector<std::string> take() { return std::exchange(told, {}); }
  fakes::FakeHttpClient::Stream& stream() {
    auto* const open = http.stream(pods + "?watch=1");
    if (open == nullptr) throw std::runtime_error("no watch is open");
    return *open;
  }
};

using Told = std::vector<std::string>;

TEST(Watch, ListsAndThenFollows) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", pod("a", "5")));
  world.start({.label_selector = "x=y"});
  EXPECT_EQ(world.take(), (Told{"added a", "synced"}));
  const std::string& url = world.stream().request.url;
  EXPECT_NE(url.find("allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds="),
            std::string::npos);
  EXPECT_TRUE(url.ends_with("&labelSelector=x%3Dy")) << url;
  EXPECT_EQ(world.stream().request.silence_max, watch_silence_max);
  world.stream().head(200);
  world.stream().piece(line("ADDED", pod("b", "8")) + line("MODIFIED", pod("a", "9")) +
                       line("BOOKMARK", R"({"metadata":{"resourceVersion":"12"}})") +
                       line("DELETED", pod("a", "13")));
  EXPECT_EQ(world.take(), (Told{"added b", "modified a", "deleted a"}));
}

TEST(Watch, AnySplitOfTheStreamGivesTheSameEvents) {
  const std::string text = line("ADDED", pod("b", "8")) + "\r\n" + line("MODIFIED", pod("b", "9")) +
                           line("DELETED", pod("b", "10"));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    World world;
    world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
    world.start();
    world.stream().head(200);
    world.stream().piece(text.substr(0, cut));
    world.stream().piece(text.substr(cut));
    EXPECT_EQ(world.take(), (Told{"synced", "added b", "modified b", "deleted b"})) << cut;
  }
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  world.stream().head(200);
  for (const char c : text) world.stream().piece(std::string(1, c));
  EXPECT_EQ(world.take(), (Told{"synced", "added b", "modified b", "deleted b"}));
}

TEST(Watch, AtItsEndItGoesOnFromTheLastVersionWithoutAList) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  world.stream().head(200);
  world.stream().piece(line("BOOKMARK", R"({"metadata":{"resourceVersion":"12"}})"));
  world.stream().end();
  world.timers.settle();
  EXPECT_EQ(world.http.log().size(), 3U);
  EXPECT_NE(world.stream().request.url.find("resourceVersion=12&"), std::string::npos);
  EXPECT_EQ(world.take(), (Told{"synced"}));
}

// A half line at the end of a stream was never an event.
TEST(Watch, ACutStreamGoesOnWithBackOffAndTellsNothingTwice) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  world.stream().head(200);
  world.stream().piece(line("ADDED", pod("b", "8")) + R"({"type":"ADDED","obj)");
  world.stream().end(fail(ErrorKind::unavailable, "reset"));
  EXPECT_EQ(world.take(), (Told{"synced", "added b", "unavailable: reset"}));
  world.timers.advance(milliseconds(100));
  EXPECT_EQ(world.http.stream(pods), nullptr) << "too soon";
  world.timers.advance(milliseconds(100));
  EXPECT_NE(world.stream().request.url.find("resourceVersion=8&"), std::string::npos);
}

TEST(Watch, A410AsStatusOrEventListsAnewAndTellsWhatWentMeanwhile) {
  for (const bool as_status : {true, false}) {
    World world;
    world.http.on("GET", pods + "?limit")
        .reply(200, list_of("7", pod("a", "5") + "," + pod("b", "6")))
        .reply(200, list_of("99", pod("b", "6") + "," + pod("c", "98")));
    world.start();
    world.take();
    if (as_status) {
      world.stream().head(410);
    } else {
      world.stream().head(200);
      world.stream().piece(line("ERROR", R"({"kind":"Status","code":410})"));
      world.stream().piece(line("ADDED", pod("z", "1")));
    }
    EXPECT_EQ(world.take(), (Told{"unavailable: watch pods: too old, listing again"}));
    world.timers.advance(milliseconds(200));
    EXPECT_EQ(world.take(), (Told{"added b", "added c", "deleted a", "synced"}));
    EXPECT_NE(world.stream().request.url.find("resourceVersion=99&"), std::string::npos);
  }
}

// The server need not end the stream for us to leave it.
TEST(Watch, AGarbledStreamIsLeftAtOnce) {
  for (const std::string& garbage : {std::string("<html>\n"),
                                     std::string(R"({"type":"ADDED"})"
                                                 "\n"),
                                     std::string("NaN\n"),
                                     std::string(R"({"type":7,"object":{}})"
                                                 "\n"),
                                     std::string(watch_line_bytes_max + 1, 'x')}) {
    World world;
    world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
    world.start();
    world.take();
    auto& first = world.stream();
    first.head(200);
    first.piece(garbage);
    ASSERT_EQ(world.told.size(), 1U) << garbage.substr(0, 20);
    EXPECT_TRUE(world.told[0].starts_with("malformed: watch: ")) << world.told[0];
    EXPECT_LT(world.told[0].size(), 600U);
    world.timers.advance(milliseconds(200));
    EXPECT_FALSE(first.is_open());
    EXPECT_EQ(world.take().back(), "synced");
  }
}

TEST(Watch, ARefusedWatchListsAgainWithBackOff) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  world.take();
  world.stream().head(403);
  EXPECT_EQ(world.take(), (Told{"rejected: watch pods: HTTP 403"}));
  world.timers.advance(milliseconds(200));
  world.stream().head(503);
  EXPECT_EQ(world.take(), (Told{"synced", "unavailable: watch pods: HTTP 503"}));
  world.timers.advance(milliseconds(399));
  EXPECT_TRUE(world.take().empty());
  world.timers.advance(milliseconds(1));
  EXPECT_EQ(world.take(), (Told{"synced"}));
}

TEST(Watch, AnEventEndsTheBackOff) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  for (int i = 0; i < 8; ++i) {
    world.stream().head(200);
    world.stream().piece(line("ADDED", pod("b", "8")));
    world.stream().end(fail(ErrorKind::unavailable, "reset"));
    world.timers.advance(milliseconds(200));
    ASSERT_NE(world.http.stream(pods), nullptr) << i;
  }
}

// A server that ends each watch at once must not be asked in a tight loop.
TEST(Watch, AStreamThatEndsWithoutAWordIsOpenedWithBackOff) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start();
  for (int i = 0; i < 5; ++i) {
    if (auto* const open = world.http.stream(pods)) {
      open->head(200);
      open->end();
    }
    world.timers.advance(milliseconds(100));
  }
  EXPECT_LE(world.http.streams().size(), 3U);
}

TEST(Watch, AFailedListIsToldAndTriedAgain) {
  World world;
  world.http.on("GET", pods + "?limit")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"no"})")
      .reply(200, list_of("7", ""));
  world.start();
  EXPECT_EQ(world.take(), (Told{"rejected: list pods in shop: no"}));
  world.timers.advance(milliseconds(200));
  EXPECT_EQ(world.take(), (Told{"synced"}));
}

TEST(Watch, ItsTimeOnTheServerIsWithinFiveToTenMinutes) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  for (int i = 0; i < 50; ++i) {
    world.timers.advance(seconds(1));  // each start is a request that waits for its turn
    world.start();
    const std::string& url = world.stream().request.url;
    const int time = std::stoi(url.substr(url.find("timeoutSeconds=") + 15));
    EXPECT_GE(time, 290);
    EXPECT_LE(time, 590);
  }
}

TEST(Watch, MetadataOnlySaysSo) {
  World world;
  world.http.on("GET", pods + "?limit").reply(200, list_of("7", ""));
  world.start({.metadata_only = true});
  bool found = false;
  for (const auto& [name, value] : world.stream().request.headers) {
    found =
        found || (name == "Accept" && value.find("as=PartialObjectMetadata;") != std::string::npos);
  }
  EXPECT_TRUE(found);
}

TEST(Watch, DestroyedItIsSilentEvenFromWithinItsOwnEvent) {
  World world;
  world.http.on("GET", pods + "?limit")
      .reply(200, list_of("7", pod("a", "5") + "," + pod("b", "6")));
  int events = 0;
  std::unique_ptr<Watch> watch;
  const auto make = [&](int destroy_at) {
    events = 0;
    watch = std::make_unique<Watch>(world.client, world.random, kinds::pod, "shop", ListOptions{},
                                    WatchEvents{.on_change =
                                                    [&, destroy_at](Change, const Tree&) {
                                                      if (++events == destroy_at) watch.reset();
                                                    },
                                                .on_synced = {},
                                                .on_trouble = {}});
    world.timers.settle();
  };
  make(1);
  EXPECT_EQ(events, 1);
  EXPECT_EQ(world.http.stream(pods), nullptr);
  make(3);
  world.stream().head(200);
  world.stream().piece(line("ADDED", pod("c", "8")) + line("ADDED", pod("d", "9")));
  EXPECT_EQ(events, 3);
  EXPECT_EQ(world.http.stream(pods), nullptr);
  make(100);
  watch.reset();
  EXPECT_EQ(world.http.stream(pods), nullptr);
  world.timers.advance(seconds(1000));
  EXPECT_EQ(events, 2);
}

}  // namespace
}  // namespace kai::kubeapi
