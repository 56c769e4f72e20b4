// One simulated rollout from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mutant.h"

namespace kai::simulation {

struct Outcome {
  std::vector<std::string> violations;
  std::vector<std::string> log;                    // the whole story, readable
  std::map<std::string, std::uint64_t> sometimes;  // situations that a campaign must reach
  std::string end;  // "promoted", "rolled_back/aborted", "paused/timeout" ...
  std::uint64_t events = 0;
};

// The same seed gives the same outcome, byte for byte.
[[nodiscard]] Outcome run(std::uint64_t seed, Mutant mutant = Mutant::none);

}  // namespace kai::simulation
