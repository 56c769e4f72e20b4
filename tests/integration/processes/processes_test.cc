// Versions of a release as real processes: the example's server, asked over real sockets, known by
// a real file.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "edges/local_workload/fleet.h"
#include "edges/local_workload/local_edge.h"
#include "net/await.h"
#include "net/free_port.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/held_child.h"
#include "os/log_file.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_lasting_process.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_served.h"
#include "tests/fakes/test_directory.h"

namespace kai::edges {
namespace {

class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() {
    std::filesystem::create_directories(directory.at("state"));
    for (const std::string tag : {"v1", "v2", "v3"}) {
      std::filesystem::create_directories(directory.at(tag));
      std::filesystem::create_symlink(SHOP_SERVER, directory.at(tag + "/server"));
    }
    take_over();
  }
  ~ProcessesTest() override {
    const auto file = fleet->load();
    if (!file) return;
    for (const Instance& each : file->instances)
      static_cast<void>(processes.signal(each.process, SIGKILL));
  }

  // As a new command, which knows what the disk knows.
  void take_over() {
    workload.reset();
    release.reset();
    functions = served.functions();
    fleet = make_fleet({.processes = processes,
                        .disk = disk,
                        .http = http,
                        .timers = loop,
                        .steady = steady,
                        .wall = wall,
                        .log = log,
                        .served = functions,
                        .log_files = {.tail = os::read_tail, .cut = os::cut_file},
                        .is_port_free = net::is_port_free,
                        .may_listen = [](const std::string&) { return Result<Unit>(); },
                        .find_program = os::find_lasting_program},
                       {.directory = directory.at("state"), .release = "shop", .environment = {}});
    release = std::make_unique<ProcessRelease>(fleet);
    workload = std::make_unique<ProcessWorkload>(fleet);
  }

  core::Plan plan(const std::string& tag, const std::vector<std::string>& more = {}) {
    core::Plan plan;
    plan.target.release = "shop";
    plan.inputs.tag = tag;
    plan.steps = {
        {.weight = core::Weight::from_hundredths(1000), .bake_time = std::chrono::minutes(1)}};
    core::LocalService service{
        .name = "api",
        .listen = "127.0.0.1:0",
        .run = {"./{tag}/server", "--port={port}", "--version={tag}", "--stop-delay-ms=0"},
        .instances = 2,
        .stop_within = std::chrono::seconds(10)};
    service.run.insert(service.run.end(), more.begin(), more.end());
    plan.local = core::LocalRelease{
        .file = "kai.yaml", .directory = directory.path(), .services = {service}};
    return plan;
  }
  // The plan of both ports.
  Tree data(const core::Plan& wanted) {
    const auto planned = net::await<ports::Planned<ports::ReleasePlan>>(
        loop, [&](auto reply) { release->plan(wanted, std::move(reply)); });
    EXPECT_TRUE(planned) << planned.error().message;
    EXPECT_TRUE(planned->findings.empty());
    const auto canary = net::await<ports::Planned<ports::WorkloadPlan>>(
        loop, [&](auto reply) { workload->plan(wanted, planned->plan, std::move(reply)); });
    EXPECT_TRUE(canary) << canary.error().message;
    return canary->plan.data;
  }
  Result<Unit> upgrade(const Tree& plan, const std::string& rollout) {
    return net::await<Unit>(loop,
                            [&](auto reply) { release->upgrade(plan, rollout, std::move(reply)); });
  }
  Result<Unit> bring_up(const Tree& plan, const std::string& rollout) {
    return net::await<Unit>(loop, [&](auto reply) {
      workload->bring_up(plan, core::Weight::from_hundredths(1000), {.rollout = rollout},
                         std::move(reply));
    });
  }
  core::WorkloadSeen look(const Tree& plan) {
    const auto state = net::await<ports::WorkloadState>(loop, [&](auto reply) {
      workload->observe(plan, core::Weight::from_hundredths(1000), std::move(reply));
    });
    EXPECT_TRUE(state) << state.error().message;
    return state ? state->seen : core::WorkloadSeen{};
  }
  // The version that answers at an endpoint of the stable one.
  std::string served_version() {
    for (const ServedNow& now : served.versions) {
      if (!now.is_stable || now.version.endpoints.empty()) continue;
      const auto answer = net::await<net::HttpResponse>(loop, [&](auto reply) {
        http.send({.url = "http://" + now.version.endpoints.front() + "/"}, std::move(reply));
      });
      EXPECT_TRUE(answer) << answer.error().message;
      const std::string* const version = answer ? answer->header("x-version") : nullptr;
      return version == nullptr ? "" : *version;
    }
    return "";
  }
  std::vector<Instance> instances() { return fleet->load().value_or(ReleaseFile{}).instances; }

  fakes::TestDirectory directory;
  fakes::FakeLog log;
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealDisk disk{"/tmp"};
  net::Loop loop{steady, [](std::string_view what) { ADD_FAILURE() << what; }};
  net::BeastHttpClient http{loop, {}};
  os::RealLastingProcesses processes{loop, loop, steady};
  fakes::FakeServed served{loop, steady};
  ServedEndpoints functions;
  std::shared_ptr<Fleet> fleet;
  std::unique_ptr<ProcessRelease> release;
  std::unique_ptr<ProcessWorkload> workload;
};

TEST_F(ProcessesTest, AVersionIsInstalledAndTheNextOnePromotedInItsPlace) {
  const auto installed = upgrade(data(plan("v1")), "r1");
  ASSERT_TRUE(installed) << installed.error().message;
  EXPECT_EQ(served_version(), "v1");
  const std::vector<Instance> old = instances();
  ASSERT_EQ(old.size(), 2U);

  const Tree next = data(plan("v2"));
  ASSERT_TRUE(bring_up(next, "r2"));
  while (!look(next).canary.ready) {
  }
  EXPECT_TRUE(look(next).stable.ready);
  EXPECT_EQ(served_version(), "v1");

  const auto promoted = upgrade(next, "r2");
  ASSERT_TRUE(promoted) << promoted.error().message;
  EXPECT_EQ(served_version(), "v2");
  for (const Instance& each : old) EXPECT_FALSE(processes.is_alive(each.process));
  EXPECT_EQ(instances().size(), 2U);
  const core::WorkloadSeen seen = look(next);
  EXPECT_TRUE(seen.stable.ready && seen.stable_is_candidate && !seen.canary_exists);
}

TEST_F(ProcessesTest, ACanaryThatCrashesIsFatalInItsOwnWords) {
  ASSERT_TRUE(upgrade(data(plan("v1")), "r1"));
  const Tree next = data(plan("v3", {"--crash-at-start"}));
  std::vector<ports::WorkloadNews> news;
  const auto watching =
      workload->watch(next, [&](ports::WorkloadNews each) { news.push_back(each); });
  ASSERT_TRUE(bring_up(next, "r3"));
  loop.run_until(
      [&] { return std::ranges::find(news, ports::WorkloadNews::service_empty) != news.end(); });
  const auto fatal = look(next).canary.fatal;
  ASSERT_TRUE(fatal);
  EXPECT_TRUE(fatal->sentence.starts_with("process api-v3-1 ended with exit code "))
      << fatal->sentence;
  EXPECT_NE(fatal->sentence.find("its last words: '"), std::string::npos) << fatal->sentence;
  const auto gone =
      net::await<bool>(loop, [&](auto reply) { workload->discard(next, "r3", std::move(reply)); });
  EXPECT_EQ(gone, true);
  EXPECT_EQ(instances().size(), 2U);
  EXPECT_EQ(served_version(), "v1");
}

TEST_F(ProcessesTest, AnotherCommandFindsThemAndStopsThem) {
  ASSERT_TRUE(upgrade(data(plan("v1")), "r1"));
  const Tree next = data(plan("v2"));
  ASSERT_TRUE(bring_up(next, "r2"));
  take_over();
  ASSERT_TRUE(bring_up(next, "r2"));
  EXPECT_EQ(instances().size(), 3U);
  const std::vector<Instance> before = instances();
  const auto gone =
      net::await<bool>(loop, [&](auto reply) { workload->discard(next, "r2", std::move(reply)); });
  EXPECT_EQ(gone, true);
  EXPECT_FALSE(processes.is_alive(before.back().process));
  EXPECT_TRUE(processes.is_alive(before.front().process));
}

}  // namespace
}  // namespace kai::edges
