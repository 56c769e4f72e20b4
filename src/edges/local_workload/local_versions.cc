#include "edges/local_workload/local_versions.h"

#include <algorithm>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "edges/local_workload/fleet.h"
#include "edges/local_workload/role_swap.h"

namespace kai::edges {
namespace {

// For readers that know the folder and not the release: the file says whose it is.
Result<ReleaseFile> read_file(os::Disk& disk, const std::string& directory) {
  const std::string path = directory + "/release.json";
  const auto text = disk.read(path, ReleaseFile::bytes_max);
  if (!text) return std::unexpected(text.error());
  const auto tree = codec::parse_json(*text);
  if (!tree) return std::unexpected(in_context(path, tree.error()));
  return in_context(directory, release_file_from(*tree, tree->text_or("/release", "")));
}

bool may_be_good(const LocalRevision& revision) {
  return revision.state == RevisionState::deployed || revision.state == RevisionState::superseded;
}

Result<LocalRevision> rollback_target(const ReleaseFile& file, std::optional<std::int64_t> wanted,
                                      bool forced) {
  if (file.revisions.empty()) return fail(ErrorKind::rejected, "nothing was ever deployed");
  if (wanted) {
    const LocalRevision* const found = file.find(*wanted);
    if (found == nullptr)
      return fail(ErrorKind::rejected, "there is no revision " + std::to_string(*wanted));
    if (!may_be_good(*found) && !forced) {
      return fail(ErrorKind::rejected, "revision " + std::to_string(*wanted) + " is " +
                                           std::string(name_of(found->state)) +
                                           "; --force goes back to it all the same");
    }
    return *found;
  }
  const std::string now = file.deployed() == nullptr ? "" : file.deployed()->tag;
  for (auto each = file.revisions.rbegin(); each != file.revisions.rend(); ++each) {
    if (each->state == RevisionState::superseded && each->tag != now) return *each;
  }
  return fail(ErrorKind::rejected, "there is no good revision before the newest one");
}

}  // namespace

Result<std::vector<LocalVersionRow>> local_versions(os::Disk& disk, const std::string& directory) {
  const auto file = read_file(disk, directory);
  if (!file) return std::unexpected(file.error());
  if (file->revisions.empty()) return fail(ErrorKind::no_data, "nothing was ever deployed");
  std::vector<LocalVersionRow> rows;
  for (const LocalRevision& revision : file->revisions) {
    rows.push_back({.revision = revision.revision,
                    .updated = format_wall_time(revision.when),
                    .status = std::string(name_of(revision.state)),
                    .tag = revision.tag,
                    .description = codec::printable(revision.description),
                    .may_be_good = may_be_good(revision)});
  }
  return rows;
}

Result<std::vector<LocalInstanceRow>> local_instances(os::Disk& disk,
                                                      const std::string& directory) {
  const auto file = read_file(disk, directory);
  if (!file) return std::unexpected(file.error());
  std::vector<LocalInstanceRow> rows;
  for (const Instance& instance : file->instances) {
    rows.push_back({.name = name_of(instance),
                    .service = instance.service,
                    .tag = instance.tag,
                    .arm = std::string(name_of(instance.arm)),
                    .pid = instance.process.pid,
                    .port = instance.port,
                    .log_file = directory + "/logs/" + name_of(instance) + ".log"});
  }
  return rows;
}

void roll_back_to(const std::shared_ptr<Fleet>& fleet, std::optional<std::int64_t> revision,
                  bool forced, Reply<LocalRollback> reply) {
  const auto file = fleet->load();
  auto target = file ? rollback_target(*file, revision, forced)
                     : Result<LocalRevision>(std::unexpected(file.error()));
  if (!target) {
    return fleet->later([reply = std::move(reply), error = target.error()]() mutable {
      reply(std::unexpected(std::move(error)));
    });
  }
  SwapTarget swap{.release = target->release,
                  .tag = target->tag,
                  .rollout = "",
                  .returns_to = target->revision,
                  .description = "rollback to revision " + std::to_string(target->revision)};
  swap_roles(fleet, std::move(swap), std::make_shared<bool>(false),
             [to = target->revision, tag = target->tag,
              reply = std::move(reply)](Result<Unit> ended) mutable {
               LocalRollback done{.revision = to, .tag = tag, .trouble = {}};
               if (!ended) done.trouble = std::move(ended.error());
               reply(std::move(done));
             });
}

}  // namespace kai::edges
