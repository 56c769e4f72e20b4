// backtest: the judge and the threshold rule on what stable's pods counted in the last days.
// Changes nothing.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/config_sources.h"
#include "app/screen/backtest.h"
#include "app/screen/findings.h"
#include "app/service_file.h"
#include "base/seeded_random.h"
#include "core/judge/pace.h"
#include "core/plan/make_plan.h"
#include "engine/plans.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr int days_max = 30;
constexpr std::size_t windows_max = 2016;  // two weeks of ten minutes; more say little more
constexpr Duration learn_min = std::chrono::hours(1);
constexpr Duration learn_max = std::chrono::hours(6);  // as before a rollout
constexpr std::size_t learn_intervals_max = 1440;
// The same history gives the same figures.
constexpr std::uint64_t seed = 0x6b61692d63616e61;
constexpr Duration progress_every = std::chrono::seconds(10);
constexpr std::size_t lost_max = 5;

std::size_t intervals_in(Duration time, Duration interval) {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(1, (time + interval - Duration(1)) / interval));
}

class BacktestRun {
 public:
  BacktestRun(App& app, const Arguments& arguments, core::Plan plan, Duration length)
      : app_(app), arguments_(arguments), plan_(std::move(plan)), length_(length) {}

  int run() {
    auto platform = connect_cluster_or_code(app_, arguments_, plan_.target);
    if (!platform) return platform.error();
    platform_ = std::move(*platform);
    if (const auto code = find_stable()) return *code;
    if (const auto code = detect_metrics()) return *code;
    core::Plan sequential = plan_;
    sequential.limits.judge = core::JudgeRule::sequential;
    const Tree workload = engine::pack(stable_.workload), metrics = engine::pack(metrics_);
    interval_ = core::judge_interval(plan_, engine::scrape_interval(metrics));
    core::BacktestSettings settings = paces();
    settings.judge = engine::judge_config(sequential, workload, metrics);
    if (const auto code = begin(settings)) return *code;
    const auto made = core::Backtest::create(std::move(settings), random_);
    if (!made) return report(app_, "cannot judge", made.error(), exit_cannot_measure);
    backtest_.emplace(std::move(*made));
    // From here on there is something to show to whoever has waited enough.
    app_.on_signal = [this](int number) { signalled_ = number; };
    read();
    app_.on_signal = nullptr;
    return show();
  }

 private:
  // The next part; a person's signal is not kept waiting.
  Result<ports::HistoryPart> next_part() {
    const auto answer = std::make_shared<std::optional<Result<ports::HistoryPart>>>();
    platform_->history()->next(
        [answer](Result<ports::HistoryPart> part) { answer->emplace(std::move(part)); });
    static_cast<void>(app_.loop.run_until([&] { return answer->has_value() || signalled_ != 0; }));
    if (!answer->has_value()) return fail(ErrorKind::unavailable, "stopped by a person");
    return std::move(**answer);
  }

  std::optional<int> refused(const std::vector<ports::Finding>& findings) {
    narrate(app_, findings_lines(findings));
    const int code = exit_code_of(findings);
    return code == 0 ? std::nullopt : std::optional(code);
  }

  std::optional<int> find_stable() {
    auto stable = net::await<ports::Planned<ports::StableNow>>(
        app_.loop, [&](auto reply) { platform_->stable(plan_, std::move(reply)); });
    if (!stable) return report(app_, "cannot look at the release", stable.error(), exit_refused);
    if (const auto code = refused(stable->findings)) return code;
    stable_ = std::move(stable->plan);
    return std::nullopt;
  }

  // What a rollout would count. An idle hour is no reason against a look at the week.
  std::optional<int> detect_metrics() {
    core::Plan plan = plan_;
    plan.limits.judge = core::JudgeRule::threshold;  // its scatter is learned window by window
    plan.metrics.allow_idle = true;
    NoViewer nobody;
    ports::MetricSource& source = platform_->ports(nobody).metrics;
    auto metrics = net::await<ports::Planned<ports::MetricPlan>>(app_.loop, [&](auto reply) {
      source.plan(plan, stable_.workload, stable_.pods, std::move(reply));
    });
    if (!metrics)
      return report(app_, "cannot plan the metrics", metrics.error(), exit_cannot_measure);
    if (const auto code = refused(metrics->findings)) return code;
    metrics_ = std::move(metrics->plan);
    return std::nullopt;
  }

  [[nodiscard]] core::BacktestSettings paces() const {
    core::BacktestSettings settings{.judge = {},
                                    .steps = {},
                                    .canary_pods = plan_.canary_replicas,
                                    .check_every = intervals_in(plan_.timing.interval, interval_),
                                    .warm_up = intervals_in(plan_.limits.warm_up, interval_)};
    for (const core::Step& step : plan_.steps)
      settings.steps.push_back(
          {.weight = step.weight, .intervals = intervals_in(step.bake_time, interval_)});
    settings.learn_max = std::min(learn_intervals_max, intervals_in(learn_max, interval_));
    settings.learn_min = std::min(settings.learn_max, intervals_in(learn_min, interval_));
    return settings;
  }

  std::optional<int> begin(core::BacktestSettings& settings) {
    ports::HistoryAsk what{
        .plan = metrics_.data, .workloads = {}, .pods = stable_.pods, .length = length_};
    for (const ports::ServicePlan& service : stable_.workload.services)
      what.workloads.push_back(service.workload);
    const auto span = net::await<ports::HistorySpan>(
        app_.loop, [&](auto reply) { platform_->history()->begin(what, std::move(reply)); });
    if (!span) return report(app_, "cannot read the history", span.error(), exit_cannot_measure);
    span_ = *span;
    const std::size_t window = core::length_of(settings.steps);
    const std::size_t windows = intervals_in(span_.to - span_.from, interval_) / window;
    settings.apart = window * (windows / windows_max);
    return std::nullopt;
  }

  void read() {
    core::PastCutter cutter(span_.from, interval_);
    read_until_ = span_.from;
    bool last = false;
    while (!last) {
      auto part = next_part();
      if (!part) {
        trouble_ = part.error().message;
        break;
      }
      for (core::PastInterval& interval : cutter.cut(part->slices, part->until))
        backtest_->add(std::move(interval));
      read_until_ = part->until;
      last = part->last;
      for (std::string& lost : part->lost) {
        if (lost_.size() < lost_max) lost_.push_back(std::move(lost));
      }
      tell_progress(last);
    }
    if (drawn_) app_.err("\r\x1b[K");
  }

  void tell_progress(bool last) {
    const double done = seconds_of(read_until_ - span_.from) / seconds_of(span_.to - span_.from);
    const std::string text = fmt::format("read {:.0f}% of {}: {} rollouts so far", done * 100,
                                         format_duration(span_.to - span_.from),
                                         backtest_->report().identical.sequential.windows);
    if (app_.err_is_terminal) {
      app_.err("\r\x1b[K" + text);
      drawn_ = true;
    } else if (!last && app_.steady.now() - told_ >= progress_every) {
      narrate(app_, {{{text}}});
      told_ = app_.steady.now();
    }
  }

  int show() {
    BacktestView view{.plan = plan_,
                      .services = {},
                      .span = span_,
                      .read_until = read_until_,
                      .wished = length_,
                      .interval = interval_,
                      .report = backtest_->report(),
                      .trouble = trouble_,
                      .lost = std::move(lost_)};
    for (const ports::ServicePlan& service : stable_.workload.services)
      view.services.push_back(service.name);
    if (wants_data(app_, arguments_)) {
      print_data(app_, arguments_, backtest_tree(view));
    } else {
      print(app_, backtest_lines(view));
    }
    if (signalled_ != 0) return exit_signal + signalled_;
    if (!trouble_.empty()) return exit_unreachable;
    return view.report.identical.sequential.windows == 0 ? exit_cannot_measure : exit_done;
  }

  App& app_;
  const Arguments& arguments_;
  core::Plan plan_;
  Duration length_;
  std::unique_ptr<Platform> platform_;
  ports::StableNow stable_;
  ports::MetricPlan metrics_;
  Duration interval_{0};
  SeededRandom random_{seed};
  ports::HistorySpan span_;
  WallTime read_until_;
  std::optional<core::Backtest> backtest_;
  std::string trouble_;
  std::vector<std::string> lost_;
  SteadyTime told_;
  bool drawn_ = false;
  int signalled_ = 0;  // the number of the signal
};

// 1 to 30; empty: it is something else.
std::optional<int> days_in(const std::string& text) {
  int days = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole && days >= 1 && days <= days_max ? std::optional(days) : std::nullopt;
}

int say(App& app, const std::string& sentence, int code) {
  narrate(app, {{{"kai-canary: " + sentence}}});
  return code;
}

}  // namespace

int run_backtest(App& app, const Arguments& arguments) {
  const std::string asked = option_or(app, arguments, "days", "7");
  const auto days = days_in(asked);
  if (!days)
    return say(app, fmt::format("--days: '{}' is no number from 1 to {}", asked, days_max),
               exit_usage);
  const std::string word = arguments.words.empty() ? "" : arguments.words[0];
  const auto platform = choose_platform(app, arguments, is_service_file(word) ? "" : word);
  if (!platform) return platform.error();
  if (*platform == PlatformName::local)
    return say(app,
               "on one machine no history is kept: the splitter counts for the rollout at hand; a "
               "backtest needs a release on Kubernetes and its Prometheus",
               exit_cannot_measure);
  Arguments named = arguments;
  named.flags.emplace(named.flags.begin(), "canary", "true");
  if (!word.empty()) named.flags.emplace_back("release", word);
  auto defaults = helm_deploy_defaults(app);
  defaults.erase("env");
  const auto read = read_settings(app, named, std::move(defaults), NeedsChart::no);
  if (!read) {
    narrate(app, mistakes_lines(read.error()));
    return exit_usage;
  }
  core::Sources sources = read->sources;
  sources.defaults.try_emplace("tag", "v0");  // nothing is deployed
  auto plan = core::make_plan(sources);
  if (!plan) {
    narrate(app, mistakes_lines(plan.error()));
    return exit_usage;
  }
  return std::make_unique<BacktestRun>(app, named, std::move(*plan), *days * std::chrono::hours(24))
      ->run();
}

}  // namespace kai::app
