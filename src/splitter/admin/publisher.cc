#include "splitter/admin/publisher.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "codec/quote.h"
#include "splitter/admin/change.h"
#include "splitter/admin/exposure.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

// What is true of a raise that was taken back.
constexpr std::string_view still_unsure =
    "no traffic has changed, and until /v1/status says 'durable' a restart may come up with this "
    "change all the same";

// More than any generation.
constexpr std::uint64_t has_ended = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Publisher::Publisher(World world, Configured in_force, std::size_t workers,
                     std::optional<std::uint64_t> older)
    : world_(std::move(world)),
      workers_(workers),
      in_force_(std::move(in_force)),
      acknowledged_(workers, in_force_.snapshot->generation),
      generation_given_(in_force_.spec.generation),
      epoch_seen_(in_force_.spec.writer_epoch),
      self_(std::make_shared<Publisher*>(this)) {
  KAI_CHECK(workers > 0);
  if (older) acknowledged_.push_back(*older);
  passed_told_ = acknowledged_by_all();
}

Publisher::~Publisher() {
  for (const Waiting& waiting : waiting_) world_.timers.cancel(waiting.limit);
  if (raise_) world_.timers.cancel(raise_->limit);
  if (save_timer_) world_.timers.cancel(*save_timer_);
}

void Publisher::keep() { save_next(); }

void Publisher::unfreeze() {
  KAI_CHECK(mode_ == Mode::frozen);
  mode_ = Mode::leads;
  save_next();
}

void Publisher::hand_over() {
  KAI_CHECK(is_settled());
  mode_ = Mode::follows;
  if (save_timer_) world_.timers.cancel(*std::exchange(save_timer_, std::nullopt));
}

void Publisher::remember(const Memory& memory) {
  generation_given_ = std::max(generation_given_, memory.generation_given);
  epoch_seen_ = std::max(epoch_seen_, memory.writer_epoch);
}

void Publisher::follow(Configured given) {
  KAI_CHECK(mode_ == Mode::follows);
  remember({.generation_given = given.spec.generation, .writer_epoch = given.spec.writer_epoch});
  publish(std::move(given), [](const PublishResult&) {}, true);
}

std::optional<CallError> Publisher::check_fence(const SnapshotSpec& wanted) const {
  if (mode_ != Mode::leads) {
    return CallError{.code = CallErrorCode::handing_over,
                     .message =
                         "another process takes over just now and nothing has changed; ask "
                         "again on a new connection"};
  }
  if (wanted.writer_epoch < epoch_seen_) {
    return CallError{.code = CallErrorCode::stale_epoch,
                     .message = "writer_epoch " + std::to_string(wanted.writer_epoch) +
                                " is out of charge: a writer with epoch " +
                                std::to_string(epoch_seen_) + " has written since"};
  }
  if (wanted.generation == in_force_.spec.generation) return std::nullopt;
  return CallError{.code = CallErrorCode::stale_base,
                   .message = "base_generation " + std::to_string(wanted.generation) +
                              " is not in force; read the configuration and try again",
                   .generation = in_force_.spec.generation};
}

std::expected<Configured, CallError> Publisher::prepare(SnapshotSpec wanted) {
  if (auto stale = check_fence(wanted)) return std::unexpected(std::move(*stale));
  keep_salts(in_force_.spec, wanted);
  wanted.generation = generation_given_ + 1;
  Findings findings;
  auto snapshot = build_snapshot(wanted, "", world_.numbers, findings);
  if (!snapshot) {
    forget_numbers();
    return std::unexpected(invalid(findings));
  }
  return Configured{.spec = std::move(wanted), .snapshot = std::move(snapshot)};
}

std::optional<CallError> Publisher::check(SnapshotSpec wanted) {
  const auto prepared = prepare(std::move(wanted));
  forget_numbers();
  return prepared ? std::nullopt : std::optional(prepared.error());
}

std::optional<CallError> Publisher::replace(SnapshotSpec wanted, Done done) {
  auto prepared = prepare(std::move(wanted));
  if (!prepared) return std::move(prepared.error());
  accept(std::move(*prepared), std::move(done));
  return std::nullopt;
}

std::optional<CallError> Publisher::change_split(std::string_view route, const SplitChange& change,
                                                 Done done) {
  // Stale callers learn that first: their route may be gone because they are stale.
  const SnapshotSpec stamp{.writer_epoch = change.writer_epoch,
                           .generation = change.base_generation};
  if (auto stale = check_fence(stamp)) return stale;
  auto changed = with_split(in_force_.spec, route, change);
  if (!changed) return std::move(changed.error());
  auto prepared = prepare(std::move(*changed));
  if (!prepared) return in_terms_of_split(std::move(prepared.error()));
  accept(std::move(*prepared), std::move(done));
  return std::nullopt;
}

void Publisher::accept(Configured wanted, Done done) {
  generation_given_ = wanted.spec.generation;
  epoch_seen_ = wanted.spec.writer_epoch;
  drop_raise({.code = CallErrorCode::superseded,
              .message = "another change was accepted while this one was being saved; " +
                         std::string(still_unsure),
              .generation = in_force_.spec.generation});
  if (is_lowering(in_force_.spec, wanted.spec)) {
    durable_ = false;
    publish(std::move(wanted), std::move(done), std::nullopt);
  } else {
    raise_.emplace(std::move(wanted), std::move(done));
    raise_->limit = world_.timers.at(world_.clock.now() + save_max, [this] {
      durable_ = false;  // what the disk will hold in the end is unknown
      drop_raise({.code = CallErrorCode::not_saved,
                  .message = "the state could not be saved in time; " + std::string(still_unsure)});
      forget_numbers();
      save_next();
    });
  }
  save_next();
}

void Publisher::drop_raise(CallError reason) {
  if (!raise_) return;
  world_.timers.cancel(raise_->limit);
  Done done = std::move(raise_->done);
  raise_.reset();
  durable_ = false;                           // it may be on the disk, or come there yet
  in_force_.spec.writer_epoch = epoch_seen_;  // so that the next save keeps the fence
  for (Waiting& waiting : waiting_) {
    if (waiting.saved == true) waiting.saved.reset();  // no longer what a restart finds
  }
  done(std::unexpected(std::move(reason)));
}

void Publisher::publish(Configured wanted, Done done, std::optional<bool> saved) {
  in_force_ = std::move(wanted);
  const std::uint64_t generation = in_force_.spec.generation;
  Waiting waiting{.generation = generation,
                  .posted = world_.clock.now(),
                  .done = std::move(done),
                  .barrier = std::nullopt,
                  .saved = saved};
  waiting.limit = world_.timers.at(waiting.posted + answer_max,
                                   [this, generation] { answer_late(generation); });
  waiting_.push_back(std::move(waiting));
  world_.post(in_force_.snapshot);
}

void Publisher::save_next() {
  if (is_saving_ || mode_ == Mode::follows || (!raise_ && durable_)) return;
  // What was begun is finished, nothing is begun.
  if (mode_ == Mode::frozen && !raise_ && waiting_.empty()) return;
  if (save_timer_) world_.timers.cancel(*std::exchange(save_timer_, std::nullopt));
  is_saving_ = true;
  const SnapshotSpec& spec = raise_ ? raise_->wanted.spec : in_force_.spec;
  const Saving what{.generation = spec.generation,
                    .writer_epoch = spec.writer_epoch,
                    .is_raise = raise_.has_value()};
  world_.save(spec, [weak = std::weak_ptr(self_), what](Result<Unit> saved) {
    if (const auto self = weak.lock()) (*self)->on_saved(what, saved);
  });
}

void Publisher::on_saved(const Saving& what, const Result<Unit>& saved) {
  is_saving_ = false;
  const bool is_wanted =
      what.is_raise && raise_ && raise_->wanted.spec.generation == what.generation;
  // A raise that was taken back meanwhile stands on the disk in the place of what is in force.
  if (!what.is_raise || (is_wanted && saved)) {
    for (Waiting& waiting : waiting_) {
      if (waiting.generation <= what.generation && !waiting.saved)
        waiting.saved = saved.has_value();
    }
  }
  if (is_wanted) {
    on_raise_saved(saved);
  } else if (saved && what.generation == in_force_.spec.generation &&
             what.writer_epoch == in_force_.spec.writer_epoch) {
    durable_ = true;
  }
  settle_waiting();
  // Failed: not again at once. A raise that has come meanwhile does not wait, nor does what is to
  // replace one.
  if (saved || raise_ || what.is_raise) return save_next();
  save_later();
}

void Publisher::on_raise_saved(const Result<Unit>& saved) {
  if (!saved) {
    drop_raise({.code = CallErrorCode::not_saved,
                .message = "the state could not be saved, and a raise that a restart would "
                           "forget is refused (" +
                           saved.error().message + "); " + std::string(still_unsure)});
    return forget_numbers();
  }
  world_.timers.cancel(raise_->limit);
  Raise raise = std::move(*raise_);
  raise_.reset();
  durable_ = true;
  publish(std::move(raise.wanted), std::move(raise.done), true);
}

void Publisher::save_later() {
  if (durable_ || save_timer_) return;
  save_timer_ = world_.timers.at(world_.clock.now() + save_again_after, [this] {
    save_timer_.reset();
    save_next();  // not while it is frozen: unfreeze() goes on
  });
}

void Publisher::acknowledge(std::size_t worker, std::uint64_t generation) {
  KAI_CHECK(worker < acknowledged_.size());
  acknowledged_[worker] = std::max(acknowledged_[worker], generation);
  const std::uint64_t all = acknowledged_by_all();
  for (Waiting& waiting : waiting_) {
    if (waiting.barrier || waiting.generation > all) continue;
    waiting.barrier = last_barrier_ = world_.clock.now() - waiting.posted;
  }
  forget_numbers();
  settle_waiting();
  if (!world_.passed || all <= passed_told_) return;
  passed_told_ = all;
  world_.passed(all);
}

void Publisher::worker_ended(std::size_t worker) { acknowledge(worker, has_ended); }

// When nobody looks at another snapshot any more but requests in flight, which know their numbers.
void Publisher::forget_numbers() {
  if (raise_ || acknowledged_by_all() != in_force_.spec.generation) return;
  world_.numbers.forget_others(*in_force_.snapshot);
}

std::uint64_t Publisher::acknowledged_by_all() const {
  return *std::ranges::min_element(acknowledged_);
}

std::vector<std::uint32_t> Publisher::laggards_of(std::uint64_t generation) const {
  std::vector<std::uint32_t> laggards;
  for (std::size_t worker = 0; worker < acknowledged_.size(); ++worker) {
    if (acknowledged_[worker] < generation) laggards.push_back(static_cast<std::uint32_t>(worker));
  }
  return laggards;
}

void Publisher::settle_waiting() {
  const auto is_open = [](const Waiting& waiting) { return !waiting.barrier || !waiting.saved; };
  const auto settled = std::ranges::stable_partition(waiting_, is_open);
  std::vector<Waiting> ready(std::move_iterator(settled.begin()),
                             std::move_iterator(settled.end()));
  waiting_.erase(settled.begin(), settled.end());
  for (Waiting& waiting : ready) {
    world_.timers.cancel(waiting.limit);
    waiting.done(Published{
        .generation = waiting.generation, .barrier = *waiting.barrier, .durable = *waiting.saved});
  }
}

void Publisher::answer_late(std::uint64_t generation) {
  const auto found = std::ranges::find(waiting_, generation, &Waiting::generation);
  KAI_CHECK(found != waiting_.end());
  Waiting waiting = std::move(*found);
  waiting_.erase(found);
  if (waiting.barrier) {
    waiting.done(Published{.generation = generation,
                           .barrier = *waiting.barrier,
                           .durable = waiting.saved.value_or(false)});
    return;
  }
  const bool is_older = acknowledged_.size() > workers_ && acknowledged_.back() < generation;
  waiting.done(std::unexpected(
      CallError{.code = CallErrorCode::barrier_timeout,
                .message = "published, but " +
                           std::string(is_older ? "the process that was taken over from, which "
                                                  "still answers requests, has not"
                                                : "not every worker has") +
                           " taken it within a second; it stays published, /v1/status tells "
                           "when all have it",
                .laggards = laggards_of(generation),
                .generation = generation}));
}

Publisher::Status Publisher::status() const {
  std::vector<std::uint64_t> acknowledged = acknowledged_;
  if (acknowledged.size() > workers_ && acknowledged.back() == has_ended) acknowledged.pop_back();
  for (std::uint64_t& generation : acknowledged) {
    generation = std::min(generation, in_force_.spec.generation);  // of a worker that ended
  }
  return {.generation = in_force_.spec.generation,
          .writer_epoch = epoch_seen_,
          .durable = durable_,
          .acknowledged = std::move(acknowledged),
          .last_barrier = last_barrier_};
}

}  // namespace kai::splitter
