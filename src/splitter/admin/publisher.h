// Which configuration is in force, and how the next one comes into force: fenced, posted to every
// worker, acknowledged by all, kept on disk. Decides only: posting, saving and time are given.
//
// A change that raises is saved, then published; one that lowers is published, then saved, and
// never fails because of a disk. Its answer comes when both are done. A raise that still waits for
// the disk is dropped when another change comes: lowering waits for nothing. It may be on the disk
// by then, so what is in force is saved over it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/reply.h"
#include "base/time.h"
#include "base/timers.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// A configuration in both its forms.
struct Configured {
  SnapshotSpec spec;
  std::shared_ptr<const Snapshot> snapshot;
};

class Publisher {
 public:
  static constexpr Duration answer_max = std::chrono::seconds(1);        // after it was posted
  static constexpr Duration save_max = std::chrono::seconds(10);         // a raise waits so long
  static constexpr Duration save_again_after = std::chrono::seconds(1);  // after a failed one

  struct World {
    Timers& timers;
    const SteadyClock& clock;
    Numbers& numbers;
    // To every worker; each answers by acknowledge(), later and on this thread.
    std::move_only_function<void(const std::shared_ptr<const Snapshot>&)> post;
    // Onto the disk, whole and durable. One at a time.
    std::move_only_function<void(const SnapshotSpec&, Reply<Unit>)> save;
    // Every worker has `generation` now, or has ended. May be empty.
    std::move_only_function<void(std::uint64_t generation)> passed = {};
  };
  using Done = std::move_only_function<void(PublishResult)>;

  // `in_force` is what all workers have been started with. A process that we took over from and
  // that still answers requests takes part in every change as if it were one worker more, the last:
  // `older` is the generation that it has.
  Publisher(World world, Configured in_force, std::size_t workers,
            std::optional<std::uint64_t> older = {});
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher();

  // Keeps what is in force on the disk, from the start on and until it succeeds.
  void keep();

  // Replaces everything; `wanted.generation` is the one that it is based on. A route without a salt
  // keeps the one that it has. An error: nothing has changed and `done` is not called. Else `done`
  // is called once, later.
  [[nodiscard]] std::optional<CallError> replace(SnapshotSpec wanted, Done done);
  // The same for the weights of one route and the states of its backends.
  [[nodiscard]] std::optional<CallError> change_split(std::string_view route,
                                                      const SplitChange& change, Done done);
  // What replace() would say now, without doing it.
  [[nodiscard]] std::optional<CallError> check(SnapshotSpec wanted);

  // For another process that takes over. Once frozen, no change is taken and no save begins; what
  // was begun goes on until it is settled: answered and on the disk.
  void freeze() { mode_ = Mode::frozen; }
  [[nodiscard]] bool is_settled() const { return waiting_.empty() && !raise_ && !is_saving_; }
  // As if nothing had been.
  void unfreeze();
  // What only a publisher knows, for the next one.
  struct Memory {
    std::uint64_t generation_given = 0;  // the highest; a refused change has one, too
    std::uint64_t writer_epoch = 0;      // the highest that was seen
  };
  [[nodiscard]] Memory memory() const {
    return {.generation_given = generation_given_, .writer_epoch = epoch_seen_};
  }
  void remember(const Memory& memory);
  // The other one has taken over: nothing is saved here any more, and what it publishes is
  // followed.
  void hand_over();
  void follow(Configured given);

  // Worker `worker` (from 0) uses `generation` for every request that it has not begun to send.
  void acknowledge(std::size_t worker, std::uint64_t generation);
  // It decides no request any more, so no change waits for it.
  void worker_ended(std::size_t worker);
  [[nodiscard]] std::size_t older() const { return workers_; }  // its place among the workers
  [[nodiscard]] bool leads() const { return mode_ == Mode::leads; }

  struct Status {
    std::uint64_t generation = 0;
    std::uint64_t writer_epoch = 0;
    bool durable = false;
    std::vector<std::uint64_t> acknowledged;  // by worker, and of an older process while it lives
    std::optional<Duration> last_barrier;
  };
  [[nodiscard]] Status status() const;
  [[nodiscard]] const Configured& in_force() const { return in_force_; }

 private:
  // A published change that nobody has been answered for yet.
  struct Waiting {
    std::uint64_t generation = 0;
    SteadyTime posted;
    Done done;
    TimerId limit = 0;
    std::optional<Duration> barrier;
    std::optional<bool> saved;  // a restart finds it, or a later one that was published
  };
  // A raise that is not on the disk yet.
  struct Raise {
    Configured wanted;
    Done done;
    TimerId limit = 0;
  };
  // What is on its way to the disk.
  struct Saving {
    std::uint64_t generation = 0;
    std::uint64_t writer_epoch = 0;
    bool is_raise = false;  // else it is in force
  };

  [[nodiscard]] std::expected<Configured, CallError> prepare(SnapshotSpec wanted);
  [[nodiscard]] std::optional<CallError> check_fence(const SnapshotSpec& wanted) const;
  void accept(Configured wanted, Done done);
  void drop_raise(CallError reason);
  void publish(Configured wanted, Done done, std::optional<bool> saved);
  void save_next();
  void on_saved(const Saving& what, const Result<Unit>& saved);
  void on_raise_saved(const Result<Unit>& saved);
  void save_later();
  void forget_numbers();
  [[nodiscard]] std::uint64_t acknowledged_by_all() const;
  [[nodiscard]] std::vector<std::uint32_t> laggards_of(std::uint64_t generation) const;
  void settle_waiting();
  void answer_late(std::uint64_t generation);

  World world_;
  std::size_t workers_;
  Configured in_force_;
  std::vector<std::uint64_t> acknowledged_;
  std::uint64_t generation_given_ = 0;
  std::uint64_t epoch_seen_ = 0;
  std::vector<Waiting> waiting_;
  std::optional<Raise> raise_;
  bool is_saving_ = false;
  bool durable_ = false;
  enum class Mode : std::uint8_t { leads, frozen, follows };
  Mode mode_ = Mode::leads;
  std::uint64_t passed_told_ = 0;
  std::optional<TimerId> save_timer_;
  std::optional<Duration> last_barrier_;
  std::shared_ptr<Publisher*> self_;  // for replies that come when we are gone
};

}  // namespace kai::splitter
