#include "edges/local_workload/release_file.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/name_table.h"
#include "base/tree_reader.h"
#include "core/plan/local_tree.h"
#include "core/plan/names.h"

namespace kai::edges {
namespace {

constexpr std::int64_t schema_current = 1;
constexpr std::size_t instances_max = 10'000;

constexpr std::array<Name<RevisionState>, 4> states{{{RevisionState::pending, "pending"},
                                                     {RevisionState::deployed, "deployed"},
                                                     {RevisionState::superseded, "superseded"},
                                                     {RevisionState::failed, "failed"}}};
constexpr std::array<Name<InstanceArm>, 3> arms{{{InstanceArm::stable, "stable"},
                                                 {InstanceArm::canary, "canary"},
                                                 {InstanceArm::retiring, "retiring"}}};

Tree to_tree(const LocalRevision& revision) {
  return Tree(Tree::Map{{"revision", revision.revision},
                        {"tag", revision.tag},
                        {"state", name_of(revision.state)},
                        {"when", format_wall_time(revision.when)},
                        {"rollout", revision.rollout},
                        {"returnsTo", revision.returns_to},
                        {"description", revision.description},
                        {"release", core::local_tree(revision.release)}});
}

Tree to_tree(const Instance& instance) {
  return Tree(Tree::Map{{"service", instance.service},
                        {"tag", instance.tag},
                        {"number", std::int64_t{instance.number}},
                        {"arm", name_of(instance.arm)},
                        {"rollout", instance.rollout},
                        {"pid", instance.process.pid},
                        {"started", static_cast<std::int64_t>(instance.process.started)},
                        {"boot", instance.process.boot},
                        {"port", std::int64_t{instance.port}},
                        {"startedAt", format_wall_time(instance.started_at)},
                        {"healthPath", instance.health_path},
                        {"healthyWithin", std::int64_t{instance.healthy_within.count()}},
                        {"stopSignal", std::int64_t{instance.stop_signal}},
                        {"stopWithin", std::int64_t{instance.stop_within.count()}}});
}

std::int64_t within(TreeReader& reader, std::string_view key, std::int64_t min, std::int64_t max) {
  const std::int64_t value = reader.whole(key);
  if (reader.is_good() && (value < min || value > max)) reader.mistake(key, "a number in range");
  return std::clamp(value, min, max);
}

std::string tag_in(TreeReader& reader) {
  std::string tag = reader.text("tag");
  if (reader.is_good() && !core::is_tag(tag)) reader.mistake("tag", "a tag");
  return tag;
}

Result<LocalRevision> revision_from(const Tree& tree) {
  TreeReader reader(tree, "a revision");
  LocalRevision revision;
  revision.revision = within(reader, "revision", 1, INT64_MAX - 1);
  revision.tag = tag_in(reader);
  const auto state = value_in(states, reader.text("state"));
  if (!state) reader.mistake("state", "a state of a revision");
  revision.state = state.value_or(RevisionState::failed);
  revision.when = reader.time("when");
  revision.rollout = reader.text("rollout");
  revision.returns_to = within(reader, "returnsTo", 0, INT64_MAX - 1);
  revision.description = reader.text("description");
  auto release = core::local_from(reader.map("release"));
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (!release) return std::unexpected(release.error());
  revision.release = std::move(*release);
  return revision;
}

Result<Instance> instance_from(const Tree& tree) {
  TreeReader reader(tree, "an instance");
  Instance instance;
  instance.service = reader.text("service");
  if (reader.is_good() && !core::is_dns_label(instance.service))
    reader.mistake("service", "a name");
  instance.tag = tag_in(reader);
  instance.number = static_cast<std::uint32_t>(within(reader, "number", 1, 1'000'000));
  const auto arm = value_in(arms, reader.text("arm"));
  if (!arm) reader.mistake("arm", "an arm");
  instance.arm = arm.value_or(InstanceArm::retiring);
  instance.rollout = reader.text("rollout");
  instance.process = {.pid = within(reader, "pid", 2, std::int64_t{1} << 22),
                      .started = reader.count("started"),
                      .boot = reader.text("boot")};
  instance.port = static_cast<std::uint16_t>(within(reader, "port", 1, 65535));
  instance.started_at = reader.time("startedAt");
  instance.health_path = reader.text("healthPath");
  if (reader.is_good() && !instance.health_path.starts_with('/'))
    reader.mistake("healthPath", "a path");
  instance.healthy_within = reader.duration("healthyWithin");
  instance.stop_signal = static_cast<int>(within(reader, "stopSignal", 1, 64));
  instance.stop_within = reader.duration("stopWithin");
  if (!reader.is_good()) return std::unexpected(reader.error());
  return instance;
}

// What no writer of ours leaves behind.
Result<Unit> check(const ReleaseFile& file) {
  const auto bad = [](const std::string& what) { return fail(ErrorKind::malformed, what); };
  std::int64_t before = 0;
  std::size_t deployed = 0;
  for (const LocalRevision& revision : file.revisions) {
    if (revision.revision <= before) return bad("revisions are not in order");
    before = revision.revision;
    deployed += revision.state == RevisionState::deployed ? 1 : 0;
  }
  if (deployed > 1) return bad("two revisions are deployed");
  std::set<std::string> names;
  for (const Instance& instance : file.instances) {
    if (!names.insert(name_of(instance)).second)
      return bad("two instances are " + name_of(instance));
  }
  return Unit{};
}

}  // namespace

std::string_view name_of(RevisionState state) { return text_in(states, state); }
std::string_view name_of(InstanceArm arm) { return text_in(arms, arm); }

std::string name_of(const Instance& instance) {
  return instance.service + "-" + instance.tag + "-" + std::to_string(instance.number);
}

std::string endpoint_of(const Instance& instance) {
  return "127.0.0.1:" + std::to_string(instance.port);
}

const LocalRevision* ReleaseFile::deployed() const {
  const auto found = std::ranges::find(revisions, RevisionState::deployed, &LocalRevision::state);
  return found == revisions.end() ? nullptr : &*found;
}

const LocalRevision* ReleaseFile::find(std::int64_t revision) const {
  const auto found = std::ranges::find(revisions, revision, &LocalRevision::revision);
  return found == revisions.end() ? nullptr : &*found;
}

std::int64_t ReleaseFile::newest() const {
  return revisions.empty() ? 0 : revisions.back().revision;
}

LocalRevision& ReleaseFile::add(LocalRevision revision) {
  revision.revision = newest() + 1;
  revisions.push_back(std::move(revision));
  const auto is_old = [](const LocalRevision& each) {
    return each.state != RevisionState::deployed;
  };
  while (revisions.size() > revisions_max) {
    const auto oldest = std::ranges::find_if(revisions, is_old);
    revisions.erase(oldest);
  }
  return revisions.back();
}

void ReleaseFile::deploy(std::int64_t revision) {
  for (LocalRevision& each : revisions) {
    if (each.revision == revision) {
      each.state = RevisionState::deployed;
    } else if (each.state == RevisionState::deployed) {
      each.state = RevisionState::superseded;
    }
  }
}

Tree to_tree(const ReleaseFile& file, std::string_view release) {
  Tree revisions = Tree::list();
  for (const LocalRevision& revision : file.revisions) revisions.push_back(to_tree(revision));
  Tree instances = Tree::list();
  for (const Instance& instance : file.instances) instances.push_back(to_tree(instance));
  Tree discarded = Tree::list();
  for (const std::string& tag : file.discarded) discarded.push_back(tag);
  return Tree(Tree::Map{{"schema", schema_current},
                        {"release", std::string(release)},
                        {"revisions", std::move(revisions)},
                        {"instances", std::move(instances)},
                        {"discarded", std::move(discarded)}});
}

Result<ReleaseFile> release_file_from(const Tree& tree, std::string_view release) {
  TreeReader reader(tree, "release.json");
  const std::int64_t schema = reader.whole("schema");
  if (reader.is_good() && schema != schema_current)
    reader.mistake("schema", "1: it was written by another version of kai-canary");
  if (reader.text("release") != release) reader.mistake("release", "this release");
  const Tree::List& revisions = reader.list("revisions");
  const Tree::List& instances = reader.list("instances");
  const Tree::List& discarded = reader.list("discarded");
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (revisions.size() > ReleaseFile::revisions_max + 1 || instances.size() > instances_max ||
      discarded.size() > ReleaseFile::revisions_max)
    return fail(ErrorKind::malformed, "release.json: too long");
  ReleaseFile file;
  for (const Tree& each : revisions) {
    auto revision = revision_from(each);
    if (!revision) return std::unexpected(in_context("release.json", revision.error()));
    file.revisions.push_back(std::move(*revision));
  }
  for (const Tree& each : instances) {
    auto instance = instance_from(each);
    if (!instance) return std::unexpected(in_context("release.json", instance.error()));
    file.instances.push_back(std::move(*instance));
  }
  for (const Tree& each : discarded) {
    const std::string* const tag = each.as_text();
    if (tag == nullptr || !core::is_tag(*tag))
      return fail(ErrorKind::malformed, "release.json: 'discarded' holds no tag");
    file.discarded.push_back(*tag);
  }
  if (const auto checked = check(file); !checked)
    return std::unexpected(in_context("release.json", checked.error()));
  return file;
}

}  // namespace kai::edges
