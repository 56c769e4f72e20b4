// Drives the workload edge against a real cluster, for tests/cluster/test_workload_contract.py: one
// verb per call, JSON out.
//   workload_contract VERB [key=value...]
// Verbs: plan, bring_up, observe, evidence, discard; follow prints a line per observation that a
// watch woke.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "edges/kube_workload/workload_edge.h"
#include "kubeapi/client.h"
#include "kubeapi/kubeconfig.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/environment.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"
#include "os/real_random.h"

namespace kai::edges {
namespace {

using Arguments = std::vector<std::pair<std::string, std::string>>;
using ports::ObjectChange;

std::string one(const Arguments& arguments, std::string_view key, std::string otherwise = "") {
  for (const auto& [name, value] : arguments) {
    if (name == key) otherwise = value;
  }
  return otherwise;
}

std::vector<std::string> all(const Arguments& arguments, std::string_view key) {
  std::vector<std::string> values;
  for (const auto& [name, value] : arguments) {
    if (name == key) values.push_back(value);
  }
  return values;
}

// Everything real, on one loop.
struct World {
  std::map<std::string, std::string> environment = os::read_environment();
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealRandom random;
  net::Loop loop{steady, [](std::string_view what) { std::cerr << "bug: " << what << '\n'; }};
  os::RealDisk disk{"/tmp"};
  os::RealProcess process{loop, loop, steady};
  net::BeastHttpClient http{loop, {}};
  std::unique_ptr<kubeapi::Client> api;
  std::unique_ptr<KubeWorkload> workload;

  explicit World(const kubeapi::ClusterAccess& access) {
    const auto credentials = std::make_shared<kubeapi::Credentials>(
        access.user, access.server, disk, process, wall, environment, nullptr);
    api = std::make_unique<kubeapi::Client>(http, loop, steady, access, credentials);
    workload = std::make_unique<KubeWorkload>(*api, random);
  }

  // Waits for the answer of `ask`, which gets the reply.
  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> answer;
    int answers = 0;
    ask([&](Result<T> got) {
      answers += 1;
      answer.emplace(std::move(got));
    });
    if (answer) throw Bug("a reply came before the asking call returned");
    loop.run_until([&answer] { return answer.has_value(); });
    if (answers != 1) throw Bug("a reply came more than once");
    return std::move(*answer);
  }
};

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Bug("cannot read " + path);
  return (std::ostringstream() << file.rdbuf()).str();
}

bool is_same_object(const Tree& a, const Tree& b) {
  return a.text_or("/kind", "") == b.text_or("/kind", "") &&
         a.text_or("/metadata/name", "") == b.text_or("/metadata/name", "");
}

std::vector<Tree> objects_of(const std::string& path) {
  std::vector<Tree> objects = codec::parse_yaml_stream(file_text(path)).value();
  std::erase_if(objects, [](const Tree& object) { return object.is_null(); });
  return objects;
}

// Stable's and the candidate's manifest side by side, as the release's edge hands them over.
std::vector<ObjectChange> changes_between(std::vector<Tree> stable,
                                          const std::vector<Tree>& candidate) {
  std::vector<ObjectChange> changes;
  for (const Tree& object : candidate) {
    const auto before = std::ranges::find_if(
        stable, [&](const Tree& each) { return is_same_object(each, object); });
    if (before == stable.end()) {
      changes.push_back({.kind = ObjectChange::Kind::added, .stable = {}, .candidate = object});
      continue;
    }
    const auto kind =
        *before == object ? ObjectChange::Kind::unchanged : ObjectChange::Kind::changed;
    changes.push_back({.kind = kind, .stable = std::move(*before), .candidate = object});
    stable.erase(before);
  }
  for (Tree& object : stable)
    changes.push_back(
        {.kind = ObjectChange::Kind::removed, .stable = std::move(object), .candidate = {}});
  return changes;
}

core::Plan plan_of(const Arguments& arguments) {
  core::Plan plan{.target = {.release = one(arguments, "release", "kai"),
                             .name_space = one(arguments, "namespace")},
                  .services_auto = one(arguments, "service").empty()};
  plan.services_by_default = one(arguments, "by-default") == "true";
  for (const std::string& name : all(arguments, "service"))
    plan.services.push_back({.name = name, .port = {}});
  for (const std::string& check : all(arguments, "skip")) plan.skipped_checks.push_back(check);
  plan.canary_replicas = static_cast<std::uint32_t>(std::stoul(one(arguments, "replicas", "0")));
  return plan;
}

Tree error_tree(const Error& error) {
  return Tree(Tree::Map{
      {"error", Tree(Tree::Map{{"kind", name_of(error.kind)}, {"message", error.message}})}});
}

Tree texts(const std::vector<std::string>& lines) {
  Tree list = Tree::list();
  for (const std::string& line : lines) list.push_back(line);
  return list;
}

Tree findings_tree(const std::vector<ports::Finding>& findings) {
  Tree list = Tree::list();
  for (const ports::Finding& finding : findings) {
    list.push_back(Tree(Tree::Map{{"check", finding.check},
                                  {"severity", static_cast<int>(finding.severity)},
                                  {"blocks", ports::blocks(finding)},
                                  {"message", finding.message},
                                  {"remedy", finding.remedy}}));
  }
  return list;
}

Tree planned(World& world, const Arguments& arguments) {
  ports::ReleasePlan release{.name_space = one(arguments, "namespace"), .start_revision = 1};
  release.objects = changes_between(objects_of(one(arguments, "stable")),
                                    objects_of(one(arguments, "candidate")));
  const auto answer = world.wait<ports::Planned<ports::WorkloadPlan>>(
      [&](auto reply) { world.workload->plan(plan_of(arguments), release, std::move(reply)); });
  if (!answer) return error_tree(answer.error());
  Tree services = Tree::list();
  for (const ports::ServicePlan& each : answer->plan.services) {
    services.push_back(Tree(Tree::Map{{"name", each.name},
                                      {"service", each.service},
                                      {"canaryService", each.canary_service},
                                      {"workload", each.workload},
                                      {"canaryWorkload", each.canary_workload},
                                      {"port", int{each.port}},
                                      {"canaryPort", int{each.canary_port}}}));
  }
  return Tree(Tree::Map{{"data", answer->plan.data},
                        {"findings", findings_tree(answer->findings)},
                        {"lines", texts(answer->plan.lines)},
                        {"services", std::move(services)}});
}

Tree arm_tree(const core::ArmSeen& arm) {
  Tree tree(Tree::Map{{"wanted", std::int64_t{arm.wanted}},
                      {"ready", arm.ready},
                      {"carries", std::int64_t{arm.carries.hundredths()}},
                      {"anyServiceEmpty", arm.any_service_empty},
                      {"restarts", std::int64_t{arm.restarts}},
                      {"digestsMatch", arm.digests_match}});
  if (arm.fatal)
    tree.set("fatal",
             Tree(Tree::Map{{"code", arm.fatal->code}, {"sentence", arm.fatal->sentence}}));
  return tree;
}

Tree state_tree(const ports::WorkloadState& state) {
  Tree pods = Tree::list();
  for (const ports::PodTarget& pod : state.pods) {
    pods.push_back(Tree(Tree::Map{{"service", std::int64_t{pod.service}},
                                  {"arm", pod.arm == core::Arm::canary ? "canary" : "baseline"},
                                  {"name", pod.name},
                                  {"address", pod.address},
                                  {"startedAt", format_wall_time(pod.started_at)},
                                  {"ready", pod.ready}}));
  }
  return Tree(Tree::Map{{"canary", arm_tree(state.seen.canary)},
                        {"stable", arm_tree(state.seen.stable)},
                        {"canaryExists", state.seen.canary_exists},
                        {"stableIsCandidate", state.seen.stable_is_candidate},
                        {"stableIsAsStarted", state.seen.stable_is_as_started},
                        {"pods", std::move(pods)}});
}

Tree saved_plan(const Arguments& arguments) {
  return codec::parse_json(file_text(one(arguments, "plan"))).value();
}

core::Weight size_of(const Arguments& arguments) {
  return core::Weight::from_percent(one(arguments, "size", "10")).value();
}

Tree brought_up(World& world, const Arguments& arguments) {
  const core::Stamp stamp{.rollout = one(arguments, "rollout", "r1"),
                          .epoch = 1,
                          .seq = std::stoull(one(arguments, "seq", "1"))};
  const auto done = world.wait<Unit>([&](auto reply) {
    world.workload->bring_up(saved_plan(arguments), size_of(arguments), stamp, std::move(reply));
  });
  return done ? Tree(true) : error_tree(done.error());
}

Tree observed(World& world, const Arguments& arguments) {
  const auto state = world.wait<ports::WorkloadState>([&](auto reply) {
    world.workload->observe(saved_plan(arguments), size_of(arguments), std::move(reply));
  });
  return state ? state_tree(*state) : error_tree(state.error());
}

Tree kept(World& world, const Arguments& arguments) {
  const auto evidence = world.wait<ports::Evidence>(
      [&](auto reply) { world.workload->evidence(saved_plan(arguments), std::move(reply)); });
  return evidence ? texts(evidence->lines) : error_tree(evidence.error());
}

Tree discarded(World& world, const Arguments& arguments) {
  const auto done = world.wait<bool>([&](auto reply) {
    world.workload->discard(saved_plan(arguments), one(arguments, "rollout", "r1"),
                            std::move(reply));
  });
  return done ? Tree(*done) : error_tree(done.error());
}

// Looks whenever the watch wakes it, and says on each line when.
Tree follow(World& world, const Arguments& arguments) {
  bool look = true;
  const SteadyTime end =
      world.steady.now() + std::chrono::seconds(std::stol(one(arguments, "seconds", "5")));
  const auto watching =
      world.workload->watch(saved_plan(arguments), [&look](ports::WorkloadNews) { look = true; });
  while (true) {
    look = false;
    Tree state = observed(world, arguments);
    state.set("at", format_wall_time(world.wall.now()));
    std::cout << codec::write_json(state) << std::endl;
    bool over = false;
    const TimerId timer = world.loop.at(end, [&over] { over = true; });
    world.loop.run_until([&] { return look || over; });
    world.loop.cancel(timer);
    if (over) return Tree(true);
  }
}

Tree run(World& world, const std::string& verb, const Arguments& arguments) {
  if (verb == "plan") return planned(world, arguments);
  if (verb == "bring_up") return brought_up(world, arguments);
  if (verb == "observe") return observed(world, arguments);
  if (verb == "evidence") return kept(world, arguments);
  if (verb == "discard") return discarded(world, arguments);
  if (verb == "follow") return follow(world, arguments);
  throw Bug("unknown verb " + verb);
}

int run_main(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::cerr << "usage: workload_contract VERB [key=value...]\n";
    return 2;
  }
  Arguments arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    arguments.emplace_back(words[i].substr(0, equals),
                           equals == std::string::npos ? "" : words[i].substr(equals + 1));
  }
  os::RealDisk disk("/tmp");
  const auto access = kubeapi::load_access(disk, os::read_environment(), {});
  if (!access) {
    std::cerr << access.error().message << '\n';
    return 3;
  }
  World world(*access);
  std::cout << codec::write_json(run(world, words[0], arguments)) << '\n';
  return 0;
}

}  // namespace
}  // namespace kai::edges

int main(int argument_count, char** arguments) {
  return kai::edges::run_main({arguments + 1, arguments + argument_count});
}
