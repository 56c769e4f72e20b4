#include "engine/engine.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/engine_impl.h"
#include "engine/plans.h"

namespace kai::engine {
namespace {

constexpr std::uint32_t bugs_max =
    3;  // ticks in a row that may meet a bug before the engine gives up
constexpr std::uint32_t remember_tries_max = 3;

}  // namespace

RolloutEngine::RolloutEngine(Ports ports, Seams seams, core::Record record, std::string version)
    : impl_(std::make_unique<Impl>(ports, seams, std::move(record), std::move(version))) {}
RolloutEngine::~RolloutEngine() = default;
void RolloutEngine::start() { impl_->start(); }
void RolloutEngine::command(core::Command command) { impl_->command(std::move(command)); }
void RolloutEngine::end_when_paused(bool end) { impl_->ends_when_paused = end; }
EngineEnd RolloutEngine::end() const { return impl_->end; }
const core::Record& RolloutEngine::record() const { return impl_->record; }
const std::string& RolloutEngine::trouble() const { return impl_->trouble; }

RolloutEngine::Impl::Impl(Ports ports, Seams seams, core::Record initial, std::string version)
    : record(std::move(initial)),
      ports_(ports),
      seams_(seams),
      version_(std::move(version)),
      saved_(record) {
  world_ = core::wanted(record);
  if (record.exposed) may_be_live_ = core::Weight::full();  // just claimed: unknown
}

RolloutEngine::Impl::~Impl() {
  if (timer_) seams_.timers.cancel(*timer_);
}

void RolloutEngine::Impl::start() {
  last_tick_ = decided_at_ = renewed_at_ = seams_.steady.now();
  create_collector();
  schedule(Duration::zero());
}

void RolloutEngine::Impl::command(core::Command command) {
  commands_.push_back(std::move(command));
  wake();
}

void RolloutEngine::Impl::schedule(Duration wait) {
  const SteadyTime when = seams_.steady.now() + wait;
  if (timer_ && timer_at_ <= when) return;  // an earlier tick is coming anyway
  if (timer_) seams_.timers.cancel(*timer_);
  timer_at_ = when;
  timer_ = seams_.timers.at(when, [this] { tick(); });
}

// Events only make the next tick come soon; it finds out by itself what happened.
void RolloutEngine::Impl::wake() {
  if (end != EngineEnd::running) return;
  const Duration since = seams_.steady.now() - last_tick_;
  schedule(std::max(Duration::zero(), tick_gap_min - since));
}

// One of the three places that catch a bug: this rollout stays as it is, it is reported, and the
// next tick looks again, reasons to lower first.
void RolloutEngine::Impl::tick() {
  timer_.reset();
  if (end != EngineEnd::running || given_up_.is_under_way())
    return;  // handed over: nothing is decided any more
  schedule(tick_period);
  try {
    tick_once();
    bugs_ = 0;
  } catch (const std::exception& bug) {
    trouble = bug.what();
    seams_.log.write(LogLevel::error, "bug", {{"rollout", record.rollout}, {"what", trouble}});
    if (++bugs_ >= bugs_max) end = EngineEnd::broken;
  }
}

void RolloutEngine::Impl::tick_once() {
  const core::Observation seen = observe();
  decide(seen);
  lower_at_once();
  save_if_needed();
  renew_claim();
  if (is_durable()) send_next();
  send_evidence();
  ask_everything();
  show();
  finish_if_done();
}

void RolloutEngine::Impl::decide(const core::Observation& seen) {
  const core::Record before = record;
  record = core::advance(std::move(record), seen);
  world_ = core::wanted(record);
  const bool decided = record.seq != before.seq;
  if (decided) decided_at_ = seams_.steady.now();
  if (decided && record.stage == core::Stage::weigh) evidence_begun_ = false;
  // No interval holds two weights; a pause may have lowered it.
  const bool other_weight = before.authorised != record.authorised;
  if (other_weight && collector_ && collector_->is_sequential()) evidence_begun_ = false;
  // A person let a rollout go on that the judge had failed: its evidence is gone from the record.
  if (before.judged.frames > 0 && record.judged.frames == 0 && !core::is_over(record))
    create_collector();
  // The stamp of the coming write goes into the record with the decision, so that one save covers
  // both.
  const bool route_changes = world_.attached && route_target_ != route_wanted();
  if (decided && route_changes) next_stamp_ = next_stamp(is_lowering());
  tell(before, seen);
  last_seen_ = seen;
}

// Checks are told each; of a judge that looks at every interval, what has changed.
bool RolloutEngine::Impl::is_news(const core::Verdict& verdict) {
  const std::pair said{verdict.outcome, verdict.reason};
  const bool same = std::exchange(told_verdict_, said) == said;
  return !same || !collector_ || !collector_->is_sequential();
}

void RolloutEngine::Impl::tell(const core::Record& before, const core::Observation& seen) {
  if (before.phase != record.phase) {
    events_.push_back({"phase", std::string(name_of(record.phase)), record.reason.sentence});
  } else if (!(before.reason == record.reason) && !record.reason.sentence.empty()) {
    events_.push_back({"reason", record.reason.code, record.reason.sentence});
  }
  if (before.stage != record.stage)
    events_.push_back({"stage", std::string(name_of(record.stage)), ""});
  if (before.authorised != record.authorised) {
    events_.push_back({"weight", "authorised", format_weight(record.authorised)});
  }
  if (before.applied != record.applied && record.applied != core::Applied::unknown) {
    events_.push_back({"weight", "applied", format_weight(record.authorised)});
  }
  if (seen.evidence.verdict && is_news(*seen.evidence.verdict))
    events_.push_back({"verdict", "check", seen.evidence.sentence});
  const bool drifted = seen.route && seen.route->foreign && seen.route->live > record.authorised;
  const bool drifted_before = last_seen_ && last_seen_->route && last_seen_->route->foreign;
  if (drifted && !drifted_before) {
    const std::string who = seen.route->who.empty() ? "someone" : seen.route->who;
    events_.push_back({"drift", "pushed_down",
                       who + " set the canary to " + format_weight(seen.route->live) +
                           "; pushed down to " + format_weight(record.authorised)});
  }
}

void RolloutEngine::Impl::show() {
  ports::RolloutView view{.record = record,
                          .route = last_seen_ ? last_seen_->route : std::nullopt,
                          .workload = last_seen_ ? last_seen_->workload : std::nullopt,
                          .release = last_seen_ ? last_seen_->release : std::nullopt};
  view.workloads = workload_names(record.workload_plan);
  view.judging = std::exchange(judging_, {});
  if (collector_) {
    for (std::size_t i = 0; i < collector_->facts().size(); ++i) {
      view.services.push_back({collector_->config().services[i].name, collector_->facts()[i]});
    }
  }
  if (last_seen_) {
    view.evidence_sentence = last_seen_->evidence.sentence;
    view.observed_canary_requests = last_seen_->evidence.canary_requests;
    view.observed_all_requests = last_seen_->evidence.all_requests;
  }
  const SteadyTime now = seams_.steady.now();
  const bool checks = collector_ && !collector_->is_sequential();
  if (checks && evidence_begun_ && next_check_ > now) view.next_check = next_check_ - now;
  ports_.viewer.show(view, std::exchange(events_, {}));
}

// An end is reported only when settled, saved and remembered. History is a copy: it may fail, the
// end may not.
void RolloutEngine::Impl::finish_if_done() {
  if (end != EngineEnd::running || !is_durable()) return;
  const bool over = core::is_over(record);
  const bool waits = record.phase == core::Phase::paused && ends_when_paused && commands_.empty() &&
                     (!world_.attached || is_route_confirmed());
  if (!over && !waits) return;
  if (over && !is_remembered_) return remember();
  if (given_up_.is_under_way()) return;
  given_up_.ask(seams_.steady.now());
  const EngineEnd ending = over ? EngineEnd::over : EngineEnd::paused;
  ports_.store.give_up(reply<Unit>([this, ending](Result<Unit> result) {
    given_up_.answer(std::move(result));
    end = ending;
  }));
}

void RolloutEngine::Impl::remember() {
  if (remembered_.is_under_way()) return;
  remembered_.ask(seams_.steady.now());
  ports_.store.remember(
      history_entry(), reply<Unit>([this, tries = ++remember_tries_](Result<Unit> result) {
        if (!result) {
          seams_.log.write(LogLevel::warn, "history_not_saved",
                           {{"rollout", record.rollout}, {"why", result.error().message}});
        }
        is_remembered_ = result.has_value() || tries >= remember_tries_max;
        remembered_.answer(std::move(result));
      }));
}

}  // namespace kai::engine
