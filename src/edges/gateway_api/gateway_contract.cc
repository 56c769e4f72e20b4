// Drives the router against a real API server, for tests/cluster/test_gateway_contract.py.
//   gateway_contract [context=NAME] < commands > answers
// One command per line, one JSON answer per line:
//   plan namespace=NS service=api-server:80 [service=...] [step=1000 ...]   answers the plan; it is
//   used from then on load FILE | save FILE                                                   the
//   plan's data, for another process apply attached=true weight=1000 epoch=1 seq=2 [down=true]
//   observe [until=applied within=10]
//   restore epoch=1 seq=9
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "codec/json.h"
#include "edges/gateway_api/gateway_router.h"
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

using Words = std::vector<std::pair<std::string, std::string>>;

std::string one(const Words& words, std::string_view key, std::string otherwise = "") {
  for (const auto& [name, value] : words) {
    if (name == key) otherwise = value;
  }
  return otherwise;
}

std::int64_t number(const Words& words, std::string_view key) {
  return std::stoll(one(words, key, "0"));
}

class LinesLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view event,
             const std::vector<LogField>& fields) override {
    Tree line;
    line.set("event", event);
    for (const LogField& field : fields) line.set(field.key, field.value);
    lines.push_back(std::move(line));
  }
  Tree lines = Tree::list();
};

// Everything real, on one loop.
struct World {
  std::map<std::string, std::string> environment = os::read_environment();
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  net::Loop loop{steady, [](std::string_view what) { std::cerr << "bug: " << what << '\n'; }};
  os::RealDisk disk{"/tmp"};
  os::RealProcess process{loop, loop, steady};
  net::BeastHttpClient http{loop, {}};
  LinesLog log;
  kubeapi::Client api;
  GatewayRouter router{api, log};
  Tree plan;

  explicit World(const kubeapi::ClusterAccess& access)
      : api(http, loop, steady, access,
            std::make_shared<kubeapi::Credentials>(access.user, access.server, disk, process, wall,
                                                   environment, nullptr)) {}

  void sleep(Duration wait) {
    bool over = false;
    loop.at(steady.now() + wait, [&over] { over = true; });
    loop.run_until([&over] { return over; });
  }
};

Tree error_tree(const Error& error) {
  Tree tree;
  tree.set("error", error.message);
  tree.set("kind", name_of(error.kind));
  return tree;
}

core::Stamp stamp_of(const Words& words) {
  return {.rollout = one(words, "rollout", "contract"),
          .epoch = static_cast<std::uint64_t>(number(words, "epoch")),
          .seq = static_cast<std::uint64_t>(number(words, "seq")),
          .down = one(words, "down") == "true"};
}

Tree plan_routes(World& world, const Words& words) {
  core::Plan plan;
  ports::WorkloadPlan workload{
      .data = {}, .name_space = one(words, "namespace"), .services = {}, .lines = {}};
  for (const auto& [name, value] : words) {
    if (name == "step") {
      plan.steps.push_back({.weight = core::Weight::from_hundredths(std::stoll(value)),
                            .bake_time = std::chrono::seconds(1)});
    }
    if (name != "service") continue;
    const std::string service = value.substr(0, value.find(':'));
    const auto port = static_cast<std::uint16_t>(std::stoi(value.substr(value.find(':') + 1)));
    workload.services.push_back({.name = service,
                                 .service = service,
                                 .canary_service = service + "-canary",
                                 .workload = service,
                                 .canary_workload = service + "-canary",
                                 .port = port,
                                 .canary_port = port});
  }
  auto planned = net::await<ports::Planned<ports::RoutePlan>>(
      world.loop, [&](auto reply) { world.router.plan(plan, workload, std::move(reply)); });
  if (!planned) return error_tree(planned.error());
  world.plan = planned->plan.data;
  Tree answer;
  answer.set("propagation_ms", planned->plan.propagation_max.count() / 1'000'000);
  Tree lines = Tree::list();
  for (const std::string& line : planned->plan.lines) lines.push_back(line);
  answer.set("lines", std::move(lines));
  Tree findings = Tree::list();
  for (const ports::Finding& finding : planned->findings) {
    Tree entry;
    entry.set("check", finding.check);
    entry.set("blocks", ports::blocks(finding));
    entry.set("message", finding.message);
    entry.set("remedy", finding.remedy);
    findings.push_back(std::move(entry));
  }
  answer.set("findings", std::move(findings));
  return answer;
}

Tree apply_split(World& world, const Words& words) {
  const ports::RouteTarget target{.attached = one(words, "attached", "true") == "true",
                                  .canary = core::Weight::from_hundredths(number(words, "weight"))};
  const auto receipt = net::await<ports::Receipt>(world.loop, [&](auto reply) {
    world.router.apply(world.plan, target, stamp_of(words), std::move(reply));
  });
  if (!receipt) return error_tree(receipt.error());
  Tree answer;
  answer.set("stamp", core::format_stamp(receipt->stamp));
  return answer;
}

Tree seen_tree(const core::RouteSeen& seen) {
  static const std::vector<std::string> states{"pending", "applied", "refused", "gone"};
  Tree tree;
  tree.set("state", states.at(static_cast<std::size_t>(seen.state)));
  tree.set("attached", seen.attached);
  tree.set("live", std::int64_t{seen.live.hundredths()});
  tree.set("live_min", std::int64_t{seen.live_min.hundredths()});
  tree.set("stamp", seen.stamp ? Tree(core::format_stamp(*seen.stamp)) : Tree());
  tree.set("foreign", seen.foreign);
  tree.set("who", seen.who);
  tree.set("detail", seen.detail);
  return tree;
}

Tree observe(World& world, const Words& words) {
  const std::string until = one(words, "until");
  const SteadyTime end = world.steady.now() + std::chrono::seconds(number(words, "within"));
  const SteadyTime begin = world.steady.now();
  for (;;) {
    auto seen = net::await<core::RouteSeen>(
        world.loop, [&](auto reply) { world.router.observe(world.plan, std::move(reply)); });
    if (!seen) return error_tree(seen.error());
    Tree tree = seen_tree(*seen);
    tree.set("after_ms", (world.steady.now() - begin).count() / 1'000'000);
    if (until.empty() || tree.text_or("/state", "") == until || world.steady.now() >= end)
      return tree;
    world.sleep(std::chrono::milliseconds(100));
  }
}

Tree restore(World& world, const Words& words) {
  world.log.lines = Tree::list();
  const auto done = net::await<bool>(world.loop, [&](auto reply) {
    world.router.restore(world.plan, stamp_of(words), std::move(reply));
  });
  Tree answer = done ? Tree() : error_tree(done.error());
  if (done) answer.set("done", *done);
  answer.set("log", world.log.lines);
  return answer;
}

Tree save(const World& world, const std::string& file) {
  std::ofstream(file) << codec::write_json(world.plan);
  return Tree::map();
}

Tree load(World& world, const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  auto plan = codec::parse_json(text.str());
  if (!plan) return error_tree(plan.error());
  world.plan = std::move(*plan);
  return Tree::map();
}

Tree obey(World& world, const std::string& line) {
  std::istringstream words_of(line);
  std::string verb;
  words_of >> verb;
  Words words;
  for (std::string word; words_of >> word;) {
    const std::size_t equals = word.find('=');
    words.emplace_back(word.substr(0, equals),
                       equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  if (verb == "plan") return plan_routes(world, words);
  if (verb == "apply") return apply_split(world, words);
  if (verb == "observe") return observe(world, words);
  if (verb == "restore") return restore(world, words);
  if (verb == "save" && !words.empty()) return save(world, words.front().first);
  if (verb == "load" && !words.empty()) return load(world, words.front().first);
  return error_tree({.kind = ErrorKind::rejected, .message = "unknown command: " + line});
}

int run(const Words& words) {
  os::RealDisk disk("/tmp");
  const auto access = kubeapi::load_access(disk, os::read_environment(),
                                           {.path = "", .context = one(words, "context")});
  if (!access) {
    std::cerr << access.error().message << '\n';
    return 1;
  }
  World world(*access);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << codec::write_json(obey(world, line)) << std::endl;
  return 0;
}

}  // namespace
}  // namespace kai::edges

int main(int count, char** arguments) {
  kai::edges::Words words;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const std::size_t equals = word.find('=');
    words.emplace_back(word.substr(0, equals),
                       equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  return kai::edges::run(words);
}
