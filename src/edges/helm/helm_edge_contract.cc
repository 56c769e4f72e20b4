// Drives the Helm edge against a real cluster, for tests/cluster/test_helm_edge.py: one verb per
// call, JSON out.
//   helm_edge_contract VERB [key=value...]
// Verbs: plan, upgrade, stop_upgrade, revert, observe, list, versions, rollback, values.
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "edges/helm/chart_values.h"
#include "edges/helm/release_edge.h"
#include "edges/helm/releases.h"
#include "kubeapi/client.h"
#include "kubeapi/kubeconfig.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/environment.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"

namespace kai::edges {
namespace {

using Arguments = std::vector<std::pair<std::string, std::string>>;

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
  net::Loop loop{steady, [](std::string_view what) { std::cerr << "bug: " << what << '\n'; }};
  os::RealDisk disk{environment.contains("TMPDIR") ? environment.at("TMPDIR") : "/tmp"};
  os::RealProcess process{loop, loop, steady};
  net::BeastHttpClient http{loop, {}};
  HelmOptions options;
  std::unique_ptr<kubeapi::Client> api;
  std::unique_ptr<HelmRelease> release;

  explicit World(const kubeapi::ClusterAccess& access) {
    const auto credentials = std::make_shared<kubeapi::Credentials>(
        access.user, access.server, disk, process, wall, environment, nullptr);
    api = std::make_unique<kubeapi::Client>(http, loop, steady, access, credentials);
    options.environment = environment;
    options.binary = environment.contains("HELM_BIN") ? environment.at("HELM_BIN") : "helm";
    options.context = access.context;
    options.name_space = access.name_space;
    options.driver = parse_record_driver(
                         environment.contains("HELM_DRIVER") ? environment.at("HELM_DRIVER") : "")
                         .value();
    release = std::make_unique<HelmRelease>(helm(), *api, options);
  }
  [[nodiscard]] Helm helm() { return make_helm(process, disk, steady, loop, options); }
  [[nodiscard]] Releases releases() { return {helm(), ReleaseRecords(*api, options.driver)}; }

  // Waits for the answer of `ask`, which gets the reply.
  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> answer;
    ask([&answer](Result<T> got) { answer.emplace(std::move(got)); });
    if (answer) throw Bug("a reply came before the asking call returned");
    loop.run_until([&answer] { return answer.has_value(); });
    return std::move(*answer);
  }
};

core::Plan plan_of(const Arguments& arguments) {
  core::Plan plan{.target = {.release = one(arguments, "release", "kai"),
                             .name_space = one(arguments, "namespace")},
                  .inputs = {.chart = one(arguments, "chart"),
                             .environment = one(arguments, "env"),
                             .tag = one(arguments, "tag"),
                             .tag_keys = all(arguments, "tag-key")},
                  .canary = one(arguments, "canary", "true") == "true",
                  .services_auto = one(arguments, "service").empty()};
  for (const std::string& name : all(arguments, "service")) plan.services.push_back({.name = name});
  for (const std::string& path : all(arguments, "values"))
    plan.inputs.values.push_back({.text = path});
  for (const std::string& text : all(arguments, "set")) {
    plan.inputs.values.push_back({.kind = core::ValueInput::Kind::set, .text = text});
  }
  plan.inputs.allow_nondeterministic = one(arguments, "allow-nondeterministic") == "true";
  plan.timing.helm_timeout = std::chrono::seconds(std::stol(one(arguments, "timeout", "60")));
  return plan;
}

Tree findings_tree(const std::vector<ports::Finding>& findings) {
  Tree list = Tree::list();
  for (const ports::Finding& finding : findings) {
    Tree entry = Tree::map();
    entry.set("check", finding.check);
    entry.set("severity", static_cast<int>(finding.severity));
    entry.set("blocks", ports::blocks(finding));
    entry.set("message", finding.message);
    entry.set("remedy", finding.remedy);
    list.push_back(std::move(entry));
  }
  return list;
}

Tree plan_tree(const ports::Planned<ports::ReleasePlan>& planned) {
  Tree tree = Tree::map();
  tree.set("findings", findings_tree(planned.findings));
  tree.set("data", planned.plan.data);
  tree.set("namespace", planned.plan.name_space);
  tree.set("first_install", planned.plan.first_install);
  tree.set("start_revision", planned.plan.start_revision);
  tree.set("stable_version", planned.plan.stable_version);
  tree.set("canary_version", planned.plan.canary_version);
  Tree lines = Tree::list();
  for (const std::string& line : planned.plan.lines) lines.push_back(line);
  tree.set("lines", std::move(lines));
  tree.set("objects", static_cast<std::int64_t>(planned.plan.objects.size()));
  return tree;
}

Tree seen_tree(const core::ReleaseSeen& seen) {
  static const std::vector<std::string> states = {"as_started", "upgraded",   "reverted",
                                                  "failed",     "superseded", "absent"};
  static const std::vector<std::string> helms = {"idle", "running", "succeeded", "failed"};
  Tree tree = Tree::map();
  tree.set("state", states.at(static_cast<std::size_t>(seen.state)));
  tree.set("helm", helms.at(static_cast<std::size_t>(seen.helm)));
  tree.set("detail", seen.detail);
  return tree;
}

Tree error_tree(const Error& error) {
  Tree tree = Tree::map();
  tree.set("error", error.message);
  tree.set("kind", name_of(error.kind));
  return tree;
}

Tree saved_plan(const Arguments& arguments) {
  std::ifstream in(one(arguments, "plan"));
  std::stringstream text;
  text << in.rdbuf();
  return codec::parse_json(text.str()).value();
}

Tree observed(World& world, const Tree& plan, const std::string& rollout) {
  const auto seen = world.wait<core::ReleaseSeen>(
      [&](auto reply) { world.release->observe(plan, rollout, std::move(reply)); });
  return seen ? seen_tree(*seen) : error_tree(seen.error());
}

// Until the release has another newest record, or the upgrade is over: a Helm that is still
// starting dies of a SIGTERM without having begun.
void wait_for_helm(World& world, const Tree& plan, const std::string& rollout,
                   const std::optional<Result<Unit>>& ended) {
  while (!ended) {
    const auto seen = world.wait<core::ReleaseSeen>(
        [&](auto reply) { world.release->observe(plan, rollout, std::move(reply)); });
    if (!seen || seen->state != core::ReleaseSeen::State::as_started) return;
  }
}

// Upgrades; with `after` seconds it is told to stop then. The look in the midst shows the running
// state.
Tree upgraded(World& world, const Tree& plan, const Arguments& arguments,
              std::optional<double> stop_after) {
  std::optional<Result<Unit>> ended;
  const std::string rollout = one(arguments, "rollout", "r1");
  world.release->upgrade(plan, rollout,
                         [&ended](Result<Unit> result) { ended.emplace(std::move(result)); });
  Tree during = observed(world, plan, rollout);
  if (stop_after) {
    wait_for_helm(world, plan, rollout, ended);
    const auto wait =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*stop_after));
    world.loop.at(world.steady.now() + wait, [&world] { world.release->stop_upgrade(); });
  }
  const SteadyTime begun = world.steady.now();
  world.loop.run_until([&ended] { return ended.has_value(); });
  Tree tree = *ended ? Tree::map() : error_tree(ended->error());
  tree.set("seconds", seconds_of(world.steady.now() - begun));
  tree.set("during", std::move(during));
  tree.set("after", observed(world, plan, rollout));
  return tree;
}

Tree reverted(World& world, const Tree& plan, const std::string& rollout) {
  const auto ended =
      world.wait<Unit>([&](auto reply) { world.release->revert(plan, rollout, std::move(reply)); });
  Tree tree = ended ? Tree::map() : error_tree(ended.error());
  tree.set("after", observed(world, plan, rollout));
  return tree;
}

Tree listed(World& world, const Arguments& arguments) {
  const auto rows = world.wait<std::vector<ReleaseRow>>(
      [&](auto reply) { world.releases().list(one(arguments, "namespace"), std::move(reply)); });
  if (!rows) return error_tree(rows.error());
  Tree list = Tree::list();
  for (const ReleaseRow& row : *rows) {
    Tree entry = Tree::map();
    entry.set("name", row.name);
    entry.set("namespace", row.name_space);
    entry.set("revision", row.revision);
    entry.set("updated", row.updated);
    entry.set("status", row.status);
    entry.set("chart", row.chart);
    entry.set("app_version", row.app_version);
    list.push_back(std::move(entry));
  }
  return list;
}

Tree versions(World& world, const Arguments& arguments) {
  const auto rows = world.wait<std::vector<VersionRow>>([&](auto reply) {
    world.releases().versions(one(arguments, "namespace"), one(arguments, "release", "kai"),
                              std::move(reply));
  });
  if (!rows) return error_tree(rows.error());
  Tree list = Tree::list();
  for (const VersionRow& row : *rows) {
    Tree entry = Tree::map();
    entry.set("revision", row.revision);
    entry.set("status", row.status);
    entry.set("description", row.description);
    entry.set("may_be_good", row.may_be_good);
    list.push_back(std::move(entry));
  }
  return list;
}

Tree rolled_back(World& world, const Arguments& arguments) {
  Releases::RollbackWish wish{.target = {.release = one(arguments, "release", "kai"),
                                         .name_space = one(arguments, "namespace"),
                                         .context = world.options.context},
                              .forced = one(arguments, "force") == "true",
                              .timeout = std::chrono::seconds(60)};
  if (const std::string revision = one(arguments, "revision"); !revision.empty())
    wish.revision = std::stol(revision);
  const auto went = world.wait<Releases::Rollback>(
      [&](auto reply) { world.releases().rollback(wish, std::move(reply)); });
  if (!went) return error_tree(went.error());
  return went->trouble ? error_tree(*went->trouble) : Tree(went->revision);
}

Tree run(World& world, const std::string& verb, const Arguments& arguments) {
  const std::string rollout = one(arguments, "rollout", "r1");
  if (verb == "plan") {
    const auto planned = world.wait<ports::Planned<ports::ReleasePlan>>(
        [&](auto reply) { world.release->plan(plan_of(arguments), std::move(reply)); });
    return planned ? plan_tree(*planned) : error_tree(planned.error());
  }
  if (verb == "values") {
    const auto values = world.wait<Tree>([&](auto reply) {
      chart_values(world.helm(), plan_of(arguments).inputs, std::move(reply));
    });
    return values ? *values : error_tree(values.error());
  }
  if (verb == "list") return listed(world, arguments);
  if (verb == "versions") return versions(world, arguments);
  if (verb == "rollback") return rolled_back(world, arguments);
  const Tree plan = saved_plan(arguments);
  if (verb == "observe") return observed(world, plan, rollout);
  if (verb == "revert") return reverted(world, plan, rollout);
  if (verb == "upgrade") return upgraded(world, plan, arguments, std::nullopt);
  if (verb == "stop_upgrade")
    return upgraded(world, plan, arguments, std::stod(one(arguments, "after", "1")));
  throw Bug("unknown verb " + verb);
}

int run_main(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::cerr << "usage: helm_edge_contract VERB [key=value...]\n";
    return 2;
  }
  Arguments arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    arguments.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
  }
  os::RealDisk disk("/tmp");
  const auto access = kubeapi::load_access(disk, os::read_environment(), {});
  if (!access) {
    std::cerr << access.error().message << '\n';
    return 3;
  }
  World world(*access);
  std::cout << codec::write_json_pretty(run(world, words[0], arguments)) << '\n';
  return 0;
}

}  // namespace
}  // namespace kai::edges

int main(int argument_count, char** arguments) {
  return kai::edges::run_main({arguments + 1, arguments + argument_count});
}
