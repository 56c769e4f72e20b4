#include "core/judge/effects.h"
#include <array>
#include <cstddef>

#include "core/judge/portable_math.h"

namespace kai::core {
namespace {

// Hexadecimal, so that every compiler reads the same bits; computed with 50 digits.
constexpr std::array<double, worse_effects> worse_ratio = {
    0x1.199999999999ap+0, 0x1.7aad0ca15be39p+0, 0x1.fd378a119fb31p+0, 0x1.5661316b680b3p+1,
    0x1.cc68805022dc4p+1, 0x1.358ff7740fbcfp+2, 0x1.a0471eacf7c03p+2, 0x1.17e400add6adbp+3,
    0x1.7860995b2251dp+3, 0x1.fa203b890e744p+3, 0x1.544d256426969p+4, 0x1.c99d0aaac7b4bp+4,
    0x1.33aeeaa92ba3fp+5, 0x1.9dc03ccc185e8p+5, 0x1.16310fc533fc4p+6, 0x1.7617b883b6fa2p+6,
    0x1.f70dbaaacd4d4p+6, 0x1.523c542593993p+7, 0x1.c6d5ecd284914p+7, 0x1.31d0c9678b525p+8,
    0x1.9b3d482737d35p+8, 0x1.1480c2bef9f07p+9, 0x1.73d2648e1a0f0p+9, 0x1.f400000000000p+9};
constexpr std::array<double, worse_effects> worse_ln_ratio = {
    0x1.8663f793c46c7p-4, 0x1.90e64771f1bccp-2, 0x1.6019c87f792f3p-1, 0x1.f7c06d45f9800p-1,
    0x1.47b389063ce86p+0, 0x1.9386db697d10dp+0, 0x1.df5a2dccbd393p+0, 0x1.1596c017feb0dp+1,
    0x1.3b8069499ec50p+1, 0x1.616a127b3ed93p+1, 0x1.8753bbacdeed7p+1, 0x1.ad3d64de7f01ap+1,
    0x1.d3270e101f15dp+1, 0x1.f910b741bf2a0p+1, 0x1.0f7d3039af9f2p+2, 0x1.227204d27fa93p+2,
    0x1.3566d96b4fb35p+2, 0x1.485bae041fbd7p+2, 0x1.5b50829cefc78p+2, 0x1.6e455735bfd1ap+2,
    0x1.813a2bce8fdbbp+2, 0x1.942f00675fe5dp+2, 0x1.a723d5002feffp+2, 0x1.ba18a998fffa0p+2};
constexpr std::array<double, worse_effects> worse_ln_prior = {
    -0x1.b5e54dada0c2cp+0, -0x1.e8722f4520ddbp+0, -0x1.0d7f886e507c5p+1, -0x1.26c5f93a1089dp+1,
    -0x1.400c6a05d0974p+1, -0x1.5952dad190a4cp+1, -0x1.72994b9d50b23p+1, -0x1.8bdfbc6910bfbp+1,
    -0x1.a5262d34d0cd2p+1, -0x1.be6c9e0090daap+1, -0x1.d7b30ecc50e81p+1, -0x1.f0f97f9810f59p+1,
    -0x1.051ff831e8818p+2, -0x1.11c33097c8884p+2, -0x1.1e6668fda88efp+2, -0x1.2b09a1638895bp+2,
    -0x1.37acd9c9689c7p+2, -0x1.4450122f48a33p+2, -0x1.50f34a9528a9ep+2, -0x1.5d9682fb08b0ap+2,
    -0x1.6a39bb60e8b76p+2, -0x1.76dcf3c6c8be2p+2, -0x1.83802c2ca8c4dp+2, -0x1.9023649288cb9p+2};
constexpr std::array<double, healthier_effects> healthier_ratio = {
    0x1.d1745d1745d17p-1, 0x1.5897330c02e6dp-1, 0x1.fe38f78a17f62p-2, 0x1.79bbd815ac6e5p-2,
    0x1.17a5eeb73fb15p-2, 0x1.9e108d5a254c2p-3, 0x1.328b89f2e0f4bp-3, 0x1.c5e3d047cf58bp-4,
    0x1.5007694450d00p-4, 0x1.f18baae9589dbp-5, 0x1.70593f3da5791p-5, 0x1.10b336e39c6bap-5,
    0x1.93c6ded3b2dbcp-6, 0x1.2aedbdd501b9ap-6, 0x1.ba9cd2377223ep-7, 0x1.47ae147ae147bp-7};
constexpr std::array<double, healthier_effects> healthier_ln_ratio = {
    -0x1.8663f793c46c7p-4, -0x1.95788203e6b45p-2, -0x1.64ac03116e26cp-1, -0x1.fe9bc520e8f36p-1,
    -0x1.4c45c39831e00p+0, -0x1.993da49fef465p+0, -0x1.e63585a7acacap+0, -0x1.1996b357b5097p+1,
    -0x1.4012a3db93bcap+1, -0x1.668e945f726fcp+1, -0x1.8d0a84e35122fp+1, -0x1.b38675672fd61p+1,
    -0x1.da0265eb0e894p+1, -0x1.003f2b37769e3p+2, -0x1.137d237965f7cp+2, -0x1.26bb1bbb55516p+2};
constexpr std::array<double, healthier_effects> healthier_ln_prior = {
    -0x1.aa1b10b52c6f9p+0, -0x1.dd6afc0faab3cp+0, -0x1.085d73b5147c0p+1, -0x1.22056962539e1p+1,
    -0x1.3bad5f0f92c03p+1, -0x1.555554bcd1e24p+1, -0x1.6efd4a6a11046p+1, -0x1.88a5401750268p+1,
    -0x1.a24d35c48f489p+1, -0x1.bbf52b71ce6abp+1, -0x1.d59d211f0d8cdp+1, -0x1.ef4516cc4caeep+1,
    -0x1.0476863cc5e88p+2, -0x1.114a811365799p+2, -0x1.1e1e7bea050aap+2, -0x1.2af276c0a49bap+2};

// `first` and `last` are ln(odds / odds of the limit).
LimitGrid shares_between(double first, double last, double limit) {
  const double limit_odds = limit / (1.0 - limit);
  LimitGrid grid;
  for (std::size_t j = 0; j < worse_effects; ++j) {
    const double ln_ratio =
        first + (last - first) * (static_cast<double>(j) / static_cast<double>(worse_effects - 1));
    const double odds = limit_odds * exp_of(ln_ratio);
    grid.ln_good[j] = log1p_of(limit_odds) - log1p_of(odds);
    grid.ln_bad[j] = ln_ratio + grid.ln_good[j];
  }
  return grid;
}

}  // namespace

const EffectGrid& worse_grid() {
  static constexpr EffectGrid grid{
      .ratio = worse_ratio, .ln_ratio = worse_ln_ratio, .ln_prior = worse_ln_prior};
  return grid;
}

const EffectGrid& healthier_grid() {
  static constexpr EffectGrid grid{
      .ratio = healthier_ratio, .ln_ratio = healthier_ln_ratio, .ln_prior = healthier_ln_prior};
  return grid;
}

LimitGrid shares_above(double limit) {
  return shares_between(ln_of(1.15), ln_of(999.0) - ln_of(limit / (1.0 - limit)), limit);
}

LimitGrid shares_below(double limit) { return shares_between(-ln_of(1.15), -ln_of(100.0), limit); }

}  // namespace kai::core
