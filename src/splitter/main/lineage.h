// This process among those of one splitter: the one that it took over from, which still answers
// what it has, and the one that takes over from it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "base/tree.h"
#include "net/loop.h"
#include "os/descriptor.h"
#include "splitter/admin/control_server.h"
#include "splitter/admin/publisher.h"
#include "splitter/handover/offer.h"
#include "splitter/handover/older_process.h"
#include "splitter/handover/successor.h"
#include "splitter/main/beginning.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/counts.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

class Lineage {
 public:
  // For the last words of older processes, beyond the time of a drain.
  static constexpr Duration words_max = std::chrono::seconds(5);

  struct World {
    net::Loop& loop;
    Log& log;
    const SteadyClock& clock;
    const Settings& settings;
    Publisher& publisher;
    ControlServer& server;
    Workers& workers;
    Numbers& numbers;
    CounterMemory& counters;
    os::Descriptor& state_directory;  // held until somebody else is in charge
    std::uint32_t own_user = 0;
    // Requests are to be ended in `time_max`, and then the process.
    std::function<void(Duration time_max)> drain;
    std::function<bool()> is_ending;
    std::function<void()> older_ended;  // the one before, with those before it
    std::function<void()> left;         // somebody else is in charge; may be empty
  };

  // All that `world` holds outlives this. `started`: since when is counted, if not since long
  // before.
  Lineage(World world, WallTime started) : world_(std::move(world)), started_(started) {}

  // Until the last line the other process is in charge, whatever happens here. An error: it stays
  // so.
  [[nodiscard]] Result<Unit> take_charge(Beginning::Taken& taken);
  // Lets another process take over from us by `listening`, whose path is that of the settings.
  void let_take_over(os::Descriptor listening);
  // Nobody may any more.
  void refuse_takeover();

  // Another process is in charge of what is on the disk, and of the paths.
  [[nodiscard]] bool has_handed_over() const { return successor_ && successor_->has_handed_over(); }
  [[nodiscard]] bool has_older() const { return older_ && older_->is_there(); }
  [[nodiscard]] bool has_taken_over() const { return older_.has_value(); }

  // To those before us.
  void publish();
  void say_ending(Duration time_max);
  // To the one in charge, once it is not us.
  void say_passed(std::uint64_t generation);
  // The last words, when all workers have ended.
  void end();

  [[nodiscard]] WallTime started() const { return started_; }
  // What this process and those before it counted.
  [[nodiscard]] std::vector<const CellTable*> cells() const;
  void add_status(Tree& status) const;

 private:
  [[nodiscard]] OlderProcess::Events older_events();
  [[nodiscard]] Successor::World successor_world();
  [[nodiscard]] std::int64_t connections() const;
  [[nodiscard]] std::int64_t processes() const;
  [[nodiscard]] std::string reason_against_takeover() const;
  [[nodiscard]] Successor::Offered offer();
  [[nodiscard]] Tree new_counts();
  void thaw(std::string_view reason);
  void hand_over(const std::vector<std::string>& listeners);
  void follow(Followed followed);
  void lose(std::string_view reason);

  World world_;
  WallTime started_;
  CellTable inherited_;  // what those before us counted
  CountsWriter counts_writer_;
  std::optional<OlderProcess> older_;
  std::optional<Successor> successor_;
};

}  // namespace kai::splitter
