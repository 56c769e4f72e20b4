// Versions of a release on this machine as a person asks for them, and back to one of those.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "edges/local_workload/local_edge.h"
#include "os/disk.h"

namespace kai::edges {

struct LocalVersionRow {
  std::int64_t revision = 0;
  std::string updated;  // RFC 3339
  std::string status;   // "deployed", "superseded", "failed", "pending"
  std::string tag;
  std::string description;   // printable
  bool may_be_good = false;  // a bare --rollback could land here

  friend bool operator==(const LocalVersionRow&, const LocalVersionRow&) = default;
};

// Oldest first; reads `<directory>/release.json` alone and needs no claim. no_data: nothing was
// ever deployed there. malformed: the file is not ours.
[[nodiscard]] Result<std::vector<LocalVersionRow>> local_versions(os::Disk& disk,
                                                                  const std::string& directory);

// A process of the release, for `logs`: where its output goes.
struct LocalInstanceRow {
  std::string name;  // "<service>-<tag>-<n>"
  std::string service;
  std::string tag;
  std::string arm;  // "stable", "canary", "retiring"
  std::int64_t pid = 0;
  std::uint16_t port = 0;
  std::string log_file;
};
[[nodiscard]] Result<std::vector<LocalInstanceRow>> local_instances(os::Disk& disk,
                                                                    const std::string& directory);

struct LocalRollback {
  std::int64_t revision = 0;  // gone back to
  std::string tag;
  std::optional<Error> trouble;  // it was begun, and is not confirmed
};

// Starts the processes of `revision` (empty: of the newest good one before the newest of all) as
// they were deployed, publishes them as stable and stops the others. Whoever calls it holds the
// claim and no rollout is open. An error: nothing was begun. `forced`: also one that failed.
void roll_back_to(const std::shared_ptr<Fleet>& fleet, std::optional<std::int64_t> revision,
                  bool forced, Reply<LocalRollback> reply);

}  // namespace kai::edges
