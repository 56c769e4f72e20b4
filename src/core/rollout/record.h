// Record: all that a store keeps of one rollout, written as a whole by compare-and-swap. Nothing
// else is state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "core/rollout/stamp.h"
#include "core/traffic/weight.h"

namespace kai::core {

// Where a rollout is in its life.
enum class Phase {
  progressing,  // the canary is being brought up, weighed and judged
  paused,       // waits for a person, at `authorised`
  promoting,    // passed; the release is being upgraded
  promoted,     // stable runs the judged revision
  rolled_back,  // all traffic is, or is being, returned to stable
};

// What is being worked on inside the phase. A stage says what is wanted, never what has been done.
enum class Stage {
  // progressing
  bring_up,  // clones ready in the size of the first step; weight 0, route untouched
  attach,    // canary entry in the route at weight 0, accepted and settled
  measure,   // both arms visible to the metric source, apart from each other
  size_up,   // clones ready in the size of step `step`, still at the weight before
  weigh,     // weight of step `step` authorised; waits until it is applied
  bake,      // evidence of step `step` is collected and judged
  // promoting
  give_back,   // weight 0, applied and settled
  detach,      // our entry out of the route, byte for byte as before
  upgrade,     // Helm upgrades the release from the pinned inputs
  final_bake,  // stable's pods run the judged revision; watch them
  watch,       // first install only: judge the new release by absolute limits
  revert,      // the upgrade failed: the release goes back to the revision of the start
  // the way out, after promoted and rolled_back alike
  zero,     // rollback: weight 0, applied
  drain,    // no new requests; those in flight finish
  restore,  // rollback: the route as it was
  discard,  // clones removed, evidence kept
  done,     // settled
};

// How it ended. Chosen when the end is decided, reported when settled.
enum class End {
  none,
  promoted,
  failed_on_evidence,  // 10
  not_proved,          // 12
  promotion_failed,    // 13
  superseded,          // 14
  aborted,             // 20
  cannot_measure,      // 6
  refused,             // 4: the server did not take the canary, before any weight
};

// Why, as a code for machines and a sentence for people.
struct Reason {
  std::string
      code;  // snake_case, e.g. "below_success_threshold", "crash_loop", "unknown_budget_spent"
  std::string sentence;  // "api-server: 80.2% success, limit 95% (214 of 1080 requests failed)"

  friend bool operator==(const Reason&, const Reason&) = default;
};

enum class Verb { pause, resume, promote, abort };

// An accepted command of a person.
struct Command {
  std::string id;  // unique; a command is obeyed once
  Verb verb = Verb::abort;
  std::string who;
  WallTime when;

  friend bool operator==(const Command&, const Command&) = default;
};

// What the data plane was last seen to do about `authorised`.
enum class Applied { unknown, bounded, verified };

// Proof that a step passed. The raise that follows rests on it.
struct StepPass {
  std::uint32_t step = 0;
  WallTime evidence_from;
  WallTime evidence_to;
  std::uint64_t canary_requests = 0;  // over all services

  friend bool operator==(const StepPass&, const StepPass&) = default;
};

// What the judge knows so far, so that the next owner goes on with it and counts nothing twice.
struct Judged {
  std::string evidence;      // the judge's own (Judge::saved); empty: it keeps none, or too much
  std::uint64_t frames = 0;  // that it has taken in; 0: none
  WallTime to;               // on the source's clock: what was counted before is in it, or given up
  std::uint64_t canary_requests = 0;  // in it, over all services
  std::uint64_t all_requests = 0;     // both arms
  double load_ratio = 1;              // of the step, as Frame::load_ratio
  bool of_step = false;               // the step at hand has a frame in it
  bool failed = false;                // its last verdict was `fail`
  std::string sentence;               // ... in words

  friend bool operator==(const Judged&, const Judged&) = default;
};

inline constexpr std::uint32_t schema_current = 1;

struct Record {
  std::uint32_t schema = schema_current;
  std::uint64_t epoch = 0;  // who may write
  std::uint64_t seq = 0;    // +1 per durable decision and per stamp used
  std::string rollout;      // id; empty: no rollout was ever started
  Plan plan;
  Phase phase = Phase::progressing;
  Stage stage = Stage::bring_up;
  bool settled = true;
  End end = End::none;
  Reason reason;                       // of the phase
  bool first_install = false;          // no stable arm exists
  bool route_touched = false;          // our entry was, or may be, in the route
  bool exposed = false;                // a weight above zero was, or may have been, applied
  bool final_requested = false;        // every step passed, or a person asked for the final check
  std::uint32_t step = 0;              // index into plan.steps
  Weight authorised;                   // the most that the data plane may give the canary
  Applied applied = Applied::unknown;  // of `authorised`
  Duration in_stage{0};                // time spent in the stage
  Duration bake_credit{0};  // applied and observed time in the step; only ever earned while looking
  Duration unknown_spent{0};  // time without evidence, since the last check that had some
  Duration total{0};          // time since the start
  std::uint32_t capacity_losses =
      0;  // times the weight was lowered since too few canary pods were ready
  Phase paused_from = Phase::progressing;  // what `resume` returns to
  Stage paused_stage = Stage::bring_up;
  std::optional<StepPass> last_pass;
  Judged judged;
  Stamp route_stamp;                // newest stamp on the route that we have accounted for
  std::vector<Command> inbox;       // accepted, not yet obeyed
  std::vector<std::string> obeyed;  // ids of the last 16 commands obeyed
  std::int64_t start_revision = 0;  // Helm revision at the start; 0: none
  std::string stable_version;       // for people: tag or app version of stable
  std::string canary_version;
  WallTime started_at;
  WallTime updated_at;
  Tree release_plan;  // opaque here; each edge reads back what it planned
  Tree workload_plan;
  Tree route_plan;
  Tree metric_plan;
  Tree unknown_fields;  // of a newer writer, kept as they were

  friend bool operator==(const Record&, const Record&) = default;
};

[[nodiscard]] std::string_view name_of(Phase phase);
[[nodiscard]] std::string_view name_of(Stage stage);
[[nodiscard]] std::string_view name_of(End end);
[[nodiscard]] std::string_view name_of(Verb verb);
[[nodiscard]] std::string_view name_of(Applied applied);
// Empty when the text names none.
[[nodiscard]] std::optional<Phase> phase_from(std::string_view text);
[[nodiscard]] std::optional<Stage> stage_from(std::string_view text);
[[nodiscard]] std::optional<End> end_from(std::string_view text);
[[nodiscard]] std::optional<Verb> verb_from(std::string_view text);
[[nodiscard]] std::optional<Applied> applied_from(std::string_view text);

[[nodiscard]] bool is_paused(const Record& record);
// A rollout is over when its end is settled.
[[nodiscard]] bool is_over(const Record& record);

}  // namespace kai::core
