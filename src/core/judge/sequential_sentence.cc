#include "core/judge/sequential_sentence.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/time.h"
#include "core/judge/dispersion.h"
#include "core/judge/planning.h"
#include "core/judge/sequential.h"
#include "core/judge/verdict.h"

namespace kai::core {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

double ratio(double part, double all) { return all > 0 ? part / all : 0; }

double canary_share(const SequentialFacts& facts) {
  return ratio(static_cast<double>(facts.bad), static_cast<double>(facts.requests));
}

// What the canary's share would have been at the baseline's rate, interval by interval.
double expected_share(const SequentialFacts& facts) {
  return ratio(facts.expected, static_cast<double>(facts.requests));
}

double baseline_share(const SequentialFacts& facts) {
  return ratio(static_cast<double>(facts.baseline_bad),
               static_cast<double>(facts.baseline_requests));
}

// One decimal, towards zero: 94.96 % must not be shown as the 95 % that it missed.
std::string success_text(double bad_share) {
  return fmt::format("{:.1f}%", std::floor((1 - bad_share) * 1000 + 1e-9) / 10);
}

std::string limit_text(double bad_limit) {
  return fmt::format("{:g}%", std::round((1 - bad_limit) * 1e8) / 1e6);
}

// Whole evidence; beyond a million nobody counts.
std::string evidence_text(double ln_evidence) {
  constexpr double most = 1e6;
  const double evidence = std::floor(std::exp(std::min(ln_evidence, 20.0)));
  return evidence >= most ? "over 1000000" : fmt::format("{:.0f}", evidence);
}

std::string needed_text(double chance) { return fmt::format("{:.0f}", 1 / chance + 1); }

Duration elapsed(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return config.interval * static_cast<std::int64_t>(verdict.facts.intervals);
}

double limit_of(const SequentialVerdict& verdict, const SequentialConfig& config) {
  for (const GateSettings& gate : config.gates) {
    if (gate.series == verdict.culprit) return gate.limit;
  }
  return 0;
}

std::string rollback(const SequentialVerdict& verdict, const SequentialConfig& config,
                     std::string_view why) {
  return fmt::format("ROLLBACK after {}: {}", time_text(elapsed(verdict, config)), why);
}

std::string comparison(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const SequentialFacts& facts = verdict.facts;
  return fmt::format("{} {} vs {} on the old version", config.series[verdict.culprit].name,
                     bad_share_text(canary_share(facts)), bad_share_text(expected_share(facts)));
}

std::string proved_worse(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const SequentialFacts& facts = verdict.facts;
  return rollback(
      verdict, config,
      fmt::format("{} ({} bad of {}; {:.0f} expected; {} scrapes agree). Chance of a false alarm: "
                  "below 1 in {:.0f}.",
                  comparison(verdict, config), facts.bad, facts.requests, facts.expected,
                  facts.agreeing, std::floor(1 / config.alpha + 1e-9)));
}

std::string panicked(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return rollback(verdict, config,
                  fmt::format("{} fails {} of requests (old version {}).",
                              config.series[verdict.culprit].service,
                              bad_share_text(canary_share(verdict.facts)),
                              bad_share_text(baseline_share(verdict.facts))));
}

std::string recurring(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const SequentialFacts& facts = verdict.facts;
  return rollback(
      verdict, config,
      fmt::format("{}, again and again ({} bad of {}; {:.0f} expected; four separate "
                  "bursts in 15m).",
                  comparison(verdict, config), facts.bad, facts.requests, facts.expected));
}

bool is_latency(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return config.series[verdict.culprit].kind == SeriesKind::latency_share;
}

std::string old_version(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const SequentialFacts& facts = verdict.facts;
  if (facts.baseline_requests == 0) return {};
  const double share = baseline_share(facts);
  return "; old version " +
         (is_latency(verdict, config) ? bad_share_text(share) : success_text(share));
}

// What the canary is held to by an absolute limit: of slow requests most that may be, of success
// the least.
std::string against_limit(const SequentialVerdict& verdict, const SequentialConfig& config,
                          std::string_view proved = "") {
  const SeriesSettings& series = config.series[verdict.culprit];
  const double share = canary_share(verdict.facts);
  const double limit = limit_of(verdict, config);
  if (is_latency(verdict, config)) {
    return fmt::format("{} {} are{} above {:g}%", series.name, bad_share_text(share), proved,
                       std::round(limit * 1e8) / 1e6);
  }
  return fmt::format("{} success {} is{} below {}", series.service, success_text(share), proved,
                     limit_text(limit));
}

std::string counted(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return fmt::format("({} bad of {}{})", verdict.facts.bad, verdict.facts.requests,
                     old_version(verdict, config));
}

std::string broken_limit(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return rollback(verdict, config,
                  against_limit(verdict, config, " proved") + " " + counted(verdict, config) + ".");
}

std::string failed_check(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return "ROLLBACK at the end: " + against_limit(verdict, config) + " (final check).";
}

std::string both_fail(const SequentialVerdict& verdict, const SequentialConfig& config,
                      std::string_view mark) {
  return fmt::format(
      "{}: both versions {} (canary {}, old {}): looks like a dependency, not your "
      "release.",
      mark, is_latency(verdict, config) ? "are slow" : "fail",
      bad_share_text(canary_share(verdict.facts)), bad_share_text(baseline_share(verdict.facts)));
}

std::string healthy(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const SeriesSettings& series = config.series[verdict.culprit];
  return fmt::format(
      "PASS after {}: {} proved below {:g}x + {:g}pp of the old version ({:.0f} "
      "expected, {} seen).",
      time_text(elapsed(verdict, config)), series.name, series.promise.rho,
      series.promise.delta * 100, verdict.facts.expected, verdict.facts.bad);
}

double tolerated_share(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const Tolerance& tolerance = config.series[verdict.culprit].tolerance;
  return tolerance.rho * expected_share(verdict.facts) + tolerance.delta;
}

std::string versus(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return fmt::format("{} {} vs {}", config.series[verdict.culprit].name,
                     bad_share_text(canary_share(verdict.facts)),
                     bad_share_text(expected_share(verdict.facts)));
}

std::string going_on(const SequentialVerdict& verdict, const SequentialConfig& config,
                     std::string_view where) {
  const auto time = duration_cast<seconds>(elapsed(verdict, config)).count();
  return fmt::format(
      "KEEP GOING {:02d}:{:02d}: {}, {} the tolerance (limit {}). Evidence against {} of {}, for "
      "{} "
      "of {}.",
      time / 60, time % 60, versus(verdict, config), where,
      bad_share_text(tolerated_share(verdict, config)), evidence_text(verdict.ln_evidence),
      needed_text(config.alpha), evidence_text(verdict.ln_healthy), needed_text(config.beta));
}

Duration quiet_time(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return config.interval * static_cast<std::int64_t>(verdict.facts.quiet_intervals);
}

std::string silent_canary(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const std::string quiet = time_text(quiet_time(verdict, config));
  if (verdict.facts.quiet_expected <= 0)
    return fmt::format("WAITING: no requests reach the canary (0 in {}).", quiet);
  return fmt::format("WAITING: no requests reach the canary (0 of about {:.0f} expected in {}).",
                     verdict.facts.quiet_expected, quiet);
}

// Young pods of the old version are not counted, so of it no more is said than that.
std::string not_begun(const SequentialVerdict& verdict, const SequentialConfig& config) {
  if (verdict.facts.quiet_intervals == 0)
    return "WAITING: the pods warm up; no interval yet in which both versions were seen.";
  const std::string_view old_version =
      verdict.facts.baseline_requests > 0 ? "" : ", and none were counted on the old version";
  return fmt::format("WAITING: no requests reach the canary (0 in {}){}.",
                     time_text(quiet_time(verdict, config)), old_version);
}

std::string silent_baseline(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const std::string quiet = time_text(quiet_time(verdict, config));
  if (verdict.facts.requests == 0)
    return fmt::format("WAITING: no requests reach either version (0 in {}).", quiet);
  return fmt::format("WAITING: no requests reach the old version ({}): nothing to compare with.",
                     quiet);
}

std::string breached(const SequentialVerdict& verdict, const SequentialConfig& config) {
  const ValueSettings& value = config.values[verdict.culprit];
  return rollback(
      verdict, config,
      fmt::format("{} was above {:g} in four of its last five values.", value.name, value.limit));
}

std::string below_limit(const SequentialVerdict& verdict, const SequentialConfig& config) {
  return "STAY: " + against_limit(verdict, config) + ", not proved " + counted(verdict, config) +
         ".";
}

}  // namespace

std::string sentence_of(const SequentialVerdict& verdict, const SequentialConfig& config) {
  switch (verdict.reason) {
    case VerdictReason::proved_worse:
    case VerdictReason::proved_beyond_tolerance:
      return proved_worse(verdict, config);
    case VerdictReason::recurring:
      return recurring(verdict, config);
    case VerdictReason::panic:
      return panicked(verdict, config);
    case VerdictReason::proved_below_threshold:
      return broken_limit(verdict, config);
    case VerdictReason::both_unhealthy_rollback:
      return both_fail(verdict, config, "ROLLBACK");
    case VerdictReason::threshold_check:
      return failed_check(verdict, config);
    case VerdictReason::value_breach:
      return breached(verdict, config);
    case VerdictReason::proved_healthy:
      return healthy(verdict, config);
    case VerdictReason::within_tolerance:
      return fmt::format("PASS after {}: {}, inside the tolerance (limit {}); not proved.",
                         time_text(elapsed(verdict, config)), versus(verdict, config),
                         bad_share_text(tolerated_share(verdict, config)));
    case VerdictReason::collecting:
      return going_on(verdict, config, "inside");
    case VerdictReason::outside_tolerance:
      return going_on(verdict, config, "not inside");
    case VerdictReason::too_few_requests:
      return "WAITING: fewer than 50 requests in this step for " +
             config.series[verdict.culprit].name + ".";
    case VerdictReason::warming_up:
      return not_begun(verdict, config);
    case VerdictReason::worse_within_tolerance:
      return fmt::format("WORSE BUT TOLERATED: {} is proved; your limit is {}.",
                         versus(verdict, config), bad_share_text(tolerated_share(verdict, config)));
    case VerdictReason::below_threshold:
      return below_limit(verdict, config);
    case VerdictReason::both_unhealthy:
      return both_fail(verdict, config, "HOLD");
    case VerdictReason::no_canary_traffic:
      return silent_canary(verdict, config);
    case VerdictReason::no_baseline_traffic:
      return silent_baseline(verdict, config);
    case VerdictReason::traffic_off_weight:
      return "WAITING: traffic does not follow the weight.";
    case VerdictReason::source_gap:
      return "WAITING: the metric source brought no evidence.";
    case VerdictReason::rejected_input:
      return "WAITING: the metric source brought impossible counts; they were ignored.";
    // Words of the other rules.
    case VerdictReason::below_success_threshold:
    case VerdictReason::above_latency_limit:
    case VerdictReason::threshold_ok:
    case VerdictReason::kayenta_score:
    case VerdictReason::kayenta_ok:
      break;
  }
  return "no evidence yet";
}

std::string bad_share_text(double share) {
  const double percent = share * 100;
  if (!(percent > 0)) return "0%";
  int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(percent))), 0, 6);
  // 9.96 has two digits as "10", not as "10.0".
  const double scale = std::pow(10.0, decimals);
  if (decimals > 0 && std::log10(std::round(percent * scale) / scale) >= 2 - decimals) --decimals;
  return fmt::format("{:.{}f}%", percent, decimals);
}

std::string time_text(Duration time) {
  const auto whole = duration_cast<seconds>(time).count();
  if (whole < 120) return fmt::format("{}s", whole);
  if (whole % 60 == 0) return fmt::format("{}m", whole / 60);
  return fmt::format("{}m{}s", whole / 60, whole % 60);
}

std::string not_proved(const SequentialVerdict& verdict, const SequentialConfig& config,
                       double weight, std::string_view policy) {
  return fmt::format("{}; {} by policy.", unproved_sentence(verdict, config, weight), policy);
}

std::string unproved_sentence(const SequentialVerdict& verdict, const SequentialConfig& config,
                              double weight) {
  const Duration time = elapsed(verdict, config);
  const double span = std::chrono::duration<double>(time).count();
  const auto requests = static_cast<double>(verdict.facts.requests);
  const SeriesSettings& series = config.series[verdict.culprit];
  std::optional<double> visible;
  if (span > 0 && requests > 0 && weight > 0 && weight < 1) {
    visible =
        visible_regression({.base = expected_share(verdict.facts),
                            .weight = weight,
                            .requests_per_second = requests / (weight * span),
                            .seconds = span,
                            .dispersion = dispersion_after(
                                series.dispersion, static_cast<double>(verdict.facts.intervals)),
                            .alpha = config.alpha,
                            .tolerance = series.tolerance});
  }
  const std::string reveal = visible
                                 ? fmt::format("can only reveal +{:.2g}pp or worse", *visible * 100)
                                 : std::string("reveal nothing");
  return fmt::format("NOT PROVED in {}: {} canary requests {}", time_text(time),
                     verdict.facts.requests, reveal);
}

}  // namespace kai::core
