#include "core/judge/mixture.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/judge/dispersion.h"
#include "core/judge/effects.h"
#include "core/judge/portable_math.h"
#include "core/judge/starts.h"

namespace kai::core {
namespace {

// Pointers to what does not overlap: only then may the compiler take several effects at once.
[[gnu::always_inline]] inline void add_gain(double* __restrict sums,
                                            const double* __restrict gain) {
  for (std::size_t j = 0; j < worse_effects; ++j) sums[j] += gain[j];
}

// What a slot adds to the evidence, effect by effect.
[[gnu::always_inline]] inline void write_terms(double* __restrict terms,
                                               const double* __restrict sums,
                                               const double* __restrict ln_prior, double ln_weight,
                                               double dispersion) {
  for (std::size_t j = 0; j < worse_effects; ++j)
    terms[j] = ln_weight + ln_prior[j] + sums[j] / dispersion;
}

// ln(sum of e^terms over the slots + unstarted): 0 nats for what has not started.
double with_unstarted(double slots, double unstarted) {
  return unstarted > 0 ? add_in_logs(slots, ln_of(unstarted)) : slots;
}

}  // namespace

double proof_at(double alpha) { return ln_of(1.0 / alpha + 1.0); }

double scrape_cap(double proof, double weight, int persist) {
  return (proof + ln_of(1.0 / weight)) / static_cast<double>(persist) * (1.0 + 0x1p-40);
}

double Mixture::contribution(std::uint32_t slot, std::span<const double, worse_effects> ln_prior,
                             const DispersionCurve& curve) const {
  std::array<double, worse_effects> terms;
  write_terms(terms.data(), &sum[slot * worse_effects], ln_prior.data(), 0, curve.at(age[slot]));
  return ln_weight[slot] + ln_sum_exp(terms);
}

std::uint32_t Mixture::strongest_slot(std::span<const double, worse_effects> ln_prior,
                                      const DispersionCurve& curve) const {
  std::uint32_t best = 0;
  double most = 0;
  for (std::uint32_t slot = 0; slot < open; ++slot) {
    const double value = contribution(slot, ln_prior, curve);
    if (slot == 0 || value > most) {
      best = slot;
      most = value;
    }
  }
  return best;
}

void Mixture::drop(std::uint32_t slot) {
  std::copy(ln_weight.begin() + slot + 1, ln_weight.begin() + open, ln_weight.begin() + slot);
  std::copy(age.begin() + slot + 1, age.begin() + open, age.begin() + slot);
  std::copy(sum.begin() + (slot + 1) * worse_effects, sum.begin() + open * worse_effects,
            sum.begin() + slot * worse_effects);
  --open;
}

// Without a free slot the one that contributes least is dropped. That only lowers the evidence, and
// memory stays constant for rollouts of any length. The newcomer is no candidate.
std::optional<std::uint32_t> Mixture::open_slot(const MixtureFrame& frame,
                                                const DispersionCurve& curve) {
  std::optional<std::uint32_t> dropped;
  if (open == slots_max) {
    std::uint32_t worst = 0;
    double least = contribution(0, frame.ln_prior, curve);
    for (std::uint32_t slot = 1; slot < open; ++slot) {
      const double value = contribution(slot, frame.ln_prior, curve);
      if (value < least) {
        worst = slot;
        least = value;
      }
    }
    drop(worst);
    dropped = worst;
  }
  ln_weight[open] = ln_of(frame.opening_weight);
  age[open] = 0;
  std::fill_n(sum.begin() + open * worse_effects, worse_effects, 0.0);
  ++open;
  return dropped;
}

KAI_WIDE Mixture::Done Mixture::observe(const MixtureFrame& frame, const DispersionCurve& curve) {
  Done done;
  if (frame.opening_weight > 0) done.dropped = open_slot(frame, curve);
  std::array<double, slots_max * worse_effects> terms;
  std::array<double, slots_max> dispersion;
  const auto gain = frame.gain.data(), ln_prior = frame.ln_prior.data();
  for (std::uint32_t slot = 0; slot < open; ++slot) {
    age[slot] += frame.age;
    dispersion[slot] = curve.at(age[slot]);
    const std::size_t first = slot * worse_effects;
    add_gain(&sum[first], gain);
    write_terms(&terms[first], &sum[first], ln_prior, ln_weight[slot], dispersion[slot]);
  }
  const double slots = ln_sum_exp(std::span(terms).first(open * worse_effects));
  double total = with_unstarted(slots, frame.unstarted);
  const double limit = ln_evidence + frame.cap;
  if (total > limit) {
    const double left = frame.unstarted > 0 ? log1p_of(-frame.unstarted * exp_of(-limit)) : 0.0;
    done.forfeited = slots - (limit + left);
    for (std::uint32_t slot = 0; slot < open; ++slot) {
      const double excess = done.forfeited * dispersion[slot];
      for (std::size_t j = 0; j < worse_effects; ++j) sum[slot * worse_effects + j] -= excess;
    }
    total = limit;
  }
  ln_evidence = total;
  return done;
}

template <std::size_t effects>
void PlainMixture<effects>::observe(std::span<const double, effects> gain,
                                    std::span<const double> ln_prior, double frame_age, double cap,
                                    const DispersionCurve& curve) {
  age += frame_age;
  const double dispersion = curve.at(age);
  std::array<double, effects> terms;
  for (std::size_t j = 0; j < effects; ++j) {
    sum[j] += gain[j] < cap ? gain[j] : cap;
    terms[j] = ln_prior[j] + sum[j] / dispersion;
  }
  ln_evidence = ln_sum_exp(terms);
}

template struct PlainMixture<worse_effects>;
template struct PlainMixture<healthier_effects>;

}  // namespace kai::core
