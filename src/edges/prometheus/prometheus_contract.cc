// Drives the metric source against a real Prometheus, for
// tests/cluster/test_prometheus_contract.py.
//   prometheus_contract [cluster=true] < commands > answers
// One command per line, one JSON answer per line:
//   service api-server                                                one more service; they are
//   numbered from 0 pod NAME service=0 arm=baseline address=10.0.0.1 started=2026-01-01T00:00:00Z
//   ready=true     adds or replaces forget NAME the pod is not counted any more plan address=URL
//   namespace=NS [preset=...] [allow_idle=true]      is used from then on counters new slices since
//   the last time sleep MILLISECONDS
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "codec/json.h"
#include "edges/prometheus/prom_source.h"
#include "kubeapi/client.h"
#include "kubeapi/kubeconfig.h"
#include "net/await.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/environment.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"

namespace kai::edges {
namespace {

using Words = std::map<std::string, std::string>;

std::string one(const Words& words, const std::string& key, const std::string& otherwise = "") {
  const auto found = words.find(key);
  return found == words.end() ? otherwise : found->second;
}

// Everything real, on one loop.
struct World {
  std::map<std::string, std::string> environment = os::read_environment();
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  net::Loop loop{steady, [](std::string_view what) { std::cerr << "bug: " << what << '\n'; }};
  os::RealDisk disk{"/tmp"};
  os::RealProcess process{loop, loop, steady};
  net::BeastHttpClient http{loop, {}};
  std::unique_ptr<kubeapi::Client> api;
  std::unique_ptr<PrometheusSource> source;
  ports::WorkloadPlan workload;
  std::vector<ports::PodTarget> pods;
  Tree plan;

  void connect(const std::optional<kubeapi::ClusterAccess>& access) {
    if (access) {
      auto credentials = std::make_shared<kubeapi::Credentials>(
          access->user, access->server, disk, process, wall, environment, nullptr);
      api = std::make_unique<kubeapi::Client>(http, loop, steady, *access, std::move(credentials));
    }
    source = std::make_unique<PrometheusSource>(http, api.get(), loop, steady, wall);
  }
};

Tree error_tree(const Error& error) {
  Tree tree;
  tree.set("error", error.message);
  tree.set("kind", name_of(error.kind));
  return tree;
}

Tree add_pod(World& world, const std::string& name, const Words& words) {
  std::erase_if(world.pods, [&](const ports::PodTarget& pod) { return pod.name == name; });
  if (words.empty()) return Tree::map();
  world.pods.push_back(
      {.service = static_cast<std::uint32_t>(std::stoul(one(words, "service", "0"))),
       .arm = one(words, "arm") == "canary" ? core::Arm::canary : core::Arm::baseline,
       .name = name,
       .address = one(words, "address"),
       .started_at = parse_wall_time(one(words, "started")).value_or(WallTime{}),
       .ready = one(words, "ready", "true") == "true"});
  return Tree::map();
}

Tree texts(const std::vector<std::string>& all) {
  Tree list = Tree::list();
  for (const std::string& text : all) list.push_back(text);
  return list;
}

Tree plan_source(World& world, const Words& words) {
  core::Plan plan;
  plan.metrics = {.enabled = true,
                  .address = one(words, "address"),
                  .preset = one(words, "preset"),
                  .allow_idle = one(words, "allow_idle") == "true"};
  world.workload.name_space = one(words, "namespace");
  auto planned = net::await<ports::Planned<ports::MetricPlan>>(world.loop, [&](auto reply) {
    world.source->plan(plan, world.workload, world.pods, std::move(reply));
  });
  if (!planned) return error_tree(planned.error());
  world.plan = planned->plan.data;
  Tree answer;
  answer.set("data", world.plan);
  answer.set("lines", texts(planned->plan.lines));
  Tree findings = Tree::list();
  for (const ports::Finding& finding : planned->findings) {
    Tree entry;
    entry.set("check", finding.check);
    entry.set("severity", static_cast<int>(finding.severity));
    entry.set("blocks", ports::blocks(finding));
    entry.set("message", finding.message);
    entry.set("remedy", finding.remedy);
    findings.push_back(std::move(entry));
  }
  answer.set("findings", std::move(findings));
  return answer;
}

Tree slice_tree(const core::Slice& slice) {
  Tree tree;
  tree.set("service", std::int64_t{slice.service});
  tree.set("arm", slice.arm == core::Arm::canary ? "canary" : "baseline");
  tree.set("target", slice.target);
  tree.set("from", format_wall_time(slice.from));
  tree.set("to", format_wall_time(slice.to));
  tree.set("requests", static_cast<std::int64_t>(slice.requests));
  tree.set("errors", static_cast<std::int64_t>(slice.errors));
  tree.set("timed", static_cast<std::int64_t>(slice.timed));
  Tree slower = Tree::list();
  for (const std::uint64_t count : slice.slower) slower.push_back(static_cast<std::int64_t>(count));
  tree.set("slower", std::move(slower));
  return tree;
}

Tree count(World& world) {
  const auto counters = net::await<ports::Counters>(world.loop, [&](auto reply) {
    world.source->counters(world.plan, world.pods, std::move(reply));
  });
  if (!counters) return error_tree(counters.error());
  Tree slices = Tree::list();
  for (const core::Slice& slice : counters->slices) slices.push_back(slice_tree(slice));
  Tree answer;
  answer.set("slices", std::move(slices));
  answer.set("source_now", format_wall_time(counters->source_now));
  answer.set("silent_pods", texts(counters->silent_pods));
  answer.set("arms_apart", counters->arms_apart);
  answer.set("stale", counters->stale);
  return answer;
}

Tree sleep_for(World& world, const std::string& milliseconds) {
  bool over = false;
  world.loop.at(world.steady.now() + std::chrono::milliseconds(std::stol(milliseconds)),
                [&over] { over = true; });
  world.loop.run_until([&over] { return over; });
  return Tree::map();
}

Tree obey(World& world, const std::string& line) {
  std::istringstream all(line);
  std::string verb;
  std::string name;
  Words words;
  all >> verb;
  for (std::string word; all >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      name = word;
    else
      words[word.substr(0, equals)] = word.substr(equals + 1);
  }
  if (verb == "service") {
    world.workload.services.push_back({.name = name,
                                       .service = name,
                                       .canary_service = "",
                                       .workload = "",
                                       .canary_workload = ""});
    return Tree::map();
  }
  if (verb == "pod" || verb == "forget") return add_pod(world, name, words);
  if (verb == "plan") return plan_source(world, words);
  if (verb == "counters") return count(world);
  if (verb == "sleep") return sleep_for(world, name);
  return error_tree({.kind = ErrorKind::rejected, .message = "unknown command: " + line});
}

int run(bool in_cluster) {
  World world;
  std::optional<kubeapi::ClusterAccess> access;
  if (in_cluster) {
    auto loaded = kubeapi::load_access(world.disk, world.environment, {});
    if (!loaded) {
      std::cerr << loaded.error().message << '\n';
      return 1;
    }
    access = std::move(*loaded);
  }
  world.connect(access);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << codec::write_json(obey(world, line)) << std::endl;
  world.source.reset();
  world.api.reset();
  return 0;
}

}  // namespace
}  // namespace kai::edges

int main(int count, char** arguments) {
  return kai::edges::run(count > 1 && std::string(arguments[1]) == "cluster=true");
}
