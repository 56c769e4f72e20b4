// The record's way to the store, and the claim that allows it.
#include <algorithm>
#include <utility>

#include "engine/engine_impl.h"

namespace kai::engine {
namespace {

constexpr Duration checkpoint_period =
    std::chrono::seconds(10);                                 // bake credit that a crash may lose
constexpr Duration renew_period = std::chrono::seconds(5);    // without a save meanwhile
constexpr Duration claim_age_max = std::chrono::seconds(10);  // two thirds of the lease's term

bool is_checkpoint_due(const core::Record& record, const core::Record& saved) {
  const auto grew = [](Duration now, Duration then) { return now - then >= checkpoint_period; };
  if (record.judged.frames != saved.judged.frames) return true;  // counted: never again
  // What was only confirmed is no decision; who reads the record learns of it soon all the same.
  const bool moved_on = record.stage != saved.stage && record.in_stage >= checkpoint_period;
  return moved_on || grew(record.bake_credit, saved.bake_credit) ||
         grew(record.unknown_spent, saved.unknown_spent);
}

}  // namespace

bool RolloutEngine::Impl::is_claimed() const {
  return seams_.steady.now() - renewed_at_ < claim_age_max;
}

// Everything but lowering waits for this: the decision is in the store, and the claim is young
// enough to be ours.
bool RolloutEngine::Impl::is_durable() const {
  return is_claimed() && saved_.seq == record.seq && !save_.is_under_way() && !save_unknown_;
}

void RolloutEngine::Impl::save_if_needed() {
  if (end != EngineEnd::running || save_.is_under_way() || save_unknown_) return;
  if (record.seq == saved_.seq && !is_checkpoint_due(record, saved_)) return;
  const SteadyTime now = seams_.steady.now();
  save_.ask(now);
  const bool claimed = is_claimed();
  ports_.store.save(record, version_,
                    reply<ports::SaveOutcome>(
                        [this, now, claimed, sent = record](Result<ports::SaveOutcome> outcome) {
                          // An accepted save is a sign of life like any other. It brings back no
                          // claim that had run out: somebody may hold the lease already and not
                          // have written yet.
                          if (claimed && outcome && !outcome->conflict)
                            renewed_at_ = std::max(renewed_at_, now);
                          after_save(outcome, sent);
                          save_.answer(std::move(outcome));
                        }));
}

void RolloutEngine::Impl::after_save(const Result<ports::SaveOutcome>& outcome,
                                     const core::Record& sent) {
  if (outcome && !outcome->conflict) {
    version_ = outcome->version;
    saved_ = sent;
    return;
  }
  save_unknown_ =
      true;  // load before anything is saved again: the reply may be lost, or somebody else wrote
  if (outcome) return;
  seams_.log.write(LogLevel::warn, "save_failed",
                   {{"rollout", record.rollout}, {"why", outcome.error().message}});
}

void RolloutEngine::Impl::reconcile(const Result<std::optional<ports::Stored>>& stored) {
  if (!stored) return;
  if (!*stored) {  // deleted under us: it is made again from what we know
    version_.clear();
    saved_.seq = 0;
    save_unknown_ = false;
    return;
  }
  const core::Record& theirs = (*stored)->record;
  if (theirs.epoch > record.epoch || theirs.rollout != record.rollout) {
    end = EngineEnd::lost;
    trouble = "epoch " + std::to_string(theirs.epoch) + " of rollout " + theirs.rollout +
              " owns the record now";
    return;
  }
  if (theirs.seq < saved_.seq) return;  // asked before our last save
  take_stored(**stored);
}

// The same epoch: only inboxes differ, or a save of ours whose reply was lost.
void RolloutEngine::Impl::take_stored(const ports::Stored& stored) {
  version_ = stored.version;
  saved_ = stored.record;
  save_unknown_ = false;
  for (const core::Command& command : stored.record.inbox) commands_.push_back(command);
}

void RolloutEngine::Impl::renew_claim() {
  const SteadyTime now = seams_.steady.now();
  const bool alive = now - renewed_at_ < renew_period;
  if (end != EngineEnd::running || alive || !claim_.is_due(now, renew_period)) return;
  claim_.ask(now);
  ports_.store.renew(reply<bool>([this, now](Result<bool> kept) {
    if (kept && *kept) renewed_at_ = std::max(renewed_at_, now);
    if (kept && !*kept) {
      end = EngineEnd::lost;
      trouble = "another process holds the lease now";
    }
    claim_.answer(std::move(kept));
  }));
}

ports::HistoryEntry RolloutEngine::Impl::history_entry() const {
  ports::HistoryEntry entry{.rollout = record.rollout,
                            .release = record.plan.target.release,
                            .name_space = record.plan.target.name_space,
                            .stable_version = record.stable_version,
                            .canary_version = record.canary_version,
                            .phase = record.phase,
                            .end = record.end,
                            .reason = record.reason,
                            .started_at = record.started_at,
                            .ended_at = record.updated_at,
                            .revision = record.start_revision,
                            .evidence = evidence_ ? evidence_->lines : std::vector<std::string>()};
  return entry;
}

}  // namespace kai::engine
