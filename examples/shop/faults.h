// What goes wrong in a shop server: its error share, its latency, its warm-up and which pages need
// a dependency, drawn from one seeded source.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace shop {

struct Faults {
  double error_percent = 0;       // share of answers that are 500, 0 to 100
  double latency_mean_ms = 2;     // uniform within 20 % of it, when no p95 is given
  double latency_p95_ms = 0;      // exponential with this 95th percentile; 0: use the mean
  double warm_up_s = 0;           // for this long after the start ...
  double warm_up_latency_ms = 0;  // ... answers are slower by this, falling linearly to 0
  double needs_percent = 0;       // share of pages that need the dependency, 0 to 100
};

struct Draw {
  bool error = false;
  bool needs_dependency = false;
  std::chrono::microseconds delay{0};
};

// One per server. `draw` is called once per request, with the time since the server started.
class FaultDice {
 public:
  FaultDice(const Faults& faults, std::uint64_t seed);
  [[nodiscard]] Draw draw(std::chrono::duration<double> since_start);

 private:
  Faults faults_;
  std::mt19937_64 random_;
};

}  // namespace shop
