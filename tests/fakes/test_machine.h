// A machine for tests of processes as a release: fake processes that are healthy, a fake splitter
// that serves what it is told, a disk in memory, and time that the test moves.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/plan/local_release.h"
#include "core/plan/plan.h"
#include "edges/local_workload/fleet.h"
#include "edges/local_workload/local_edge.h"
#include "tests/fakes/failing_disk.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_lasting_process.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_served.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {

class TestMachine {
 public:
  TestMachine() {
    http.on("GET", "http://127.0.0.1:").handle([this](const net::HttpRequest& request) {
      const std::string rest = request.url.substr(std::string("http://127.0.0.1:").size());
      const bool sick = ill.contains(static_cast<std::uint16_t>(std::stoi(rest)));
      return Result<net::HttpResponse>(net::HttpResponse{.status = sick ? 503 : 200});
    });
    restart();
  }

  // From the moment at which a stable version is published on.
  void let_disk_fail_from_publishing(FailingDisk::Fault fault) {
    functions.publish_stable = [this, fault, publish = std::move(functions.publish_stable)](
                                   auto services, auto reply) mutable {
      failing.fault = fault;
      publish(std::move(services), std::move(reply));
    };
  }

  // As a new process of ours after the death of the one before: it knows what the disk knows.
  void restart() {
    timers.clear();
    processes.forget_children();
    functions = served.functions();
    fleet = edges::make_fleet(
        {.processes = processes,
         .disk = failing,
         .http = http,
         .timers = timers,
         .steady = timers.clock(),
         .wall = wall,
         .log = log,
         .served = functions,
         .log_files = {.tail = [this](const std::string& path,
                                      std::size_t bytes_max) { return disk.read(path, bytes_max); },
                       .cut = [](const std::string&, std::size_t) {}},
         .is_port_free = [this](std::uint16_t port) { return !taken.contains(port); },
         .may_listen = [this](const std::string& address) -> Result<Unit> {
           if (listened.contains(address))
             return fail(ErrorKind::rejected, "cannot listen on " + address);
           return Unit{};
         },
         .find_program = [this](const os::LastingSpec& spec) -> Result<std::string> {
           if (missing.contains(spec.argv.front()))
             return fail(ErrorKind::rejected, "no program " + spec.argv.front());
           return spec.argv.front();
         }},
        {.directory = "/state/shop", .release = "shop", .environment = {{"PATH", "/bin"}}});
    release = std::make_unique<edges::ProcessRelease>(fleet);
    workload = std::make_unique<edges::ProcessWorkload>(fleet);
  }

  // One service "api" with two instances.
  static core::Plan plan(const std::string& tag) {
    core::Plan plan;
    plan.target.release = "shop";
    plan.inputs.tag = tag;
    plan.services = {{.name = "api", .port = {}}};
    plan.steps = {
        {.weight = core::Weight::from_hundredths(1000), .bake_time = std::chrono::minutes(1)}};
    plan.local = core::LocalRelease{
        .file = "/srv/kai.yaml",
        .directory = "/srv",
        .services = {{.name = "api",
                      .listen = "0.0.0.0:8080",
                      .run = {"./{tag}/api", "--port={port}", "--name={instance}"},
                      .environment = {{"LEVEL", "{tag}"}},
                      .instances = 2}}};
    return plan;
  }

  // Waits for an answer, moving the time.
  template <typename T, typename F>
  Result<T> await(F ask, Duration within = std::chrono::minutes(2)) {
    std::optional<Result<T>> answer;
    ask(Reply<T>([&answer](Result<T> result) { answer = std::move(result); }));
    EXPECT_FALSE(answer) << "answered before the call returned";
    const SteadyTime until = timers.now() + within;
    timers.settle();
    while (!answer && timers.now() < until) timers.advance(std::chrono::milliseconds(50));
    if (!answer) return fail(ErrorKind::unavailable, "no answer");
    return std::move(*answer);
  }

  Result<ports::Planned<ports::ReleasePlan>> plan_release(const core::Plan& plan) {
    return await<ports::Planned<ports::ReleasePlan>>(
        [&](auto reply) { release->plan(plan, std::move(reply)); });
  }
  Result<ports::Planned<ports::WorkloadPlan>> plan_workload(const core::Plan& plan,
                                                            const ports::ReleasePlan& of) {
    return await<ports::Planned<ports::WorkloadPlan>>(
        [&](auto reply) { workload->plan(plan, of, std::move(reply)); });
  }
  Result<Unit> upgrade(const Tree& plan, const std::string& rollout) {
    return await<Unit>([&](auto reply) { release->upgrade(plan, rollout, std::move(reply)); });
  }
  Result<Unit> revert(const Tree& plan, const std::string& rollout) {
    return await<Unit>([&](auto reply) { release->revert(plan, rollout, std::move(reply)); });
  }
  core::ReleaseSeen seen(const Tree& plan, const std::string& rollout) {
    auto answer = await<core::ReleaseSeen>(
        [&](auto reply) { release->observe(plan, rollout, std::move(reply)); });
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(core::ReleaseSeen{});
  }
  Result<Unit> bring_up(const Tree& plan, int percent, const std::string& rollout) {
    return await<Unit>([&](auto reply) {
      workload->bring_up(plan, core::Weight::from_hundredths(percent * 100),
                         {.rollout = rollout, .epoch = 1, .seq = 1}, std::move(reply));
    });
  }
  ports::WorkloadState look(const Tree& plan, int percent) {
    auto answer = await<ports::WorkloadState>([&](auto reply) {
      workload->observe(plan, core::Weight::from_hundredths(percent * 100), std::move(reply));
    });
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(ports::WorkloadState{});
  }
  Result<bool> discard(const Tree& plan, const std::string& rollout) {
    return await<bool>([&](auto reply) { workload->discard(plan, rollout, std::move(reply)); });
  }

  // A stable version, installed by a rollout named "r<tag>".
  void install(const std::string& tag) {
    const auto planned = plan_release(plan(tag));
    ASSERT_TRUE(planned) << planned.error().message;
    const auto installed = upgrade(planned->plan.data, "r" + tag);
    ASSERT_TRUE(installed) << installed.error().message;
  }
  // The plans of a rollout to `tag`; the workload's data serve both ports.
  struct Plans {
    Tree release;
    Tree workload;
  };
  Plans plans(const std::string& tag) {
    const core::Plan wanted = plan(tag);
    auto planned = plan_release(wanted);
    EXPECT_TRUE(planned) << planned.error().message;
    auto canary = plan_workload(wanted, planned->plan);
    EXPECT_TRUE(canary) << canary.error().message;
    return {.release = planned->plan.data, .workload = canary->plan.data};
  }
  void settle_for(Duration time) {
    for (Duration gone{0}; gone < time; gone += std::chrono::milliseconds(50))
      timers.advance(std::chrono::milliseconds(50));
  }
  [[nodiscard]] edges::ReleaseFile file() const {
    const auto file = fleet->load();
    EXPECT_TRUE(file) << file.error().message;
    return file.value_or(edges::ReleaseFile{});
  }
  // "api-v1-1 stable", of each.
  [[nodiscard]] std::vector<std::string> instances() const {
    std::vector<std::string> lines;
    for (const edges::Instance& each : file().instances)
      lines.push_back(edges::name_of(each) + " " + std::string(edges::name_of(each.arm)));
    return lines;
  }
  // "1 v1 deployed", of each.
  [[nodiscard]] std::vector<std::string> revisions() const {
    std::vector<std::string> lines;
    for (const edges::LocalRevision& each : file().revisions)
      lines.push_back(std::to_string(each.revision) + " " + each.tag + " " +
                      std::string(edges::name_of(each.state)));
    return lines;
  }
  [[nodiscard]] std::int64_t pid_of(const std::string& name) const {
    for (const edges::Instance& each : file().instances) {
      if (edges::name_of(each) == name) return each.process.pid;
    }
    ADD_FAILURE() << "no instance " << name;
    return 0;
  }

  FakeTimers timers;
  FakeWallClock wall;
  FakeDisk disk;
  FailingDisk failing{disk};  // what the processes are kept with
  FakeLog log;
  FakeHttpClient http{timers};
  FakeLastingProcesses processes{timers};
  FakeServed served{timers, timers.clock()};
  std::set<std::uint16_t> ill;     // ports whose health is bad
  std::set<std::uint16_t> taken;   // ports that somebody else has
  std::set<std::string> listened;  // addresses that somebody else listens on
  std::set<std::string> missing;   // programs that are not there
  edges::ServedEndpoints functions;
  std::shared_ptr<edges::Fleet> fleet;
  std::unique_ptr<edges::ProcessRelease> release;
  std::unique_ptr<edges::ProcessWorkload> workload;
};

}  // namespace kai::fakes
