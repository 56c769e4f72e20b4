// The engine: one rollout, one tick at a time. Takes what arrived, asks core, saves the record,
// sends what differs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/rollout/advance.h"
#include "core/rollout/record.h"
#include "engine/evidence.h"
#include "engine/ports.h"

namespace kai::engine {

inline constexpr Duration tick_period = std::chrono::seconds(1);
inline constexpr Duration write_lifetime_max =
    std::chrono::seconds(15);  // after which a given-up write cannot land
inline constexpr Duration tick_gap_min = std::chrono::milliseconds(5);  // between two woken ticks

enum class EngineEnd {
  running,
  over,    // settled, remembered, claim given up
  paused,  // waits for a person; everything that was wanted for it is done
  lost,    // somebody with a higher epoch owns the record now: hands off for good
  broken,  // a bug of ours, three ticks in a row; the world is left as it was
};

class RolloutEngine {
 public:
  // `record` was claimed and saved as `version` by this process: its epoch is ours.
  RolloutEngine(Ports ports, Seams seams, core::Record record, std::string version);
  ~RolloutEngine();
  RolloutEngine(const RolloutEngine&) = delete;
  RolloutEngine& operator=(const RolloutEngine&) = delete;

  // Begins to tick. The first tick does nothing but look.
  void start();
  // A person's command, e.g. from a signal. Taken in by the next tick, which comes at once.
  void command(core::Command command);
  // Whether to end when paused (a command line does) or to go on waiting for a person (a controller
  // does).
  void end_when_paused(bool end);

  [[nodiscard]] EngineEnd end() const;
  [[nodiscard]] const core::Record& record() const;
  // What the bug was when `broken`; who owns the record when `lost`.
  [[nodiscard]] const std::string& trouble() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kai::engine
