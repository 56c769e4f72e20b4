#include "core/judge/kayenta.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/error.h"
#include "core/judge/mann_whitney.h"
#include "core/judge/verdict.h"

namespace kai::core {
namespace {

constexpr double confidence_z = 2.3263478740408408;  // 98 %
constexpr double tolerance = 0.25;                   // of the estimate
constexpr std::size_t points_max = 4096;
constexpr double nodata_share_max = 0.5;

std::vector<double> without_missing(const KayentaMetric& metric, std::span<const double> values) {
  std::vector<double> kept;
  for (const double value : values) {
    if (!std::isnan(value)) {
      kept.push_back(value);
    } else if (metric.replace_missing) {
      kept.push_back(0);
    }
  }
  return kept;
}

// R's type 7: linear between the neighbours of position (length - 1) p. `sorted` is not empty.
double percentile(const std::vector<double>& sorted, double p) {
  const double position = static_cast<double>(sorted.size() - 1) * p;
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - std::floor(position));
}

void remove_outliers(std::vector<double>& values, double factor) {
  if (values.empty()) return;
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const double q1 = percentile(sorted, 0.25), q3 = percentile(sorted, 0.75);
  const double low = std::min(percentile(sorted, 0.01), q1 - factor * (q3 - q1));
  const double high = std::max(percentile(sorted, 0.99), q3 + factor * (q3 - q1));
  std::erase_if(values, [&](double value) { return value < low || value > high; });
}

std::vector<double> prepared(const KayentaMetric& metric, std::span<const double> values) {
  std::vector<double> kept = without_missing(metric, values);
  if (metric.remove_outliers) remove_outliers(kept, metric.outlier_factor);
  return kept;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double effect_of(const KayentaMetric& metric, const std::vector<double>& canary,
                 const std::vector<double>& baseline) {
  if (metric.effect == KayentaEffect::cles) return chance_of_larger(canary, baseline);
  const double above = mean_of(canary), below = mean_of(baseline);
  if (above == 0 || below == 0) return std::numeric_limits<double>::quiet_NaN();
  return above / below;
}

bool is_constant(const std::vector<double>& values) {
  return std::ranges::all_of(values, [&](double value) { return value == values[0]; });
}

// Kayenta adds noise of a hundred-thousandth of the value to constant arms; this is its limit.
// Noise on a single point or on zeros does not help it.
std::optional<ShiftInterval> shift_of(const std::vector<double>& canary,
                                      const std::vector<double>& baseline) {
  if (!is_constant(canary) || !is_constant(baseline))
    return mann_whitney_interval(canary, baseline, confidence_z);
  const auto is_bare = [](const std::vector<double>& arm) {
    return arm.size() == 1 || arm[0] == 0;
  };
  if (is_bare(canary) && is_bare(baseline)) return std::nullopt;
  const double shift = canary[0] - baseline[0];
  return ShiftInterval{.low = shift, .high = shift, .estimate = shift};
}

bool is_same(std::vector<double> canary, std::vector<double> baseline) {
  std::ranges::sort(canary);
  std::ranges::sort(baseline);
  if (canary == baseline) return true;
  return is_constant(canary) && is_constant(baseline) && canary[0] == baseline[0];
}

KayentaResult without_data(const KayentaMetric& metric) {
  if (metric.replace_missing) return {.label = KayentaLabel::pass};
  if (metric.must_have_data && !metric.critical) return {.label = KayentaLabel::nodata_fail_metric};
  return {.label = KayentaLabel::nodata, .critical_failure = metric.critical};
}

KayentaResult labelled(const KayentaMetric& metric, const ShiftInterval& shift, double effect) {
  const auto at_least = [&](double limit) { return std::isnan(effect) || effect >= limit; };
  const auto at_most = [&](double limit) { return std::isnan(effect) || effect <= limit; };
  const double harmless = tolerance * std::fabs(shift.estimate);
  if (metric.direction != KayentaDirection::decrease && shift.low > harmless &&
      at_least(metric.allowed_increase)) {
    return {.label = KayentaLabel::high,
            .critical_failure = metric.critical && at_least(metric.critical_increase)};
  }
  if (metric.direction != KayentaDirection::increase && shift.high < -harmless &&
      at_most(metric.allowed_decrease)) {
    return {.label = KayentaLabel::low,
            .critical_failure = metric.critical && at_most(metric.critical_decrease)};
  }
  return {.label = KayentaLabel::pass};
}

struct GroupCount {
  double passed = 0;
  double counted = 0;
  [[nodiscard]] double score() const { return counted == 0 ? 100 : 100 * passed / counted; }
};

void count(GroupCount& group, KayentaLabel label) {
  switch (label) {
    case KayentaLabel::pass:
      ++group.passed;
      ++group.counted;
      break;
    case KayentaLabel::high:
    case KayentaLabel::low:
    case KayentaLabel::nodata_fail_metric:
      ++group.counted;
      break;
    case KayentaLabel::nodata:
    case KayentaLabel::error:
      break;
  }
}

// Half up at the third decimal of the shortest text of the number.
double rounded(double score) {
  const std::string text = fmt::format("{}", score);
  const auto dot = text.find('.');
  if (dot == std::string::npos || text.find('e') != std::string::npos) return std::round(score);
  const std::string decimals = (text.substr(dot + 1) + "000").substr(0, 3);
  double hundredths = std::stod(text.substr(0, dot)) * 100 + std::stod(decimals.substr(0, 2));
  if (decimals[2] >= '5') ++hundredths;
  return hundredths / 100;
}

bool is_zero(std::span<const KayentaResult> results) {
  std::size_t nodata = 0;
  for (const KayentaResult& result : results) {
    if (result.critical_failure && result.label != KayentaLabel::pass) return true;
    if (result.label == KayentaLabel::nodata) ++nodata;
  }
  return static_cast<double>(nodata) >= nodata_share_max * static_cast<double>(results.size());
}

}  // namespace

KayentaResult classify(const KayentaMetric& metric, std::span<const double> canary,
                       std::span<const double> baseline) {
  const std::vector<double> x = prepared(metric, canary), y = prepared(metric, baseline);
  if (x.empty() || y.empty()) return without_data(metric);
  if (is_same(x, y)) return {.label = KayentaLabel::pass};
  const auto shift = shift_of(x, y);
  if (!shift) return {.label = KayentaLabel::error};
  return labelled(metric, *shift, effect_of(metric, x, y));
}

double kayenta_score(std::span<const KayentaMetric> metrics, std::span<const KayentaResult> results,
                     std::span<const KayentaGroupWeight> weights) {
  if (is_zero(results)) return 0;
  std::map<std::string, GroupCount> groups;
  for (std::size_t i = 0; i < metrics.size(); ++i)
    count(groups[metrics[i].group], results[i].label);
  const auto given = [&](const std::string& group) {
    const auto found = std::ranges::find(weights, group, &KayentaGroupWeight::group);
    return found == weights.end() ? std::optional<double>() : found->weight;
  };
  double left = 100;
  std::size_t sharing = 0;
  for (const auto& [name, group] : groups) {
    if (const auto weight = given(name)) {
      left -= *weight;
    } else {
      ++sharing;
    }
  }
  double sum = 0;
  for (const auto& [name, group] : groups) {
    const double share = sharing == 0 ? 0 : left / static_cast<double>(sharing);
    sum += group.score() * given(name).value_or(share) / 100;
  }
  return rounded(sum);
}

Result<KayentaRule> KayentaRule::create(KayentaConfig config) {
  const auto refuse = [](const char* why) {
    return fail(ErrorKind::rejected, std::string("judge: ") + why);
  };
  if (config.metrics.empty()) return refuse("no metric: an empty list is never healthy");
  if (!(config.marginal >= 0 && config.marginal <= config.pass && config.pass <= 100))
    return refuse("0 <= marginal score <= pass score <= 100 does not hold");
  if (config.planned_points < 1 || config.planned_points > points_max)
    return refuse("1 to 4096 points can be planned");
  return KayentaRule(std::move(config));
}

KayentaRule::KayentaRule(KayentaConfig config)
    : config_(std::move(config)), arms_(config_.metrics.size()) {
  for (Arms& arms : arms_) {
    arms.canary.reserve(config_.planned_points);
    arms.baseline.reserve(config_.planned_points);
  }
}

KayentaVerdict KayentaRule::observe(std::span<const Point> points, Ask ask) {
  KAI_CHECK(points.size() == arms_.size());
  if (last_.outcome == Outcome::fail) return last_;
  KayentaVerdict verdict;
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    Arms& arms = arms_[i];
    if (arms.canary.size() == config_.planned_points) {
      arms.canary.erase(arms.canary.begin());
      arms.baseline.erase(arms.baseline.begin());
    }
    arms.canary.push_back(points[i].canary);
    arms.baseline.push_back(points[i].baseline);
    const std::size_t judged =
        config_.lookback == 0 ? arms.canary.size() : std::min(config_.lookback, arms.canary.size());
    verdict.results.push_back(classify(config_.metrics[i], std::span(arms.canary).last(judged),
                                       std::span(arms.baseline).last(judged)));
  }
  verdict.score = kayenta_score(config_.metrics, verdict.results, config_.weights);
  const bool at_end = ask == Ask::final;
  if (verdict.score <= config_.marginal || (at_end && verdict.score < config_.pass)) {
    verdict.outcome = Outcome::fail;
    verdict.reason = VerdictReason::kayenta_score;
  } else if (at_end) {
    verdict.outcome = Outcome::pass;
    verdict.reason = VerdictReason::kayenta_ok;
  }
  return last_ = verdict;
}

}  // namespace kai::core
