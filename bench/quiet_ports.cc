#include "bench/quiet_ports.h"

namespace kai::bench {
namespace {

Error unused() { return {.kind = ErrorKind::rejected, .message = "a benchmark does not do this"}; }

}  // namespace

void QuietRelease::plan(const core::Plan& /*plan*/,
                        Reply<ports::Planned<ports::ReleasePlan>> reply) {
  answer_soon<ports::Planned<ports::ReleasePlan>>(loop_, std::move(reply),
                                                  std::unexpected(unused()));
}
void QuietRelease::upgrade(const Tree& /*plan*/, const std::string& /*rollout*/,
                           Reply<Unit> reply) {
  answer_soon<Unit>(loop_, std::move(reply), std::unexpected(unused()));
}
void QuietRelease::revert(const Tree& /*plan*/, const std::string& /*rollout*/, Reply<Unit> reply) {
  answer_soon<Unit>(loop_, std::move(reply), std::unexpected(unused()));
}
void QuietRelease::observe(const Tree& /*plan*/, const std::string& /*rollout*/,
                           Reply<core::ReleaseSeen> reply) {
  answer_soon<core::ReleaseSeen>(loop_, std::move(reply), core::ReleaseSeen{});
}

QuietWorkload::QuietWorkload(net::Loop& loop, const SteadyClock& steady, std::size_t services)
    : loop_(loop), steady_(steady) {
  for (std::uint32_t service = 0; service < services; ++service) {
    for (const core::Arm arm : {core::Arm::baseline, core::Arm::canary}) {
      const std::string kind = arm == core::Arm::canary ? "canary-" : "stable-";
      pods_.push_back({.service = service,
                       .arm = arm,
                       .name = kind + std::to_string(service),
                       .address = "",
                       .started_at = {},
                       .ready = true});
    }
  }
}

void QuietWorkload::plan(const core::Plan& /*plan*/, const ports::ReleasePlan& /*release*/,
                         Reply<ports::Planned<ports::WorkloadPlan>> reply) {
  answer_soon<ports::Planned<ports::WorkloadPlan>>(loop_, std::move(reply),
                                                   std::unexpected(unused()));
}
void QuietWorkload::bring_up(const Tree& /*plan*/, core::Weight /*size*/,
                             const core::Stamp& /*stamp*/, Reply<Unit> reply) {
  answer_soon<Unit>(loop_, std::move(reply), Unit{});
}

ports::WorkloadState QuietWorkload::state() const {
  ports::WorkloadState state;
  state.seen.canary_exists = true;
  state.seen.canary = {.wanted = 1,
                       .ready = !lost_,
                       .carries = lost_ ? core::Weight::zero() : core::Weight::full(),
                       .any_service_empty = lost_,
                       .fatal = {}};
  state.seen.stable = {.wanted = 1, .ready = true, .carries = core::Weight::full(), .fatal = {}};
  state.pods = pods_;
  return state;
}

void QuietWorkload::observe(const Tree& /*plan*/, core::Weight /*size*/,
                            Reply<ports::WorkloadState> reply) {
  loop_.post([this, reply = std::move(reply)]() mutable {
    if (lost_ && !told_at_) told_at_ = steady_.now();
    reply(state());
  });
}
void QuietWorkload::evidence(const Tree& /*plan*/, Reply<ports::Evidence> reply) {
  answer_soon<ports::Evidence>(loop_, std::move(reply), ports::Evidence{});
}
void QuietWorkload::discard(const Tree& /*plan*/, const std::string& /*rollout*/,
                            Reply<bool> reply) {
  answer_soon<bool>(loop_, std::move(reply), true);
}

std::unique_ptr<ports::Watching> QuietWorkload::watch(
    const Tree& /*plan*/, std::move_only_function<void(ports::WorkloadNews)> tell) {
  tell_ = std::move(tell);
  return std::make_unique<ports::Watching>();
}

void QuietWorkload::heal() {
  lost_ = false;
  told_at_.reset();
  tell_ = nullptr;
}

void QuietWorkload::lose_endpoints() {
  lost_ = true;
  if (!tell_) return;
  told_at_ = steady_.now();
  tell_(ports::WorkloadNews::service_empty);
}

std::string QuietStore::put(const core::Record& record) {
  stored_ = ports::Stored{.record = record, .version = std::to_string(++version_)};
  return stored_->version;
}

void QuietStore::load(Reply<std::optional<ports::Stored>> reply) {
  answer_soon<std::optional<ports::Stored>>(loop_, std::move(reply), stored_);
}
void QuietStore::save(const core::Record& record, const std::string& version,
                      Reply<ports::SaveOutcome> reply) {
  const bool conflict = stored_ && stored_->version != version;
  ports::SaveOutcome outcome{.conflict = conflict, .version = conflict ? "" : put(record)};
  answer_soon<ports::SaveOutcome>(loop_, std::move(reply), std::move(outcome));
}
void QuietStore::holder(Reply<std::optional<ports::Holder>> reply) {
  answer_soon<std::optional<ports::Holder>>(loop_, std::move(reply),
                                            std::optional<ports::Holder>());
}
void QuietStore::claim(const ports::Holder& /*holder*/, Reply<ports::ClaimOutcome> reply) {
  answer_soon<ports::ClaimOutcome>(loop_, std::move(reply),
                                   ports::ClaimOutcome{.granted = true, .holder = {}});
}
void QuietStore::renew(Reply<bool> reply) { answer_soon<bool>(loop_, std::move(reply), true); }
void QuietStore::give_up(Reply<Unit> reply) { answer_soon<Unit>(loop_, std::move(reply), Unit{}); }
void QuietStore::submit(const core::Command& /*command*/, Reply<Unit> reply) {
  answer_soon<Unit>(loop_, std::move(reply), Unit{});
}
void QuietStore::remember(const ports::HistoryEntry& /*entry*/, Reply<Unit> reply) {
  answer_soon<Unit>(loop_, std::move(reply), Unit{});
}
void QuietStore::history(Reply<ports::History> reply) {
  answer_soon<ports::History>(loop_, std::move(reply), ports::History{});
}

}  // namespace kai::bench
