// Mixture: evidence against the canary over all start times and effects. Looked at after every
// scrape, it exceeds 1/alpha + 1 with a chance of at most alpha while the canary is no worse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/judge/dispersion.h"
#include "core/judge/effects.h"
#include "core/judge/starts.h"

namespace kai::core {

// ln(1/alpha + 1): evidence from here on is proof.
[[nodiscard]] double proof_at(double alpha);

// What one scrape may bring: (proof + ln(1/weight)) / persist, a hair more, so that `persist` full
// scrapes reach the proof. `weight` in (0, 1] is the series' share of the pool.
[[nodiscard]] double scrape_cap(double proof, double weight, int persist);

// What one frame does to a mixture. Gains are indexed by effect.
struct MixtureFrame {
  std::span<const double, worse_effects> gain;  // ln e of this interval
  std::span<const double, worse_effects> ln_prior;
  double age;             // span * load ratio
  double opening_weight;  // of the slot that opens before the gains are added; 0: none
  double unstarted;       // weight not yet given
  double cap;             // the most by which the evidence may grow
};

// Upward process with slots and forfeits. All fields are state.
struct Mixture {
  double ln_evidence = 0;
  std::uint32_t open = 0;
  std::array<double, slots_max> ln_weight{};
  std::array<double, slots_max> age{};
  std::array<double, slots_max * worse_effects> sum{};  // of ln e, slot by slot

  // What the frame did, for the caller's own bookkeeping per slot.
  struct Done {
    std::optional<std::uint32_t> dropped;  // slots behind it moved down by one
    double forfeited = 0;                  // nats of evidence above the cap, taken out for good
  };
  Done observe(const MixtureFrame& frame, const DispersionCurve& curve);

  // The slot that contributes most, at the dispersion of its age; the oldest of equals. 0 when none
  // is open.
  [[nodiscard]] std::uint32_t strongest_slot(std::span<const double, worse_effects> ln_prior,
                                             const DispersionCurve& curve) const;

 private:
  [[nodiscard]] double contribution(std::uint32_t slot,
                                    std::span<const double, worse_effects> ln_prior,
                                    const DispersionCurve& curve) const;
  std::optional<std::uint32_t> open_slot(const MixtureFrame& frame, const DispersionCurve& curve);
  void drop(std::uint32_t slot);
};

// Process with one start and no forfeits. All fields are state.
template <std::size_t effects>
struct PlainMixture {
  double ln_evidence = 0;
  double age = 0;
  std::array<double, effects> sum{};

  // Each gain counts at most `cap`. `frame_age`: span * load ratio.
  void observe(std::span<const double, effects> gain, std::span<const double> ln_prior,
               double frame_age, double cap, const DispersionCurve& curve);
};

extern template struct PlainMixture<worse_effects>;
extern template struct PlainMixture<healthier_effects>;

}  // namespace kai::core
