// What is sent to the world: lowering at once, everything else only when the record that wants it
// is durable.
#include <algorithm>
#include <utility>

#include "engine/engine_impl.h"
#include "engine/plans.h"

namespace kai::engine {
namespace {

constexpr Duration down_retry = std::chrono::milliseconds(500);
constexpr Duration retry_period = std::chrono::seconds(2);
constexpr Duration revert_period = std::chrono::seconds(10);
constexpr Duration look_age_max = std::chrono::seconds(5);  // what a lease lasts beyond our claim
constexpr std::uint32_t kept_tries_max = 3;

}  // namespace

ports::RouteTarget RolloutEngine::Impl::route_wanted() const {
  return {.attached = world_.attached, .canary = world_.weight};
}

// The most that the data plane may be giving the canary now, as far as anybody can know. A write
// whose outcome is unknown takes nothing away from it.
core::Weight RolloutEngine::Impl::exposure() const {
  // A look that failed takes nothing away from the one before it either.
  return looked_ ? std::max(may_be_live_, looked_->route.live) : may_be_live_;
}

bool RolloutEngine::Impl::is_lowering() const { return world_.weight < exposure(); }

// Looked at again just before a raise leaves: an answer that was asked for before the decision
// confirms nothing any more, but the bad news in it still holds. The next look decides about it.
bool RolloutEngine::Impl::is_carried() const {
  if (is_emptied()) return world_.weight.is_zero();
  const auto state = workload_.value_since(SteadyTime{});
  if (!state || world_.weight.is_zero()) return true;
  const core::ArmSeen& canary = state->seen.canary;
  return !canary.any_service_empty && canary.carries >= world_.weight;
}

// Without our entry the canary gets nothing, and only a rollout that goes up puts it back: on the
// way down, and in a pause, whoever took it out had a reason.
bool RolloutEngine::Impl::may_stay_detached(const core::RouteSeen& seen) const {
  return record.phase != core::Phase::progressing && world_.weight.is_zero() && !seen.attached &&
         seen.live.is_zero();
}

bool RolloutEngine::Impl::is_route_at_target() const {
  if (route_target_ != route_wanted() || route_failed_) return false;
  if (route_writes_ > 0) return true;  // on its way
  const auto seen = route_.value_since(route_sent_at_);
  return !seen || !seen->foreign || may_stay_detached(*seen);
}

bool RolloutEngine::Impl::is_route_confirmed() const {
  const auto seen = trusted_route();
  return is_route_at_target() && seen && seen->state == core::RouteSeen::State::applied &&
         seen->live <= world_.weight;
}

core::Stamp RolloutEngine::Impl::next_stamp(bool down) {
  record.seq += 1;
  record.route_stamp = {
      .rollout = record.rollout, .epoch = record.epoch, .seq = record.seq, .down = down};
  return record.route_stamp;
}

// A process that stood still for longer than its claim may have been replaced: it looks at the
// route before it writes anything there, lowering included. An entry that is gone must not come
// back.
bool RolloutEngine::Impl::is_still_ours() const {
  if (!looked_ || seams_.steady.now() - looked_->at > look_age_max) return false;
  const auto& stamp = looked_->route.stamp;
  return looked_->route.attached && stamp && stamp->rollout == record.rollout &&
         !core::is_newer(*stamp, record.route_stamp);
}

// Zero is always right. For any other weight a new owner looks first: what it finds may be lower,
// by the hand of somebody who had a reason.
bool RolloutEngine::Impl::may_write_route() const {
  if (!world_.attached || !record.route_touched) return false;
  if (!is_claimed() && !is_still_ours()) return false;
  return world_.weight.is_zero() || route_target_ || route_.value_since(SteadyTime{});
}

// Waits for nothing: not for the save, not for another write, not for any question.
void RolloutEngine::Impl::lower_at_once() {
  if (!may_write_route() || !is_lowering() || is_route_at_target()) return;
  if (world_.weight > saved_.authorised)
    return;  // less than what may be live, yet more than what is durable
  const Duration since = seams_.steady.now() - route_sent_at_;
  const bool same_again = route_target_ == route_wanted();
  if (same_again && since < down_retry) return schedule(down_retry - since);
  send_route(true);
}

void RolloutEngine::Impl::send_route(bool down) {
  const core::Stamp stamp =
      next_stamp_ && next_stamp_->down == down ? *next_stamp_ : next_stamp(down);
  next_stamp_.reset();
  route_target_ = route_wanted();
  route_stamp_ = stamp;
  route_failed_ = false;
  route_sent_at_ = seams_.steady.now();
  route_writes_ += 1;
  may_be_live_ = std::max(may_be_live_, route_target_->canary);
  ports_.router.apply(record.route_plan, *route_target_, stamp,
                      reply<ports::Receipt>([this, stamp](Result<ports::Receipt> receipt) {
                        route_writes_ -= 1;
                        if (!receipt)
                          route_unknown_until_ = seams_.steady.now() + write_lifetime_max;
                        if (stamp != route_stamp_) return;
                        if (receipt) {
                          may_be_live_ = route_target_->canary;
                          return;
                        }
                        route_failed_ = true;
                        seams_.log.write(
                            LogLevel::warn, "route_write_failed",
                            {{"rollout", record.rollout}, {"why", receipt.error().message}});
                      }));
}

void RolloutEngine::Impl::send_next() {
  const SteadyTime now = seams_.steady.now();
  const bool differs = may_write_route() && !is_route_at_target();
  const bool same_again = route_target_ == route_wanted();
  const bool due = !same_again || now - route_sent_at_ >= retry_period;
  if (differs && due && (is_lowering() || is_carried())) send_route(is_lowering());
  send_clones();
  send_restore();
  send_release();
  send_discard();
}

// The server's no to one of our objects, if the newest answer asked for since then is one.
const Error* RolloutEngine::Impl::clones_refused_since(SteadyTime since) const {
  const Result<Unit>* const answer = clones_.answer_since(since);
  const bool refused = answer != nullptr && !*answer && answer->error().kind == ErrorKind::rejected;
  return refused ? &answer->error() : nullptr;
}

void RolloutEngine::Impl::send_clones() {
  if (!world_.clones) return;
  const auto state = workload_.value_since(usable_since());
  const bool missing = state && !state->seen.canary_exists;
  const bool bigger = !clones_size_ || *clones_size_ < world_.size;
  const bool at_once = bigger && clones_refused_since(SteadyTime{}) == nullptr;
  const SteadyTime now = seams_.steady.now();
  if (!(bigger || missing) || !clones_.is_due(now, at_once ? Duration::zero() : retry_period))
    return;
  clones_.ask(now);
  const core::Stamp stamp{.rollout = record.rollout, .epoch = record.epoch, .seq = record.seq};
  ports_.workload.bring_up(edge_part(record.workload_plan), world_.size, stamp,
                           reply<Unit>([this, size = world_.size](Result<Unit> result) {
                             if (result) {
                               clones_size_ = size;
                               clones_sized_at_ = seams_.steady.now();
                               look_again_ = true;
                             }
                             const bool known =
                                 result || result.error().kind == ErrorKind::rejected;
                             if (!known)
                               clones_unknown_until_ = seams_.steady.now() + write_lifetime_max;
                             clones_.answer(std::move(result));
                           }));
}

void RolloutEngine::Impl::send_restore() {
  if (!world_.route_restored || !record.route_touched) return;
  const SteadyTime now = seams_.steady.now();
  if (!restore_.is_due(now, retry_period)) return;
  restore_.ask(now);
  const core::Stamp stamp{.rollout = record.rollout, .epoch = record.epoch, .seq = record.seq};
  ports_.router.restore(record.route_plan, stamp, reply<bool>([this](Result<bool> done) {
                          if (!done) {
                            seams_.log.write(
                                LogLevel::warn, "restore_failed",
                                {{"rollout", record.rollout}, {"why", done.error().message}});
                          }
                          restore_.answer(std::move(done));
                        }));
}

void RolloutEngine::Impl::send_release() {
  using Action = core::World::ReleaseAction;
  if (world_.release == Action::none) return;
  const auto seen = release_.value_since(usable_since());
  if (!seen) return;
  const SteadyTime now = seams_.steady.now();
  const bool running = seen->helm == core::ReleaseSeen::Helm::running;
  const bool untouched = seen->state == core::ReleaseSeen::State::as_started ||
                         seen->state == core::ReleaseSeen::State::absent;
  if (world_.release == Action::upgrade) {
    if (upgrade_begun_ || running || !untouched) return;
    upgrade_begun_ = true;
    upgrade_.ask(now);
    ports_.release.upgrade(
        record.release_plan, record.rollout,
        reply<Unit>([this](Result<Unit> ended) { upgrade_.answer(std::move(ended)); }));
    return;
  }
  if (running) {  // told once: Helm rolls back by itself and ignores what comes after
    if (!std::exchange(upgrade_stopped_, true)) ports_.release.stop_upgrade();
    return;
  }
  const bool back = untouched || seen->state == core::ReleaseSeen::State::reverted ||
                    seen->state == core::ReleaseSeen::State::superseded;  // not ours to take back
  if (back || !revert_.is_due(now, revert_period)) return;
  revert_.ask(now);
  ports_.release.revert(
      record.release_plan, record.rollout,
      reply<Unit>([this](Result<Unit> ended) { revert_.answer(std::move(ended)); }));
}

// As soon as the canary is given up: what its pods say is lost when they go.
void RolloutEngine::Impl::send_evidence() {
  const bool given_up =
      record.phase == core::Phase::rolled_back && !core::is_over(record) && record.plan.canary;
  if (!given_up || record.first_install || evidence_ || kept_tries_ >= kept_tries_max) return;
  const SteadyTime now = seams_.steady.now();
  if (!kept_.is_due(now, tick_period)) return;
  kept_.ask(now);
  kept_tries_ += 1;
  ports_.workload.evidence(edge_part(record.workload_plan),
                           reply<ports::Evidence>([this](Result<ports::Evidence> kept) {
                             if (kept) evidence_ = *kept;
                             kept_.answer(std::move(kept));
                           }));
}

void RolloutEngine::Impl::send_discard() {
  if (!world_.discard) return;
  const bool kept = !world_.keep_evidence || evidence_ || kept_tries_ >= kept_tries_max;
  const SteadyTime now = seams_.steady.now();
  if (!kept || kept_.is_under_way() || clones_.is_under_way() || !discard_.is_due(now, tick_period))
    return;
  discard_.ask(now);
  ports_.workload.discard(
      edge_part(record.workload_plan), record.rollout,
      reply<bool>([this](Result<bool> done) { discard_.answer(std::move(done)); }));
}

}  // namespace kai::engine
