// The engine's inside, shared by its .cc files: the cycle (engine.cc), questions (observe.cc),
// effects (effects.cc) and the record's way to the store (saving.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/asked.h"
#include "engine/engine.h"

namespace kai::engine {

class RolloutEngine::Impl {
 public:
  Impl(Ports ports, Seams seams, core::Record record, std::string version);
  ~Impl();

  void start();
  void command(core::Command command);

  EngineEnd end = EngineEnd::running;
  bool ends_when_paused = true;
  std::string trouble;
  core::Record record;

 private:
  // engine.cc: the cycle
  void schedule(Duration wait);
  void wake();
  void tick();
  void tick_once();
  void decide(const core::Observation& seen);
  void tell(const core::Record& before, const core::Observation& seen);
  [[nodiscard]] bool is_news(const core::Verdict& verdict);
  void show();
  void finish_if_done();

  // observe.cc: what is asked, and what the tick may use of the answers
  void ask_everything();
  void ask_route();
  void ask_workload();
  void ask_release();
  void ask_counters();
  void ask_store();
  void watch_workload();
  void create_collector();
  void lose_evidence(const std::string& why);
  [[nodiscard]] std::vector<std::uint32_t> canary_pods() const;
  void plan_metrics();
  void tell_unplanned(const Result<ports::Planned<ports::MetricPlan>>& planned);
  [[nodiscard]] core::Observation observe();
  [[nodiscard]] SteadyTime usable_since() const;
  [[nodiscard]] std::optional<core::RouteSeen> trusted_route() const;
  [[nodiscard]] std::optional<core::WorkloadSeen> usable_workload() const;
  [[nodiscard]] bool is_emptied() const;
  [[nodiscard]] bool is_sized() const;
  [[nodiscard]] std::vector<ports::PodTarget> pods_to_count() const;
  [[nodiscard]] WallTime source_time() const;
  [[nodiscard]] core::EvidenceSeen look_at_evidence();
  void follow_route(const core::Observation& seen);

  // effects.cc: what is sent
  void lower_at_once();
  void send_next();
  void send_route(bool down);
  void send_clones();
  void send_restore();
  void send_release();
  void send_evidence();
  void send_discard();
  [[nodiscard]] core::Stamp next_stamp(bool down);
  [[nodiscard]] ports::RouteTarget route_wanted() const;
  [[nodiscard]] bool may_stay_detached(const core::RouteSeen& seen) const;
  [[nodiscard]] const Error* clones_refused_since(SteadyTime since) const;
  [[nodiscard]] bool is_route_at_target() const;
  [[nodiscard]] bool is_route_confirmed() const;
  [[nodiscard]] core::Weight exposure() const;
  [[nodiscard]] bool is_lowering() const;
  [[nodiscard]] bool is_carried() const;
  [[nodiscard]] bool may_write_route() const;
  [[nodiscard]] bool is_still_ours() const;

  // saving.cc: the record's way to the store
  void save_if_needed();
  void after_save(const Result<ports::SaveOutcome>& outcome, const core::Record& saved);
  void reconcile(const Result<std::optional<ports::Stored>>& stored);
  void renew_claim();
  void take_stored(const ports::Stored& stored);
  void remember();
  [[nodiscard]] bool is_claimed() const;
  [[nodiscard]] bool is_durable() const;
  [[nodiscard]] ports::HistoryEntry history_entry() const;

  // A reply that does nothing once the engine is gone, and otherwise records and wakes.
  template <typename T, typename F>
  Reply<T> reply(F record_answer) {
    return [this, alive = std::weak_ptr<int>(alive_),
            record_answer = std::move(record_answer)](Result<T> result) mutable {
      if (alive.expired()) return;
      record_answer(std::move(result));
      wake();
    };
  }

  Ports ports_;
  Seams seams_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);

  SteadyTime last_tick_;
  std::optional<TimerId> timer_;
  SteadyTime timer_at_;
  SteadyTime decided_at_;   // answers asked for before are about another decision
  std::uint32_t bugs_ = 0;  // ticks in a row that met one
  core::World world_;       // wanted(record)

  Asked<core::RouteSeen> route_;
  struct Look {
    SteadyTime at;  // when it was asked for
    core::RouteSeen route;
  };
  std::optional<Look> looked_;  // the newest that was answered, whatever came after it
  Asked<ports::WorkloadState> workload_;
  Asked<core::ReleaseSeen> release_;
  Asked<ports::Counters> counters_;
  Asked<std::optional<ports::Stored>> stored_;
  Asked<bool> claim_;
  std::unique_ptr<ports::Watching> watching_;
  std::optional<SteadyTime> emptied_at_;  // a watch told that a Service of the canary is empty
  bool look_again_ = false;  // something changed while a question was under way, or since
  std::vector<core::Command> commands_;
  std::optional<EvidenceCollector> collector_;
  bool metrics_planning_ = false;  // first install: metrics can be planned only when pods run
  std::string unplanned_;          // why the metrics of a first install cannot be planned yet
  bool evidence_begun_ = false;
  std::string evidence_lost_;  // why judging began anew; empty: it did not
  SteadyTime next_check_;
  SteadyTime counters_at_;  // when the collector last heard of the source's clock
  Duration scrape_interval_{0};

  std::optional<ports::RouteTarget> route_target_;  // of our newest write
  core::Weight may_be_live_;  // largest weight that a write of this rollout may have left there
  std::optional<core::Stamp> route_stamp_;  // ... and its stamp; nothing else may confirm anything
  std::optional<core::Stamp> next_stamp_;   // already in the record, for the write that is coming
  SteadyTime route_sent_at_;
  bool route_failed_ = false;       // ... its outcome is unknown
  std::uint32_t route_writes_ = 0;  // under way
  SteadyTime route_unknown_until_;  // a write that was given up may land until then
  SteadyTime clones_unknown_until_;
  Asked<Unit> clones_;
  std::optional<core::Weight> clones_size_;  // newest size that was accepted
  SteadyTime clones_sized_at_;               // ... and since when it is so
  Asked<bool> restore_;
  Asked<Unit> upgrade_;
  Asked<Unit> revert_;
  bool upgrade_begun_ = false;
  bool upgrade_stopped_ = false;
  Asked<ports::Evidence> kept_;
  std::uint32_t kept_tries_ = 0;
  std::optional<ports::Evidence> evidence_;
  Asked<bool> discard_;
  Asked<Unit> remembered_;
  bool is_remembered_ = false;
  std::uint32_t remember_tries_ = 0;
  Asked<Unit> given_up_;

  std::string version_;  // of the stored record
  core::Record saved_;   // as accepted by the store
  Asked<ports::SaveOutcome> save_;
  SteadyTime renewed_at_;
  bool save_unknown_ =
      false;  // a save's outcome is unknown, or it met a conflict: load before saving again

  std::optional<core::Observation> last_seen_;
  std::vector<ports::RolloutEvent> events_;
  std::vector<core::JudgeEntry> judging_;  // since the last view
  std::optional<std::pair<core::Outcome, core::VerdictReason>> told_verdict_;  // the newest
};

}  // namespace kai::engine
