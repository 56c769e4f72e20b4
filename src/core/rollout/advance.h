// The whole policy of a rollout: where it is after a tick, and what the world should then look
// like. Pure.
#pragma once

#include "core/rollout/observation.h"
#include "core/rollout/record.h"

namespace kai::core {

// Where `record` is after a tick that brought `seen`. Order (safety: an earlier line wins): obey an
// abort; adopt a newer down; reasons to lower; pauses, gates and the budget for the unknown; bake
// credit and verdict; raise. `seq` is raised when anything but the counted times changed. Throws
// Bug when the record is impossible (a step out of range, negative times); cannot fail otherwise.
[[nodiscard]] Record advance(Record record, const Observation& seen);

// The record as a new owner takes it over: what nobody watched in between is not counted as done.
[[nodiscard]] Record taken_over(Record record);

// What the canary's side of the world should look like while `record` is as it is. Target values,
// never deltas.
struct World {
  bool clones = false;  // our clones should exist; false: whatever is there stays, until `discard`
  Weight size;          // ... big enough for this weight
  bool attached = false;  // our entry should be in the route
  Weight weight;          // share that the data plane should give the canary; 0 unless attached
  bool route_restored = false;  // the route should be as before we came
  enum class ReleaseAction { none, upgrade, revert } release = ReleaseAction::none;
  bool keep_evidence = false;  // before the clones go
  bool discard = false;        // clones should go
  bool measure = false;        // counters are wanted
  bool judge = false;          // ... and judged
  Ask ask = Ask::tick;         // ... for this question

  friend bool operator==(const World&, const World&) = default;
};

[[nodiscard]] World wanted(const Record& record);

// The route sends what is authorised, by a write of ours that was accepted and has settled.
[[nodiscard]] bool is_applied(const Record& record, const Observation& seen);

// Exit code of the end (user documentation, exit codes): 0, 6, 10, 12, 13, 14, 20; 11 while paused;
// 64 when not over, or paused since stable could not be confirmed.
[[nodiscard]] int exit_code_of(const Record& record);

}  // namespace kai::core
