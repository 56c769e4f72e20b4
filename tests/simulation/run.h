// One simulated rollout from one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "blow.h"
#include "mutant.h"
#include "ports/rollout_view.h"
#include "scenario.h"

namespace kai::simulation {

struct Outcome {
  std::vector<std::string> violations;
  std::vector<std::string> log;                    // the whole story, readable
  std::map<std::string, std::uint64_t> sometimes;  // situations that a campaign must reach
  std::string end;     // "promoted", "rolled_back/aborted", "paused/timeout" ...
  std::string reason;  // code of the record's reason at the end
  std::uint64_t events = 0;
  std::uint64_t frames = 0;          // most intervals that the saved evidence had in it
  std::vector<std::string> effects;  // that left the process, in order
};

// Makes whoever else is shown what the engine shows; empty: nobody.
using MakeOnlooker = std::function<std::unique_ptr<ports::RolloutViewer>(const SteadyClock& steady,
                                                                         const WallClock& wall)>;
// The same seed gives the same outcome, byte for byte.
[[nodiscard]] Outcome run(std::uint64_t seed, Mutant mutant = Mutant::none,
                          const MakeOnlooker& onlooker = {});
// A scenario with the blows it is dealt.
[[nodiscard]] Outcome run(const Scenario& scenario, const std::vector<Blow>& blows = {},
                          const MakeOnlooker& onlooker = {});

}  // namespace kai::simulation
