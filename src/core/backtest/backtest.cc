#include "core/backtest/backtest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/judge/bounds.h"
#include "core/judge/calibration.h"
#include "core/judge/judge_fresh.h"

namespace kai::core {
namespace {

constexpr double confidence = 0.95;
constexpr std::size_t learn_pods_max = 8;  // as before a rollout
constexpr std::array scatter_factors{1.5, 2.0, 3.0, 5.0, 10.0};
constexpr std::size_t forget_every = 1024;  // intervals

struct Ending {
  Outcome outcome = Outcome::inconclusive;
  std::uint32_t intervals = 0;  // up to it
  double ln_evidence = 0;
};

Ending run(JudgeConfig config, Rule rule, const FakeRollout& rollout) {
  config.rule = rule;
  Judge judge = Judge::create(config).value();
  Ending ending;
  for (std::size_t i = 0; i < rollout.frames.size(); ++i) {
    const Verdict verdict = judge_fresh(judge, rollout.frames[i]);
    ending = {.outcome = verdict.outcome,
              .intervals = static_cast<std::uint32_t>(rollout.intervals[i]),
              .ln_evidence = verdict.sequential ? verdict.sequential->ln_evidence : 0};
    if (verdict.outcome == Outcome::fail) return ending;
    // Proved healthy on the way ends a step early at most; the question is how the rollout ends.
  }
  return ending;
}

void count(const Ending& ending, RuleTally& tally) {
  tally.windows += 1;
  switch (ending.outcome) {
    case Outcome::fail:
      tally.rolled_back += 1;
      tally.intervals.push_back(ending.intervals);
      break;
    case Outcome::pass:
      tally.passed += 1;
      break;
    case Outcome::inconclusive:
      tally.not_proved += 1;
      break;
  }
}

// The ending under the sequential rule.
Ending judge(const JudgeConfig& learned, const FakeRollout& rollout, BothRules& tally) {
  const Ending ending = run(learned, Rule::sequential, rollout);
  count(ending, tally.sequential);
  count(run(learned, Rule::threshold, rollout), tally.threshold);
  return ending;
}

void scatter_more(std::vector<DispersionPoint>& points, double factor) {
  for (DispersionPoint& point : points) point.dispersion *= factor;
}

JudgeConfig with_more_scatter(JudgeConfig config, double factor) {
  for (ServiceConfig& service : config.services) {
    scatter_more(service.dispersion, factor);
    for (auto& edge : service.edge_dispersion) scatter_more(edge.points, factor);
  }
  return config;
}

// The pods of one service in `before`, at most so many, as columns.
PodRows rows_of(const std::deque<PastInterval>& before, std::uint32_t service) {
  std::set<std::string> names;
  for (const PastInterval& interval : before) {
    for (const PodPast& pod : interval.pods) {
      if (pod.service == service) names.insert(pod.pod);
    }
  }
  std::map<std::string, std::size_t> columns;
  for (const std::string& name : names) {
    if (columns.size() < learn_pods_max) columns.emplace(name, columns.size());
  }
  PodRows rows;
  for (const PastInterval& interval : before) {
    auto& row = rows.emplace_back(columns.size());
    for (const PodPast& pod : interval.pods) {
      const auto column = columns.find(pod.pod);
      if (pod.service == service && column != columns.end()) row[column->second] = pod.counts;
    }
  }
  return rows;
}

}  // namespace

double RuleTally::share() const {
  return windows == 0 ? 0 : static_cast<double>(rolled_back) / static_cast<double>(windows);
}

double RuleTally::share_max() const {
  return windows == 0 ? 1 : alarm_rate_bound(rolled_back, windows, confidence);
}

std::optional<std::uint32_t> RuleTally::median() const {
  const std::size_t middle = windows / 2;
  if (intervals.size() <= middle) return std::nullopt;
  std::vector<std::uint32_t> sorted = intervals;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(middle));
  return sorted[middle];
}

std::size_t windows_needed(double alpha) {
  return static_cast<std::size_t>(std::ceil(std::log(1 - confidence) / std::log1p(-alpha)));
}

Result<Backtest> Backtest::create(BacktestSettings settings, Random& random) {
  for (const Rule rule : {Rule::sequential, Rule::threshold}) {
    settings.judge.rule = rule;
    const auto judge = Judge::create(settings.judge);
    if (!judge) return std::unexpected(judge.error());
  }
  const bool whole = !settings.steps.empty() && settings.check_every > 0 &&
                     std::ranges::all_of(settings.steps, [](const FakeStep& step) {
                       return step.intervals > 0 && !step.weight.is_zero();
                     });
  if (!whole) return fail(ErrorKind::rejected, "backtest: a rollout without steps");
  return Backtest(std::move(settings), random);
}

Backtest::Backtest(BacktestSettings settings, Random& random)
    : settings_(std::move(settings)),
      fake_{.steps = settings_.steps,
            .services = static_cast<std::uint32_t>(settings_.judge.services.size()),
            .canary_pods = settings_.canary_pods,
            .check_every = settings_.check_every,
            .interval = settings_.judge.sequential.interval},
      random_(&random),
      windows_({.window = length_of(settings_.steps),
                .learn_min = settings_.learn_min,
                .learn_max = settings_.learn_max,
                .apart = settings_.apart,
                .services = fake_.services}) {
  report_.window = length_of(settings_.steps);
  report_.split_by_requests.resize(fake_.services);
  report_.pods_min.resize(fake_.services);
  report_.pods_max.resize(fake_.services);
  for (std::uint32_t service = 0; service < fake_.services; ++service) {
    for (const double shift : backtest_shifts)
      report_.shifts.push_back({.service = service, .shift = shift, .rules = {}});
  }
}

void Backtest::add(PastInterval interval) {
  report_.intervals += 1;
  note_pods(interval);
  drop_young(interval);
  if (windows_.add(std::move(interval))) judge_window();
}

void Backtest::note_pods(const PastInterval& interval) {
  std::vector<std::size_t> pods(fake_.services);
  for (const PodPast& pod : interval.pods) pods[pod.service] += 1;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    if (pods[i] == 0) continue;
    const bool first = report_.pods_max[i] == 0;
    report_.pods_min[i] = first ? pods[i] : std::min(report_.pods_min[i], pods[i]);
    report_.pods_max[i] = std::max(report_.pods_max[i], pods[i]);
  }
}

// As in a rollout. When those of the very first interval began is not known: they are old enough.
void Backtest::drop_young(PastInterval& interval) {
  const std::size_t now = report_.intervals;
  const std::size_t young = std::erase_if(interval.pods, [&](const PodPast& pod) {
    Seen& seen =
        pods_.try_emplace({pod.service, pod.pod}, Seen{.first = now, .last = now}).first->second;
    seen.last = now;
    return seen.first > 1 && now - seen.first < settings_.warm_up;
  });
  interval.warming = young > 0;
  if (now % forget_every != 0) return;
  std::erase_if(pods_, [&](const auto& pod) { return now - pod.second.last > forget_every; });
}

JudgeConfig Backtest::learned() const {
  JudgeConfig config = settings_.judge;
  for (std::uint32_t i = 0; i < config.services.size(); ++i) {
    ServiceConfig& service = config.services[i];
    PodCalibration known =
        calibrate_pods(rows_of(windows_.before(), i), service.edges, config.latency_max_seconds);
    service.dispersion = std::move(known.errors);
    service.judged_edges.clear();
    for (const auto& edge : known.edges) service.judged_edges.push_back(edge.edge);
    service.edge_dispersion = std::move(known.edges);
  }
  return config;
}

void Backtest::judge_window() {
  const FakeRollout rollout = make_fake_rollout(windows_.window(), fake_, *random_);
  if (rollout.idle) {
    report_.idle += windows_.window().size();
    return;
  }
  for (std::size_t i = 0; i < rollout.split_by_requests.size(); ++i) {
    if (rollout.split_by_requests[i]) report_.split_by_requests[i] += 1;
  }
  const JudgeConfig config = learned();
  const Ending ending = judge(config, rollout, report_.identical);
  evidence_sum_ +=
      std::exp(std::min(ending.ln_evidence, -std::log(settings_.judge.sequential.alpha)));
  if (ending.outcome == Outcome::fail) try_more_scatter(config, rollout);
  for (ShiftTally& shift : report_.shifts) {
    FakeRollout worse = rollout;
    add_errors(worse, shift.service, shift.shift, *random_);
    static_cast<void>(judge(config, worse, shift.rules));
  }
}

void Backtest::try_more_scatter(const JudgeConfig& learned, const FakeRollout& rollout) {
  for (const double factor : scatter_factors) {
    const Ending ending = run(with_more_scatter(learned, factor), Rule::sequential, rollout);
    if (ending.outcome == Outcome::fail) continue;
    factor_ = std::max(factor_, factor);
    return;
  }
  factor_found_ = false;
}

BacktestReport Backtest::report() const {
  BacktestReport report = report_;
  report.left_out = windows_.left_out();
  const std::size_t windows = report.identical.sequential.windows;
  if (windows == 0) return report;
  report.evidence_mean = evidence_sum_ / static_cast<double>(windows);
  if (factor_found_) report.scatter_factor = factor_;
  return report;
}

}  // namespace kai::core
