// Story: a rollout that lives second by second in a world that a table sets; the decision, the
// collection of evidence and the judge in it are the real ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/rollout/advance.h"
#include "engine/evidence.h"
#include "tests/scenarios/table.h"

namespace kai::scenarios {

class Story {
 public:
  // `malformed` when the plan says something that no plan knows.
  [[nodiscard]] static Result<Story> begin(const std::vector<std::string>& plan);

  // Something is so from now on, or happens now. `malformed` when nobody knows the words.
  [[nodiscard]] Result<Unit> see(const std::string& words);
  // One second passes, and the rollout is decided about once.
  void tick();
  // Whether `words` hold after the last tick. `malformed` when nobody knows them.
  [[nodiscard]] Result<bool> holds(const std::string& words) const;

  [[nodiscard]] std::int64_t second() const { return second_; }
  // Where the rollout is, in the words of a table.
  [[nodiscard]] std::string describe() const;

 private:
  enum class Known { yes, unknown };
  struct Pods {
    Known known = Known::yes;
    core::Weight carries = core::Weight::full();
    bool ready = true;
    std::optional<core::Reason> fatal;
    bool digests_match = true;
    std::optional<core::Reason> refused;  // an object of ours, by the server
  };
  struct Route {
    Known known = Known::yes;
    core::RouteSeen::State state = core::RouteSeen::State::applied;
    bool follows = true;  // it takes what is wanted
    bool attached = false;
    core::Weight live;
    std::string who;  // another hand changed it since our last write
  };
  struct Source {
    enum class State { up, down, rejects, stale } state = State::up;
    std::uint64_t requests = 1000;  // per second, both arms
    double errors_percent = 0;      // of the canary's
    double stable_errors_percent = 0;
    std::int64_t latency_ms = 100;  // of every canary request
    std::int64_t pods_since = 0;    // second in which the canary's pods started
    bool arms_apart = true;
  };
  struct Release {
    bool fails = false;
    bool comes_back = true;  // stable is ready again after a revert
    std::int64_t runs_until = 0;
    bool running = false;
    core::ReleaseSeen::State state = core::ReleaseSeen::State::as_started;
    bool stable_ready = true;
    Known known = Known::yes;
  };

  Story(core::Record record, engine::EvidenceCollector collector)
      : record_(std::move(record)), collector_(std::move(collector)) {}

  [[nodiscard]] bool see_pods(const std::string& words);
  [[nodiscard]] bool see_route(const std::string& words);
  [[nodiscard]] bool see_source(const std::string& words);
  [[nodiscard]] bool see_release(const std::string& words);
  [[nodiscard]] bool hear(const std::string& words);
  [[nodiscard]] core::Observation observe();
  [[nodiscard]] std::optional<core::RouteSeen> route_seen() const;
  [[nodiscard]] std::optional<core::WorkloadSeen> workload_seen() const;
  [[nodiscard]] std::optional<core::ReleaseSeen> release_seen() const;
  [[nodiscard]] Result<ports::Counters> counters() const;
  [[nodiscard]] core::EvidenceSeen evidence(const core::Observation& seen);
  void follow_world();
  void follow_release();
  void die();
  void collect_anew();

  core::Record record_;
  core::World world_;
  engine::EvidenceCollector collector_;
  bool evidence_begun_ = false;
  std::int64_t next_check_ = 0;
  std::int64_t second_ = 0;
  std::uint64_t commands_ = 0;
  std::vector<core::Command> heard_;
  Pods pods_;
  Route route_;
  Source source_;
  Release release_;
};

}  // namespace kai::scenarios
