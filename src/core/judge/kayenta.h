// Kayenta's judgement, for those who know it from elsewhere: NetflixACAJudge-v1.0 of
// spinnaker/kayenta (Apache-2.0), by its documented behaviour. It carries no guarantee.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/judge/verdict.h"

namespace kai::core {

enum class KayentaLabel : std::uint8_t { pass, high, low, nodata, nodata_fail_metric, error };
enum class KayentaDirection : std::uint8_t { increase, decrease, either };
enum class KayentaEffect : std::uint8_t { mean_ratio, cles };

struct KayentaMetric {
  std::string name;
  std::string group = "all";
  bool critical = false;
  bool must_have_data = false;
  KayentaDirection direction = KayentaDirection::either;
  bool replace_missing = false;  // NaN becomes 0; else it is dropped
  bool remove_outliers = false;
  double outlier_factor = 3;
  KayentaEffect effect = KayentaEffect::mean_ratio;
  double allowed_increase = 1;  // with cles, 0.5 is its "no effect"
  double allowed_decrease = 1;
  double critical_increase = 1;
  double critical_decrease = 1;
};

struct KayentaResult {
  KayentaLabel label = KayentaLabel::pass;
  bool critical_failure = false;

  friend bool operator==(const KayentaResult&, const KayentaResult&) = default;
};

// One value per step and arm; NaN = none. The arms are not paired in time.
[[nodiscard]] KayentaResult classify(const KayentaMetric& metric, std::span<const double> canary,
                                     std::span<const double> baseline);

// 0 to 100, two decimals. Groups without a weight share what the given weights leave of 100.
struct KayentaGroupWeight {
  std::string group;
  double weight = 0;
};
[[nodiscard]] double kayenta_score(std::span<const KayentaMetric> metrics,
                                   std::span<const KayentaResult> results,
                                   std::span<const KayentaGroupWeight> weights);

struct KayentaConfig {
  std::vector<KayentaMetric> metrics;  // at least one
  std::vector<KayentaGroupWeight> weights;
  double pass = 95;
  double marginal = 75;
  std::size_t planned_points = 60;  // 1 to 4096, per arm
  std::size_t lookback = 0;         // last points that are judged; 0: all
};

struct KayentaVerdict {
  Outcome outcome = Outcome::inconclusive;
  VerdictReason reason = VerdictReason::collecting;
  double score = 0;  // 0 without a judgement
  std::vector<KayentaResult> results;
};

class KayentaRule {
 public:
  // `rejected`: no metric, or a number out of its range.
  [[nodiscard]] static Result<KayentaRule> create(KayentaConfig config);

  struct Point {
    double canary = 0;
    double baseline = 0;
  };
  // One point per metric, in configuration order. A score at or below `marginal` fails at once; at
  // the final ask one below `pass` does. Points beyond the planned ones push the oldest out.
  [[nodiscard]] KayentaVerdict observe(std::span<const Point> points, Ask ask);

 private:
  struct Arms {
    std::vector<double> canary;
    std::vector<double> baseline;
  };
  explicit KayentaRule(KayentaConfig config);

  KayentaConfig config_;
  std::vector<Arms> arms_;
  KayentaVerdict last_;
};

}  // namespace kai::core
