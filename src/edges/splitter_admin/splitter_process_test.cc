#include "edges/splitter_admin/splitter_process.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_backends.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_lasting_process.h"
#include "tests/fakes/fake_splitter.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using Found = SplitterProcess::Found;

// A started program serves the control socket at once.
class Programs final : public os::LastingProcesses {
 public:
  Programs(fakes::FakeTimers& timers, fakes::FakeSplitter& splitter)
      : fake(timers), splitter_(splitter) {}

  Result<os::ProcessIdentity> start(const os::LastingSpec& spec, os::KeepIdentity keep) override {
    auto identity = fake.start(spec, std::move(keep));
    if (!identity) return identity;
    started.push_back(spec);
    if (ends_at_once) fake.end(identity->pid, 1);
    splitter_.is_there = !ends_at_once && !is_dumb;
    return identity;
  }
  bool is_alive(const os::ProcessIdentity& process) override { return fake.is_alive(process); }
  std::optional<int> exit_code(const os::ProcessIdentity& process) override {
    return fake.exit_code(process);
  }
  Result<Unit> signal(const os::ProcessIdentity& process, int number) override {
    return fake.signal(process, number);
  }
  std::unique_ptr<os::ProcessWatch> watch(const os::ProcessIdentity& process,
                                          std::move_only_function<void()> tell) override {
    return fake.watch(process, std::move(tell));
  }
  void end_all() {
    for (std::size_t at = 0; at < started.size(); ++at)
      fake.end(1001 + static_cast<std::int64_t>(at), 0);
    splitter_.is_there = false;
  }

  fakes::FakeLastingProcesses fake;
  std::vector<os::LastingSpec> started;
  bool ends_at_once = false;
  bool is_dumb = false;

 private:
  fakes::FakeSplitter& splitter_;
};

splitter::SnapshotSpec one_service() {
  return {.generation = 1,
          .backends = {{.id = "shop@v1", .version = "v1", .endpoints = {"127.0.0.1:2001"}}},
          .routes = {{.id = "shop",
                      .service = "shop",
                      .match = {{}},
                      .split = {.weights = {{.backend = "shop@v1", .ppm = 1'000'000}}}}}};
}

class SplitterProcessTest : public testing::Test {
 protected:
  SplitterProcessTest() { splitter.is_there = false; }

  Result<Found> ensure(const std::vector<std::string>& listen,
                       splitter::SnapshotSpec first = one_service()) {
    std::optional<Result<Found>> answer;
    process.ensure(listen, std::move(first), [&](Result<Found> found) { answer = found; });
    EXPECT_FALSE(answer) << "answered within the call";
    timers.advance(std::chrono::seconds(30));
    return answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  Result<Found> ensure_as_configured() {
    std::optional<Result<Found>> answer;
    process.ensure_as_configured([&](Result<Found> found) { answer = found; });
    EXPECT_FALSE(answer) << "answered within the call";
    timers.advance(std::chrono::seconds(30));
    return answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  void expect_error(const Result<Found>& found, ErrorKind kind, const std::string& part) {
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, kind);
    EXPECT_TRUE(found.error().message.contains(part)) << found.error().message;
  }

  fakes::FakeTimers timers;
  fakes::FakeDisk disk;
  fakes::FakeSplitter splitter{timers, one_service()};
  Programs programs{timers, splitter};
  SplitterFiles files{.directory = "/lib/kai/shop"};
  SplitterControl control{splitter, timers, timers.clock(), files.socket()};
  SplitterProcess process{
      {.disk = disk, .processes = programs, .timers = timers, .steady = timers.clock()},
      control,
      {.files = files, .program = "/opt/kai/kai-splitter", .environment = {{"LANG", "C"}}}};
};

TEST_F(SplitterProcessTest, TheFirstTimeItIsConfiguredAndStarted) {
  EXPECT_EQ(process.is_configured(), false);
  EXPECT_EQ(process.is_alive(), false);
  EXPECT_EQ(ensure({"[::]:8081", "0.0.0.0:8080", "[::]:8081"}), Found::started);
  ASSERT_EQ(programs.started.size(), 1U);
  EXPECT_EQ(programs.started[0].argv, (std::vector<std::string>{"/opt/kai/kai-splitter", "--config",
                                                                "/lib/kai/shop/splitter.json"}));
  EXPECT_EQ(programs.started[0].output_file, "/lib/kai/shop/splitter.log");
  EXPECT_EQ(programs.started[0].environment, (std::map<std::string, std::string>{{"LANG", "C"}}));
  EXPECT_EQ(process.is_configured(), true);
  EXPECT_EQ(process.is_alive(), true);
  EXPECT_EQ(disk.files.at("/lib/kai/shop/splitter-process.json"),
            "{\"pid\":1001,\"started\":10010,\"boot\":\"boot\"}\n");
  EXPECT_EQ(*read_listeners(disk, files), (std::vector<std::string>{"0.0.0.0:8080", "[::]:8081"}));
}

TEST_F(SplitterProcessTest, OneThatRunsIsUsed) {
  ASSERT_EQ(ensure({"0.0.0.0:8080"}), Found::started);
  EXPECT_EQ(ensure({"0.0.0.0:8080"}), Found::running);
  EXPECT_EQ(ensure_as_configured(), Found::running);
  EXPECT_EQ(programs.started.size(), 1U);
}

TEST_F(SplitterProcessTest, OneThatEndedIsStartedAsItWas) {
  ASSERT_EQ(ensure({"0.0.0.0:8080"}), Found::started);
  const std::string configuration = disk.files.at(files.configuration());
  programs.end_all();
  EXPECT_EQ(ensure_as_configured(), Found::started);
  EXPECT_EQ(programs.started.size(), 2U);
  EXPECT_EQ(disk.files.at(files.configuration()), configuration);
}

TEST_F(SplitterProcessTest, NothingIsStartedForNobody) {
  EXPECT_EQ(ensure({"0.0.0.0:8080"}, {}), Found::none);
  EXPECT_EQ(ensure_as_configured(), Found::none);
  EXPECT_TRUE(programs.started.empty());
  EXPECT_TRUE(disk.log.empty());
}

TEST_F(SplitterProcessTest, OtherAddressesNeedARestart) {
  ASSERT_EQ(ensure({"0.0.0.0:8080"}), Found::started);
  expect_error(ensure({"0.0.0.0:9090"}), ErrorKind::rejected,
               "the running kai-splitter listens on 0.0.0.0:8080, and the services are to listen "
               "on 0.0.0.0:9090: addresses change only with a restart. End it (process 1001, "
               "SIGTERM), then deploy again");
  EXPECT_EQ(programs.started.size(), 1U);
  programs.end_all();
  EXPECT_EQ(ensure({"0.0.0.0:9090"}, {}), Found::started);
  EXPECT_TRUE(disk.files.at(files.configuration()).contains("shop@v1")) << "it serves as before";
  EXPECT_EQ(*read_listeners(disk, files), std::vector<std::string>{"0.0.0.0:9090"});
}

TEST_F(SplitterProcessTest, OneThatEndsAtOnceIsToldWithItsLastWords) {
  programs.ends_at_once = true;
  disk.files[files.log()] = "address in use\n";
  expect_error(ensure({"0.0.0.0:8080"}), ErrorKind::unavailable,
               "kai-splitter ended as soon as it was started; /lib/kai/shop/splitter.log ends "
               "with: address in use");
}

TEST_F(SplitterProcessTest, OneThatNeverAnswersIsGivenUp) {
  programs.is_dumb = true;
  expect_error(ensure({"0.0.0.0:8080"}), ErrorKind::unavailable,
               "kai-splitter (process 1001) does not answer within 10s: there is no socket");
  splitter.is_there = true;
  EXPECT_EQ(ensure({"0.0.0.0:8080"}), Found::running);
  EXPECT_EQ(programs.started.size(), 1U);
}

TEST_F(SplitterProcessTest, OneThatIsJustStartingIsWaitedFor) {
  programs.is_dumb = true;
  std::optional<Result<Found>> first;
  std::optional<Result<Found>> second;
  process.ensure({"0.0.0.0:8080"}, one_service(), [&](Result<Found> found) { first = found; });
  process.ensure_as_configured([&](Result<Found> found) { second = found; });
  timers.advance(std::chrono::seconds(2));
  EXPECT_FALSE(first || second);
  splitter.is_there = true;
  timers.advance(splitter_look_period);
  timers.settle();
  EXPECT_EQ(first, Result<Found>(Found::started));
  EXPECT_EQ(second, Result<Found>(Found::running));
  EXPECT_EQ(programs.started.size(), 1U);
}

TEST_F(SplitterProcessTest, TheQueueHasALimit) {
  programs.is_dumb = true;
  std::vector<std::optional<Result<Found>>> answers(splitter_waiting_max + 1);
  for (auto& answer : answers) {
    process.ensure({"0.0.0.0:8080"}, one_service(), [&](Result<Found> found) { answer = found; });
  }
  timers.settle();
  ASSERT_TRUE(answers.back());
  expect_error(*answers.back(), ErrorKind::unavailable, "too many changes wait for kai-splitter");
  EXPECT_FALSE(answers.front());
}

TEST_F(SplitterProcessTest, WhatCannotBeStartedIsRejected) {
  programs.fake.broken["/opt/kai/kai-splitter"] = {ErrorKind::rejected, "no such program"};
  expect_error(ensure({"0.0.0.0:8080"}), ErrorKind::rejected,
               "starting kai-splitter: no such program");
}

TEST_F(SplitterProcessTest, ADiskThatIsFullStartsNothing) {
  disk.broken[files.configuration()] = {ErrorKind::unavailable, "no space left"};
  expect_error(ensure({"0.0.0.0:8080"}), ErrorKind::unavailable, "no space left");
  EXPECT_TRUE(programs.started.empty());
}

TEST_F(SplitterProcessTest, ASocketPathBeyondTheKernelsLimitIsRejected) {
  const SplitterFiles deep{.directory = "/" + std::string(100, 'd')};
  SplitterProcess other(
      {.disk = disk, .processes = programs, .timers = timers, .steady = timers.clock()}, control,
      {.files = deep, .program = "kai-splitter", .environment = {}});
  std::optional<Result<Found>> answer;
  other.ensure({"0.0.0.0:8080"}, one_service(), [&](Result<Found> found) { answer = found; });
  timers.settle();
  ASSERT_TRUE(answer);
  expect_error(*answer, ErrorKind::rejected,
               "the path of the splitter's control socket has 114 bytes and may have 107");
}

TEST_F(SplitterProcessTest, AConfigurationThatIsNotOursIsNotOverwritten) {
  disk.files[files.configuration()] = "{\"listeners\": 5}";
  expect_error(ensure({"0.0.0.0:8080"}), ErrorKind::malformed,
               "/lib/kai/shop/splitter.json is no configuration of kai-splitter");
  EXPECT_FALSE(process.is_configured());
}

// A record that a crash cut off: the socket still says that somebody is there.
TEST_F(SplitterProcessTest, ALostIdentityStartsNoSecondOne) {
  ASSERT_EQ(ensure({"0.0.0.0:8080"}), Found::started);
  disk.files[files.identity()] = "{\"pid\":47";
  EXPECT_EQ(ensure({"0.0.0.0:8080"}), Found::running);
  EXPECT_EQ(programs.started.size(), 1U);
}

// --- what it serves
// ---------------------------------------------------------------------------------

class SplitterBackendsTest : public SplitterProcessTest {
 protected:
  template <typename Call>
  Result<Unit> ask(Call call) {
    std::optional<Result<Unit>> answer;
    call([&](Result<Unit> result) { answer = std::move(result); });
    EXPECT_FALSE(answer) << "answered within the call";
    timers.advance(std::chrono::seconds(1));
    return answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  Result<Unit> publish(std::vector<SplitterService> services) {
    return ask([&](Reply<Unit> reply) {
      backends.publish_stable({.listen = {"0.0.0.0:8080"}, .limits = {}}, std::move(services),
                              std::move(reply));
    });
  }
  Result<Unit> set(std::vector<SplitterVersion> versions) {
    return ask([&](Reply<Unit> reply) {
      backends.set_endpoints({}, std::move(versions), std::move(reply));
    });
  }
  Result<Unit> remove(std::string tag) {
    return ask([&](Reply<Unit> reply) { backends.remove(std::move(tag), std::move(reply)); });
  }
  Result<std::vector<SplitterServed>> served() {
    std::optional<Result<std::vector<SplitterServed>>> answer;
    backends.served([&](auto result) { answer = std::move(result); });
    timers.settle();
    return answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  static SplitterService shop(const std::string& tag, std::vector<std::string> endpoints) {
    return {.host = "", .path_prefix = "/", .stable = {"shop", tag, std::move(endpoints)}};
  }

  SplitterBackends backends{control, process};
};

TEST_F(SplitterBackendsTest, TheFirstVersionStartsTheSplitter) {
  EXPECT_EQ(served()->size(), 0U);
  ASSERT_TRUE(publish({shop("v1", {"127.0.0.1:2001"})}));
  EXPECT_EQ(programs.started.size(), 1U);
  ASSERT_TRUE(served());
  EXPECT_EQ(*served(), (std::vector<SplitterServed>{{.version = {"shop", "v1", {"127.0.0.1:2001"}},
                                                     .is_stable = true,
                                                     .ppm = 1'000'000,
                                                     .in_flight = {}}}));
}

TEST_F(SplitterBackendsTest, ARoleSwapIsOneChangeAndAsWantedNone) {
  ASSERT_TRUE(publish({shop("v1", {"127.0.0.1:2001"})}));
  ASSERT_TRUE(set({{"shop", "v2", {"127.0.0.1:2002"}}}));
  const std::uint64_t before = splitter.spec().generation;
  ASSERT_TRUE(publish({shop("v2", {"127.0.0.1:2002", "127.0.0.1:2003"})}));
  ASSERT_TRUE(publish({shop("v2", {"127.0.0.1:2002", "127.0.0.1:2003"})}));
  EXPECT_EQ(splitter.spec().generation, before + 1);
  ASSERT_EQ(splitter.spec().backends.size(), 1U);
  EXPECT_EQ(splitter.spec().backends[0].track, "stable");
}

TEST_F(SplitterBackendsTest, ServicesWithoutEndpointsStartNothing) {
  const auto published = publish({shop("v1", {})});
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error(),
            (Error{ErrorKind::rejected,
                   "service shop has no endpoint of v1, so nobody could answer its requests"}));
  EXPECT_TRUE(programs.started.empty());
}

TEST_F(SplitterBackendsTest, BeforeTheFirstVersionNoCanaryCanStand) {
  EXPECT_EQ(set({{"shop", "v2", {"127.0.0.1:2002"}}}).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(remove("v2")) << "none is there";
}

TEST_F(SplitterBackendsTest, ADeadSplitterIsStartedForTheNextChange) {
  ASSERT_TRUE(publish({shop("v1", {"127.0.0.1:2001"})}));
  programs.end_all();
  EXPECT_EQ(served().error().kind, ErrorKind::unavailable) << "a look starts nothing";
  EXPECT_TRUE(set({{"shop", "v2", {"127.0.0.1:2002"}}}));
  EXPECT_EQ(programs.started.size(), 2U);
}

TEST_F(SplitterBackendsTest, WhatIsUnderWayIsToldAlsoOfVersionsThatAreGone) {
  ASSERT_TRUE(publish({shop("v1", {"127.0.0.1:2001"})}));
  splitter.metrics =
      "kai_requests_in_flight{service=\"shop\",route=\"shop\",version=\"v1\",track=\"stable\"} 2\n"
      "kai_requests_in_flight{service=\"shop\",route=\"shop\",version=\"v1\",track=\"canary\"} 1\n"
      "kai_requests_in_flight{service=\"shop\",route=\"shop\",version=\"v0\",track=\"stable\"} 3\n"
      "kai_requests_in_flight{service=\"shop\",route=\"shop\",version=\"v9\",track=\"stable\"} 0\n";
  const auto now = served();
  ASSERT_TRUE(now) << now.error().message;
  ASSERT_EQ(now->size(), 2U);
  EXPECT_EQ((*now)[0].in_flight, 3U);
  EXPECT_EQ((*now)[1].version, (SplitterVersion{"shop", "v0", {}}));
  EXPECT_EQ((*now)[1].in_flight, 3U);
}

}  // namespace
}  // namespace kai::edges
