#include "edges/local_workload/release_plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "core/plan/local_tree.h"
#include "core/plan/names.h"
#include "edges/local_workload/instance_spec.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::ObjectChange;
using ports::Severity;

// Neither the plain environment nor a free port changes whether a program is there.
void check_programs(Fleet& fleet, const core::LocalRelease& release, const std::string& tag,
                    std::vector<Finding>& findings) {
  for (const core::LocalService& service : release.services) {
    const os::LastingSpec spec =
        spec_of(service, release.directory, {.tag = tag, .port = release.port_first, .number = 1},
                fleet.options().environment);
    const auto program = fleet.seams().find_program(spec);
    if (program) continue;
    findings.push_back({.check = "local-program",
                        .severity = Severity::refused,
                        .message = fmt::format("{}: service {}, version {}: {}", release.file,
                                               service.name, tag, program.error().message),
                        .remedy = fmt::format("put the program of {} there (in 'run' of the "
                                              "service file), and make it executable",
                                              tag)});
  }
}

// The new version runs in full beside the old one before that is stopped.
void check_ports(Fleet& fleet, const core::LocalRelease& release, const ReleaseFile& file,
                 std::vector<Finding>& findings) {
  std::uint32_t wanted = 0;
  for (const core::LocalService& service : release.services) wanted += service.instances;
  std::uint32_t free = 0;
  for (std::uint32_t port = release.port_first; port <= release.port_last && free < wanted;
       ++port) {
    const bool given = std::ranges::any_of(file.instances,
                                           [&](const Instance& each) { return each.port == port; });
    if (!given && fleet.seams().is_port_free(static_cast<std::uint16_t>(port))) free += 1;
  }
  if (free >= wanted) return;
  findings.push_back(
      {.check = "local-ports",
       .severity = Severity::refused,
       .message = fmt::format("{}: {} ports are needed beside those of the running version, and "
                              "of {} to {} only {} are free",
                              release.file, wanted, release.port_first, release.port_last, free),
       .remedy = "widen 'ports' in the service file"});
}

void check_addresses(Fleet& fleet, const core::LocalRelease& release,
                     std::vector<Finding>& findings) {
  std::set<std::string> asked;
  for (const core::LocalService& service : release.services) {
    if (!asked.insert(service.listen).second) continue;
    const auto may = fleet.seams().may_listen(service.listen);
    if (may) continue;
    findings.push_back({.check = "local-listen",
                        .severity = Severity::refused,
                        .message = fmt::format("{}: service {}: {}", release.file, service.name,
                                               may.error().message),
                        .remedy = "end who listens there, or give 'listen' another address"});
  }
}

void check_tag(const core::Plan& plan, const LocalRevision* deployed,
               std::vector<Finding>& findings) {
  const std::string& tag = plan.inputs.tag;
  if (!core::is_tag(tag)) {
    findings.push_back({.check = "local-tag",
                        .severity = Severity::refused,
                        .message = tag.empty() ? "no version was named" : "not a tag: " + tag,
                        .remedy = "name it: --tag=v1.2.3 (letters, digits and ._-)"});
    return;
  }
  if (deployed == nullptr || deployed->tag != tag) return;
  findings.push_back({.check = "local-tag",
                      .severity = Severity::refused,
                      .message = fmt::format("nothing to do: {} is deployed already (revision {})",
                                             tag, deployed->revision),
                      .remedy = "deploy another tag"});
}

const core::LocalService* service_in(const LocalRevision* revision, const std::string& name) {
  if (revision == nullptr) return nullptr;
  const auto found = std::ranges::find(revision->release.services, name, &core::LocalService::name);
  return found == revision->release.services.end() ? nullptr : &*found;
}

Tree service_tree(const core::LocalService& service, const std::string& tag,
                  const core::LocalRelease& of) {
  core::LocalRelease one = of;
  one.services = {service};
  return Tree(Tree::Map{{"kind", "Service"},
                        {"name", service.name},
                        {"tag", tag},
                        {"release", core::local_tree(one)}});
}

// A service counts as an object: another tag is another program.
std::vector<ObjectChange> changes(const LocalRevision* deployed, const core::LocalRelease& release,
                                  const std::string& tag) {
  std::vector<ObjectChange> all;
  for (const core::LocalService& service : release.services) {
    ObjectChange change{.kind = ObjectChange::Kind::added,
                        .candidate = service_tree(service, tag, release)};
    if (const core::LocalService* const stable = service_in(deployed, service.name)) {
      change.kind = ObjectChange::Kind::changed;
      change.stable = service_tree(*stable, deployed->tag, deployed->release);
    }
    all.push_back(std::move(change));
  }
  if (deployed == nullptr) return all;
  for (const core::LocalService& service : deployed->release.services) {
    if (std::ranges::find(release.services, service.name, &core::LocalService::name) !=
        release.services.end())
      continue;
    all.push_back({.kind = ObjectChange::Kind::removed,
                   .stable = service_tree(service, deployed->tag, deployed->release)});
  }
  return all;
}

std::string change_line(const LocalRevision* deployed, const core::LocalService& service) {
  const core::LocalService* const stable = service_in(deployed, service.name);
  if (stable == nullptr)
    return fmt::format("service {}: new, {} instances on {}", service.name, service.instances,
                       service.listen);
  std::string what;
  const auto say = [&what](bool differs, std::string_view text) {
    if (differs) what += (what.empty() ? "" : ", ") + std::string(text);
  };
  say(stable->run != service.run, "run");
  say(stable->environment != service.environment, "env");
  say(stable->instances != service.instances, "instances");
  say(stable->listen != service.listen, "listen");
  say(stable->host != service.host || stable->path_prefix != service.path_prefix, "match");
  say(stable->health_path != service.health_path, "health");
  return fmt::format("service {}: {} instances on {}{}", service.name, service.instances,
                     service.listen, what.empty() ? "" : "; changed in the service file: " + what);
}

std::vector<std::string> lines(const LocalRevision* deployed, const core::LocalRelease& release,
                               const std::string& tag) {
  std::vector<std::string> all;
  all.push_back(deployed == nullptr ? fmt::format("first install of {}", tag)
                                    : fmt::format("revision {} is {}, becomes {}",
                                                  deployed->revision, deployed->tag, tag));
  for (const core::LocalService& service : release.services)
    all.push_back(change_line(deployed, service));
  if (deployed == nullptr) return all;
  for (const core::LocalService& service : deployed->release.services) {
    if (std::ranges::find(release.services, service.name, &core::LocalService::name) ==
        release.services.end())
      all.push_back(fmt::format("service {}: removed with the promotion", service.name));
  }
  return all;
}

}  // namespace

Result<ports::Planned<ports::ReleasePlan>> plan_release(Fleet& fleet, const core::Plan& plan) {
  KAI_CHECK(plan.local.has_value());
  const auto file = fleet.load();
  if (!file) return std::unexpected(file.error());
  const LocalRevision* const deployed = file->deployed();
  const core::LocalRelease& release = *plan.local;
  ports::Planned<ports::ReleasePlan> planned;
  check_tag(plan, deployed, planned.findings);
  if (planned.findings.empty()) {
    check_programs(fleet, release, plan.inputs.tag, planned.findings);
    check_ports(fleet, release, *file, planned.findings);
    check_addresses(fleet, release, planned.findings);
  }
  const bool first = deployed == nullptr;
  const LocalPlan data{.release = release,
                       .tag = plan.inputs.tag,
                       .stable_tag = first ? "" : deployed->tag,
                       .start_revision = first ? 0 : deployed->revision,
                       .newest_revision = file->newest(),
                       .canary_instances = plan.canary_replicas};
  planned.plan = {.data = to_tree(data),
                  .name_space = std::string(core::local_name_space),
                  .first_install = first,
                  .start_revision = data.start_revision,
                  .stable_version = data.stable_tag,
                  .canary_version = data.tag,
                  .objects = changes(deployed, release, data.tag),
                  .lines = lines(deployed, release, data.tag)};
  return planned;
}

}  // namespace kai::edges
