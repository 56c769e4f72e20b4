// One simulated rollout from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "blow.h"
#include "mutant.h"
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

// The same seed gives the same outcome, byte for byte.
[[nodiscard]] Outcome run(std::uint64_t seed, Mutant mutant = Mutant::none);
// A scenario with the blows it is dealt.
[[nodiscard]] Outcome run(const Scenario& scenario, const std::vector<Blow>& blows = {});

}  // namespace kai::simulation
