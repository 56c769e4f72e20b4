// What is asked of the ports in a tick, and what the tick may use of the answers.
#include <algorithm>
#include <utility>

#include "core/rollout/advance.h"
#include "engine/engine_impl.h"
#include "engine/plans.h"

namespace kai::engine {
namespace {

// An answer older than this is no live reading any more: nothing is raised and nothing is credited
// on it.
constexpr Duration answer_age_max = std::chrono::seconds(3);
constexpr Duration release_period = std::chrono::seconds(2);
constexpr Duration store_period = std::chrono::seconds(2);
constexpr Duration credit_max = 2 * tick_period;

// A first install has all traffic from the start.
core::Weight judged_weight(const core::Record& record) {
  return record.stage == core::Stage::watch ? core::Weight::full() : record.authorised;
}

bool is_over_or_idle(const core::Record& record) {
  return record.rollout.empty() || core::is_over(record);
}

}  // namespace

SteadyTime RolloutEngine::Impl::usable_since() const {
  const SteadyTime oldest{seams_.steady.now().since_start - answer_age_max};
  return std::max(decided_at_, oldest);
}

// Bad news counts although it was asked for before the last decision: there is none newer, and down
// needs no more than that. What a watch told needs no look at all: visitors are being lost.
std::optional<core::WorkloadSeen> RolloutEngine::Impl::usable_workload() const {
  const bool open = record.phase == core::Phase::progressing || record.phase == core::Phase::paused;
  if (is_emptied() && open && !record.authorised.is_zero()) {
    auto known = workload_.value_since(SteadyTime{});
    core::WorkloadSeen seen = known ? std::move(known->seen) : core::WorkloadSeen{};
    seen.canary.any_service_empty = true;
    return seen;
  }
  auto state = workload_.value_since(usable_since());
  if (state) return std::move(state->seen);
  auto before = workload_.value_since({seams_.steady.now().since_start - answer_age_max});
  if (!before || record.authorised.is_zero()) return std::nullopt;
  const core::ArmSeen& canary = before->seen.canary;
  const bool short_of_pods = canary.any_service_empty || canary.carries < record.authorised;
  return short_of_pods ? std::optional(std::move(before->seen)) : std::nullopt;
}

// A watch told it, and no look that began later has been answered.
bool RolloutEngine::Impl::is_emptied() const {
  return emptied_at_ && workload_.value_since(*emptied_at_) == std::nullopt;
}

// Pods of the step before may look like enough of them until the new size was counted: only what
// was seen after that is ready for it.
bool RolloutEngine::Impl::is_sized() const {
  if (!world_.clones) return true;
  return clones_size_ && *clones_size_ >= world_.size &&
         workload_.answer_since(clones_sized_at_) != nullptr;
}

core::Observation RolloutEngine::Impl::observe() {
  const SteadyTime now = seams_.steady.now();
  core::Observation seen{.elapsed = now - last_tick_, .now = seams_.wall.now()};
  seen.credited = std::min(seen.elapsed, credit_max);
  last_tick_ = now;
  seen.durable = is_durable();
  seen.route = trusted_route();
  seen.workload = usable_workload();
  if (seen.workload && !is_sized()) seen.workload->canary.ready = false;
  // What was refused before the last decision, a person may have seen to.
  if (const Error* const no = clones_refused_since(decided_at_))
    seen.clones_refused = core::Reason{"refused_by_server", no->message};
  seen.release = release_.value_since(usable_since());
  // What was found to be gone may come back by a write that was given up, as long as that can still
  // land.
  seen.restored = restore_.value_since(std::max(decided_at_, route_unknown_until_)).value_or(false);
  seen.discarded =
      discard_.value_since(std::max(decided_at_, clones_unknown_until_)).value_or(false);
  seen.evidence_kept = evidence_.has_value();
  seen.commands = std::exchange(commands_, {});
  follow_route(seen);
  seen.evidence = look_at_evidence();
  return seen;
}

// Only our own newest write may confirm anything: an older stamp means that it has not landed,
// another one that someone else wrote. What lowers (a newer down stamp, a foreign hand) is passed
// on as it is.
std::optional<core::RouteSeen> RolloutEngine::Impl::trusted_route() const {
  auto seen = route_.value_since(usable_since());
  if (!seen || seen->state != core::RouteSeen::State::applied) return seen;
  // Without our entry and our stamp nothing of ours is there: restored, and no write of ours can
  // land on it any more.
  if (!seen->attached && !seen->stamp && seen->live.is_zero()) return seen;
  const bool newest =
      route_stamp_ && seen->stamp == route_stamp_ && route_writes_ == 0 && !route_failed_;
  if (!newest) seen->state = core::RouteSeen::State::pending;
  return seen;
}

// Evidence counts from the moment when the weight is applied, and stops when it is not.
void RolloutEngine::Impl::follow_route(const core::Observation& seen) {
  if (!collector_) return;
  const bool watching =
      record.stage == core::Stage::watch && seen.workload && seen.workload->stable.ready;
  const bool counts = world_.judge && (watching || core::is_applied(record, seen));
  const bool lost = !world_.judge || (seen.route && seen.route->foreign);
  if (evidence_begun_ && lost) {
    collector_->stop();
    evidence_begun_ = false;
  }
  if (evidence_begun_ || !counts || !collector_->source_now()) return;
  collector_->begin(source_time());
  evidence_begun_ = true;
  next_check_ = seams_.steady.now() + record.plan.timing.interval;
}

WallTime RolloutEngine::Impl::source_time() const {
  return *collector_->source_now() + (seams_.steady.now() - counters_at_);
}

core::EvidenceSeen RolloutEngine::Impl::look_at_evidence() {
  if (!collector_ || !world_.measure) {
    core::EvidenceSeen nothing;
    if (world_.measure) nothing.sentence = unplanned_;
    return nothing;
  }
  const SteadyTime now = seams_.steady.now();
  const bool due = evidence_begun_ && (collector_->is_sequential() || now >= next_check_);
  core::EvidenceSeen evidence = collector_->look({.ask = world_.ask,
                                                  .check = due,
                                                  .authorised = judged_weight(record),
                                                  .step_started = !record.judged.of_step,
                                                  .canary_pods = canary_pods()});
  if (auto judged = collector_->take_judged()) judging_.emplace_back(std::move(*judged));
  // A check that found no answer stays due; the grid of checks does not move with late answers.
  while (evidence.verdict && next_check_ <= now)
    next_check_ = next_check_ + record.plan.timing.interval;
  return evidence;
}

void RolloutEngine::Impl::ask_everything() {
  if (end != EngineEnd::running) return;
  ask_store();
  if (is_over_or_idle(record)) return;
  ask_route();
  ask_workload();
  ask_release();
  ask_counters();
}

void RolloutEngine::Impl::ask_route() {
  const SteadyTime now = seams_.steady.now();
  const bool settling = route_stamp_ && record.applied == core::Applied::unknown;
  if (!record.route_touched || !route_.is_due(now, settling ? tick_period / 4 : tick_period))
    return;
  route_.ask(now);
  ports_.router.observe(record.route_plan,
                        reply<core::RouteSeen>([this, now](Result<core::RouteSeen> seen) {
                          if (seen) looked_ = {.at = now, .route = *seen};
                          route_.answer(std::move(seen));
                        }));
}

void RolloutEngine::Impl::ask_workload() {
  const SteadyTime now = seams_.steady.now();
  if (workload_.is_under_way() || !(look_again_ || workload_.is_due(now, tick_period))) return;
  const Tree& plan = edge_part(record.workload_plan);
  if (plan.is_null()) return;
  look_again_ = false;
  workload_.ask(now);
  ports_.workload.observe(plan, world_.size,
                          reply<ports::WorkloadState>([this](Result<ports::WorkloadState> state) {
                            workload_.answer(std::move(state));
                          }));
  watch_workload();
}

void RolloutEngine::Impl::watch_workload() {
  if (watching_ || !world_.clones) return;
  watching_ =
      ports_.workload.watch(edge_part(record.workload_plan),
                            [this, alive = std::weak_ptr<int>(alive_)](ports::WorkloadNews news) {
                              if (alive.expired()) return;
                              look_again_ = true;
                              if (news == ports::WorkloadNews::service_empty)
                                emptied_at_ = seams_.steady.now();
                              wake();
                            });
}

void RolloutEngine::Impl::ask_release() {
  const SteadyTime now = seams_.steady.now();
  if (!release_.is_due(now, release_period) && release_.answer_since(decided_at_) != nullptr)
    return;
  if (release_.is_under_way()) return;
  release_.ask(now);
  ports_.release.observe(record.release_plan, record.rollout,
                         reply<core::ReleaseSeen>([this](Result<core::ReleaseSeen> seen) {
                           release_.answer(std::move(seen));
                         }));
}

// Goes on with the evidence of the record; where that cannot be read, judging begins anew, and that
// is said. It is never a verdict.
void RolloutEngine::Impl::create_collector() {
  if (record.metric_plan.is_null()) return;
  scrape_interval_ = scrape_interval(record.metric_plan);
  core::JudgeConfig config = judge_config(record.plan, record.workload_plan, record.metric_plan);
  const Collecting how = collecting(record.plan, record.metric_plan);
  evidence_begun_ = false;
  evidence_lost_.clear();
  if (record.judged.frames > 0 && config.rule == core::Rule::sequential) {
    auto resumed = EvidenceCollector::resume(config, how, record.judged);
    if (resumed) {
      collector_ = std::move(*resumed);
      judging_.emplace_back(core::JudgeBegan{.config = std::move(config),
                                             .evidence = record.judged.evidence,
                                             .frames = record.judged.frames});
      collector_->explain("goes on with the evidence of " + std::to_string(record.judged.frames) +
                          " intervals");
      return;
    }
    lose_evidence(resumed.error().message);
  }
  auto collector = EvidenceCollector::create(config, how);
  if (collector) {
    judging_.emplace_back(core::JudgeBegan{.config = std::move(config), .evidence = {}});
    collector_ = std::move(*collector);
    if (!evidence_lost_.empty()) collector_->explain(evidence_lost_);
  } else {
    seams_.log.write(LogLevel::error, "cannot_judge",
                     {{"rollout", record.rollout}, {"why", collector.error().message}});
  }
}

void RolloutEngine::Impl::lose_evidence(const std::string& why) {
  const std::string what = record.judged.evidence.empty() ? "was too much to be saved" : why;
  evidence_lost_ = "the evidence so far is lost (" + what + "); judging begins anew";
  seams_.log.write(LogLevel::warn, "evidence_lost", {{"rollout", record.rollout}, {"why", what}});
  events_.push_back({"note", "evidence_lost", evidence_lost_});
  record.judged = {};
}

std::vector<std::uint32_t> RolloutEngine::Impl::canary_pods() const {
  const auto state = workload_.value_since(SteadyTime{});
  if (!state || !collector_) return {};
  std::vector<std::uint32_t> pods(collector_->config().services.size());
  for (const ports::PodTarget& pod : state->pods) {
    const bool counts = pod.arm == core::Arm::canary && pod.ready && pod.service < pods.size();
    if (counts) pods[pod.service] += 1;
  }
  return pods;
}

std::vector<ports::PodTarget> RolloutEngine::Impl::pods_to_count() const {
  const auto state = workload_.value_since(SteadyTime{});
  if (!state) return {};
  std::vector<ports::PodTarget> pods = state->pods;
  if (!record.first_install) return pods;
  // A first install is its own canary: there is nothing else.
  for (ports::PodTarget& pod : pods) pod.arm = core::Arm::canary;
  return pods;
}

// Why it cannot be measured yet; it is tried again with the next tick.
void RolloutEngine::Impl::tell_unplanned(const Result<ports::Planned<ports::MetricPlan>>& planned) {
  std::string why = planned ? "" : planned.error().message;
  if (planned) {
    for (const ports::Finding& finding : planned->findings) {
      if (ports::blocks(finding)) why += (why.empty() ? "" : "; ") + finding.message;
    }
  }
  seams_.log.write(LogLevel::warn, "cannot_measure_yet",
                   {{"rollout", record.rollout}, {"why", why}});
  unplanned_ = std::move(why);
}

// A first install can be asked for its metrics only when its pods run.
void RolloutEngine::Impl::plan_metrics() {
  const auto state = workload_.value_since(SteadyTime{});
  if (metrics_planning_ || !state || state->pods.empty()) return;
  metrics_planning_ = true;
  ports::WorkloadPlan workload{.data = edge_part(record.workload_plan),
                               .name_space = record.plan.target.name_space};
  for (const std::string& name : service_names(record.workload_plan)) {
    workload.services.push_back({.name = name, .service = name});
  }
  ports_.metrics.plan(record.plan, workload, state->pods,
                      reply<ports::Planned<ports::MetricPlan>>(
                          [this](Result<ports::Planned<ports::MetricPlan>> planned) {
                            metrics_planning_ = false;
                            const bool usable =
                                planned && std::ranges::none_of(planned->findings, ports::blocks);
                            if (!usable) return tell_unplanned(planned);
                            record.metric_plan = pack(planned->plan);
                            record.seq += 1;
                            create_collector();
                          }));
}

void RolloutEngine::Impl::ask_counters() {
  if (!world_.measure) return;
  if (!collector_) return plan_metrics();
  const SteadyTime now = seams_.steady.now();
  const Duration period = std::min(record.plan.timing.interval, scrape_interval_);
  if (!counters_.is_due(now, period)) return;
  std::vector<ports::PodTarget> pods = pods_to_count();
  if (pods.empty()) return;
  counters_.ask(now);
  ports_.metrics.counters(edge_part(record.metric_plan), pods,
                          reply<ports::Counters>([this](Result<ports::Counters> answer) {
                            if (answer) counters_at_ = seams_.steady.now();
                            if (collector_) collector_->take(answer);
                            counters_.answer(std::move(answer));
                          }));
}

void RolloutEngine::Impl::ask_store() {
  const SteadyTime now = seams_.steady.now();
  if (save_.is_under_way() || !stored_.is_due(now, save_unknown_ ? tick_period / 4 : store_period))
    return;
  stored_.ask(now);
  ports_.store.load(
      reply<std::optional<ports::Stored>>([this](Result<std::optional<ports::Stored>> stored) {
        reconcile(stored);
        stored_.answer(std::move(stored));
      }));
}

}  // namespace kai::engine
