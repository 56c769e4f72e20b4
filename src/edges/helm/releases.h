// Releases as a person asks for them: all of them, the versions of one, and back to one of those.
// No plan, no chart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "edges/helm/helm_run.h"
#include "edges/helm/release_records.h"
#include "ports/release_rows.h"

namespace kai::edges {

using ports::ReleaseRow;
using ports::VersionRow;

// Newest revision of each release, in the order of namespace and name. Pure.
[[nodiscard]] std::vector<RecordLabels> newest_of_each(std::vector<RecordLabels> records);
[[nodiscard]] ReleaseRow row_of(const StoredRelease& release);
[[nodiscard]] std::vector<VersionRow> version_rows(const std::vector<StoredRelease>& history);

// Which revision `--rollback[=N]` means: `wanted`, or without it the newest good one before the
// newest of all. rejected: no such revision, none is good, or `wanted` failed and `forced` is
// false.
[[nodiscard]] Result<std::int64_t> rollback_revision(const std::vector<StoredRelease>& history,
                                                     std::optional<std::int64_t> wanted,
                                                     bool forced);

inline constexpr std::size_t listed_bodies_max =
    read_records_max;  // beyond it, rows have what the labels tell

class Releases {
 public:
  // `helm` and the client behind `records` outlive this and every answer.
  Releases(const Helm& helm, const ReleaseRecords& records) : helm_(helm), records_(records) {}

  // Deployed, failed, pending, superseded-only and uninstalled ones. An empty namespace means all
  // of them.
  void list(const std::string& name_space, Reply<std::vector<ReleaseRow>> reply) const;
  // Oldest first. no_data: there is no such release.
  void versions(const std::string& name_space, const std::string& release,
                Reply<std::vector<VersionRow>> reply) const;

  // Objects of the deployed revision, as they are stored. no_data: there is no such release, or
  // none of its revisions is deployed.
  void stable_objects(const std::string& name_space, const std::string& release,
                      Reply<std::vector<Tree>> reply) const;

  struct RollbackWish {
    HelmTarget target;
    std::optional<std::int64_t> revision;  // empty: the newest good one
    bool forced = false;                   // also to a revision that failed
    Duration timeout{0};
  };
  struct Rollback {
    std::int64_t revision = 0;     // asked for
    std::optional<Error> trouble;  // Helm was at work and did not say that it succeeded
  };
  // `helm rollback`, and waits. An error: nothing was begun. With `trouble` the release may have no
  // deployed revision, and Helm may still be at work.
  void rollback(RollbackWish wish, Reply<Rollback> reply) const;

 private:
  Helm helm_;
  ReleaseRecords records_;
};

}  // namespace kai::edges
