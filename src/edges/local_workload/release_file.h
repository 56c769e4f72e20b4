// release.json: which versions of a release were deployed on this machine, and which of its
// processes are there. The only memory of the platform; written before a process is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/plan/local_release.h"
#include "os/lasting_process.h"

namespace kai::edges {

enum class RevisionState : std::uint8_t {
  pending,     // is being published; whoever finds it later knows that this was interrupted
  deployed,    // the stable one; at most one
  superseded,  // was deployed
  failed,
};
[[nodiscard]] std::string_view name_of(RevisionState state);

// One version that was, or should have been, made stable.
struct LocalRevision {
  std::int64_t revision = 0;  // from 1
  std::string tag;
  RevisionState state = RevisionState::pending;
  WallTime when;
  std::string rollout;          // whose it is; empty: a person's `rollback`
  std::int64_t returns_to = 0;  // it is a return to that revision; 0: it is none
  std::string description;      // printable
  core::LocalRelease release;   // as it was deployed, to be started again

  friend bool operator==(const LocalRevision&, const LocalRevision&) = default;
};

enum class InstanceArm : std::uint8_t {
  stable,    // of the deployed revision
  canary,    // of a rollout, and not promoted
  retiring,  // was stable: to be drained and stopped
};
[[nodiscard]] std::string_view name_of(InstanceArm arm);

// A process of ours, alive or not.
struct Instance {
  std::string service;
  std::string tag;
  std::uint32_t number = 0;  // from 1, of those with this service and tag
  InstanceArm arm = InstanceArm::canary;
  std::string rollout;  // that started it
  os::ProcessIdentity process;
  std::uint16_t port = 0;  // on 127.0.0.1
  WallTime started_at;
  // How it is asked and stopped: its service file may be another one by then.
  std::string health_path;
  Duration healthy_within{0};
  int stop_signal = 15;
  Duration stop_within{0};

  friend bool operator==(const Instance&, const Instance&) = default;
};

// "<service>-<tag>-<n>"
[[nodiscard]] std::string name_of(const Instance& instance);
// "127.0.0.1:<port>"
[[nodiscard]] std::string endpoint_of(const Instance& instance);

struct ReleaseFile {
  static constexpr std::size_t revisions_max = 20;  // the deployed one stays in any case
  static constexpr std::size_t bytes_max = std::size_t{8} << 20;

  std::vector<LocalRevision> revisions;  // oldest first
  std::vector<Instance> instances;
  // Tags that were brought up and never promoted, oldest first, at most revisions_max: their logs
  // are kept.
  std::vector<std::string> discarded;

  [[nodiscard]] const LocalRevision* deployed() const;  // null: none
  [[nodiscard]] const LocalRevision* find(std::int64_t revision) const;
  [[nodiscard]] std::int64_t newest() const;  // 0: none
  // Appends it with the next number and drops the oldest beyond revisions_max.
  LocalRevision& add(LocalRevision revision);
  // Of the deployed one and of all that are deployed by then: `revision` is the deployed one now.
  void deploy(std::int64_t revision);
};

[[nodiscard]] Tree to_tree(const ReleaseFile& file, std::string_view release);
// `malformed`: not of this form, or of another release.
[[nodiscard]] Result<ReleaseFile> release_file_from(const Tree& tree, std::string_view release);

}  // namespace kai::edges
