// Observation: all that one tick took in about a rollout. What could not be loaded is said to be
// unknown; it never stands as a zero, an empty list or an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/judge/judge.h"
#include "core/rollout/record.h"
#include "core/rollout/stamp.h"
#include "core/traffic/weight.h"

namespace kai::core {

// What the control plane says about the route, over all bindings of the rollout: the worst of them
// counts.
struct RouteSeen {
  enum class State {
    pending,  // our last write is there, but not yet accepted
    applied,  // accepted with our generation, and settled
    refused,  // the control plane will not take it; `detail` says why
    gone,     // the route does not exist
  };
  State state = State::pending;
  bool attached = false;       // our entry is in every bound rule
  Weight live;                 // largest share that any binding gives the canary now
  Weight live_min;             // smallest one
  std::optional<Stamp> stamp;  // oldest newest stamp found; empty: none
  bool foreign = false;        // weight or entry was changed by another hand since our stamp
  std::string who;             // field manager of that hand, if it is known
  std::string detail;

  friend bool operator==(const RouteSeen&, const RouteSeen&) = default;
};

// Pods of one arm, over all services: the worst service counts.
struct ArmSeen {
  std::uint32_t wanted = 0;  // pods that the size asked for wants, smallest service
  bool ready = false;        // every service has all wanted pods ready and in its EndpointSlices
  Weight carries;  // largest weight for which every service has enough ready endpoints now
  bool any_service_empty = false;  // a service has no ready endpoint at all
  std::uint32_t restarts = 0;      // sum since the start
  std::optional<Reason>
      fatal;  // crash loop, pull error, configuration error: with the pod's own words
  bool digests_match = true;  // every serving pod runs the expected image digests

  friend bool operator==(const ArmSeen&, const ArmSeen&) = default;
};

struct WorkloadSeen {
  ArmSeen canary;                    // our clones
  bool canary_exists = false;        // any object of ours is left
  ArmSeen stable;                    // stable's workloads as they are now
  bool stable_is_candidate = false;  // stable's workloads have the candidate's template
  bool stable_is_as_started =
      true;  // ... and the one of the start (both, when the templates are equal)

  friend bool operator==(const WorkloadSeen&, const WorkloadSeen&) = default;
};

// The release and our doings with it.
struct ReleaseSeen {
  enum class State {
    as_started,  // newest revision is the one of the start, deployed
    upgraded,    // our upgrade is the newest revision, deployed
    reverted,  // newest revision is a rollback to the one of the start, and live templates equal it
    failed,    // our upgrade or its rollback failed and the release is in none of the states above
    superseded,  // a revision that is not ours appeared
    absent,      // no release (before a first install)
  };
  enum class Helm { idle, running, succeeded, failed };
  State state = State::as_started;
  Helm helm = Helm::idle;  // the last Helm process of ours in this process' life
  std::string detail;

  friend bool operator==(const ReleaseSeen&, const ReleaseSeen&) = default;
};

// How the metric source did since the last tick.
struct EvidenceSeen {
  enum class State {
    none,         // nothing was asked
    fresh,        // an answer arrived
    no_data,      // understood, but there is nothing: inconclusive, costs no budget
    unavailable,  // no answer: inconclusive, costs budget
    rejected,     // useless to ask again until a person changes something
  };
  State state = State::none;
  bool arms_apart = false;  // every ready pod of both arms owns series, and no series is in both
  std::optional<Verdict> verdict;  // present when the judge answered in this tick
  std::string sentence;            // the verdict, or what failed, in words
  WallTime from;                   // of the evidence behind the verdict, on the source's clock
  WallTime to;
  std::uint64_t canary_requests = 0;  // since the weight was applied, all services
  std::uint64_t all_requests = 0;     // both arms
  bool over_delivered = false;        // share proved above the authorised weight
  std::optional<Judged> judged;       // what the judge knows now, when it took something in
  std::string unproved;  // how the sentence begins if the time ended now; empty: as `sentence`

  friend bool operator==(const EvidenceSeen&, const EvidenceSeen&) = default;
};

struct Observation {
  Duration elapsed{0};   // since the last tick, never negative
  Duration credited{0};  // of it, what may count as bake time: at most two tick periods
  WallTime now;
  bool durable = false;  // the record as it stands is saved: only then may a raise rest on it
  std::optional<RouteSeen> route;        // empty: unavailable
  std::optional<WorkloadSeen> workload;  // empty: unavailable
  std::optional<ReleaseSeen> release;    // empty: unavailable
  EvidenceSeen evidence;
  std::vector<Command> commands;  // not yet in the record
  bool restored = false;          // the route was confirmed to be as before we came
  bool discarded = false;         // no object of ours is left
  // The server will not take an object of ours as it has to be now; in its own words.
  std::optional<Reason> clones_refused;
  bool evidence_kept = false;  // logs and statuses of the canary are stored

  // Answers are only usable when they were asked for after the last decision; the engine leaves out
  // older ones.
};

}  // namespace kai::core
