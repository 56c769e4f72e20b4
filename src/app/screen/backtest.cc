#include "app/screen/backtest.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "app/screen/findings.h"
#include "app/screen/table.h"
#include "core/judge/bounds.h"

namespace kai::app {
namespace {

constexpr double much_not_proved = 0.25;
constexpr double evidence_too_high = 2;

// "0.31%", "12%": two digits that tell something.
std::string percent(double share) {
  const double value = share * 100;
  if (value <= 0) return "0%";
  if (value < 0.1) return fmt::format("{:.3f}%", value);
  if (value < 9.95) return fmt::format("{:.2g}%", value);
  if (value < 99) return fmt::format("{:.0f}%", value);
  return value < 100 ? fmt::format("{:.1f}%", std::min(value, 99.9)) : "100%";
}

std::string points(double shift) { return fmt::format("+{:g} pp", shift * 100); }

std::string moment(WallTime time) {
  std::string text = format_wall_time(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

class Words {
 public:
  explicit Words(const BacktestView& view)
      : view_(view),
        report_(view.report),
        identical_(report_.identical.sequential),
        alpha_(view.plan.limits.false_alarm_percent / 100) {}

  // What the windows say about the promise.
  [[nodiscard]] std::pair<std::string, Colour> answer() const {
    if (identical_.windows == 0) {
      return {fmt::format("NOTHING CAN BE SAID: no stretch of {} in {} of history could be used",
                          time(report_.window), time(report_.intervals)),
              Colour::attention};
    }
    const std::string counted =
        fmt::format("{} of {} rollouts of the same version were rolled back",
                    identical_.rolled_back, identical_.windows);
    const std::string bound = fmt::format("at most {} (95% sure), promised {}",
                                          percent(identical_.share_max()), percent(alpha_));
    if (is_refuted())
      return {fmt::format("MORE FALSE ALARMS THAN PROMISED: {}: {}, promised at most {}", counted,
                          percent(identical_.share()), percent(alpha_)),
              Colour::bad};
    if (identical_.share_max() > alpha_)
      return {fmt::format("NOT ENOUGH TO TELL: {}: {}", counted, bound), Colour::attention};
    if (is_chance_alone())
      return {fmt::format("ONLY CHANCE WAS TESTED: {}: {}", counted, bound), Colour::attention};
    return {fmt::format("KEEPS ITS PROMISE: {}: {}", counted, bound), Colour::good};
  }

  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    if (!view_.trouble.empty())
      notes.push_back("the history was not read to its end: " + view_.trouble);
    if (view_.span.shortened)
      notes.push_back(fmt::format("there are too many samples for {}: only the newest {} are read",
                                  format_duration(view_.wished),
                                  format_duration(view_.span.to - view_.span.from)));
    if (view_.span.only_todays)
      notes.push_back(
          "pods that are gone cannot be told from those of others by their names: only the "
          "history of today's pods is read");
    for (const std::string& lost : view_.lost) notes.push_back("not counted: " + lost);
    if (identical_.windows == 0) {
      notes.push_back(remedy_without_windows());
      return notes;
    }
    note_splits(notes);
    note_promise(notes);
    note_power(notes);
    return notes;
  }

  [[nodiscard]] std::string time(std::size_t intervals) const {
    return format_duration(view_.interval * static_cast<std::int64_t>(intervals));
  }

  [[nodiscard]] std::string left_out() const {
    const core::LeftOut& left = report_.left_out;
    std::string text;
    const auto say = [&](std::size_t intervals, std::string_view why) {
      if (intervals > 0)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", time(intervals), why);
    };
    say(left.learning, "to learn from");
    say(left.deploy, "of deploys");
    say(left.gap, "without samples");
    say(left.warm_up, "of pods that warmed up");
    say(report_.idle, "without traffic");
    say(left.apart, "between rollouts");
    say(left.rest, "too short for one");
    return text.empty() ? "nothing" : text;
  }

  [[nodiscard]] std::string pods() const {
    std::string text;
    for (std::size_t i = 0; i < view_.services.size(); ++i) {
      const std::size_t least = report_.pods_min[i], most = report_.pods_max[i];
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", view_.services[i], least);
      if (most != least) text += fmt::format(" to {}", most);
      if (report_.split_by_requests[i] > 0)
        text += identical_.windows == report_.split_by_requests[i] ? " (dealt out by requests)"
                                                                   : " (partly by requests)";
    }
    return text;
  }

  [[nodiscard]] std::string rollouts() const {
    return fmt::format("{} of {}{}", identical_.windows, steps_text(view_.plan),
                       identical_.windows == 0 || is_chance_alone()
                           ? ""
                           : "; pods of stable were drawn to be the canary");
  }

 private:
  // One-sided Clopper-Pearson from below: the rate is above what is promised.
  [[nodiscard]] bool is_refuted() const {
    if (identical_.rolled_back == 0) return false;
    const double least = 1 - core::alarm_rate_bound(identical_.windows - identical_.rolled_back,
                                                    identical_.windows, 0.95);
    return least > alpha_;
  }

  [[nodiscard]] bool is_chance_alone() const {
    return std::ranges::all_of(report_.split_by_requests,
                               [&](std::size_t windows) { return windows == identical_.windows; });
  }

  [[nodiscard]] std::string remedy_without_windows() const {
    return "left out: " + left_out() +
           "; a rollout needs one version, samples and traffic throughout, and an hour of that "
           "version before it: take more --days, or a shorter --canary-time";
  }

  void note_splits(std::vector<std::string>& notes) const {
    for (std::size_t i = 0; i < view_.services.size(); ++i) {
      if (report_.split_by_requests[i] == 0) continue;
      notes.push_back(
          fmt::format("{} had no two pods that stayed in {} of {} rollouts, so its requests were "
                      "dealt out one by one: that shows chance, never how much two pods differ",
                      view_.services[i], report_.split_by_requests[i], identical_.windows));
    }
  }

  void note_promise(std::vector<std::string>& notes) const {
    const std::size_t needed = core::windows_needed(alpha_);
    if (identical_.rolled_back == 0 && identical_.windows < needed) {
      notes.push_back(
          fmt::format("to say \"at most {}\" it takes {} rollouts without an alarm: "
                      "take more --days",
                      percent(alpha_), needed));
    }
    const bool too_high = report_.evidence_mean.value_or(0) > evidence_too_high;
    if (!is_refuted() && !too_high) return;
    if (too_high)
      notes.push_back(fmt::format(
          "evidence against a version that is the same should come to 1 on average and came to "
          "{:.1f}: the pods differ by more than was learned from them",
          *report_.evidence_mean));
    if (identical_.rolled_back > 0 && report_.scatter_factor)
      notes.push_back(fmt::format("with {:g} times that scatter none would have been rolled back",
                                  *report_.scatter_factor));
    notes.push_back("more canary pods (--canary-replicas) make their differences matter less");
  }

  void note_power(std::vector<std::string>& notes) const {
    const double unproved =
        static_cast<double>(identical_.not_proved) / static_cast<double>(identical_.windows);
    if (unproved > much_not_proved)
      notes.push_back(
          fmt::format("{} of the healthy rollouts ended not proved: with a longer --canary-time "
                      "or a larger --canary-weight there are more requests to prove it by",
                      percent(unproved)));
  }

  const BacktestView& view_;
  const core::BacktestReport& report_;
  const core::RuleTally& identical_;
  double alpha_;
};

std::string found_text(const core::RuleTally& tally, Duration interval) {
  const auto median = tally.median();
  std::string text = percent(tally.share());
  if (median) text += " in " + format_duration(interval * static_cast<std::int64_t>(*median));
  return text;
}

std::string of_windows(std::size_t count, const core::RuleTally& tally) {
  return fmt::format("{} of {}", count, tally.windows);
}

std::vector<Row> table(const BacktestView& view) {
  const auto& [sequential, threshold] = view.report.identical;
  const std::string limit = fmt::format("THRESHOLD {:g}%", view.plan.limits.success_percent_min);
  const auto both = [&](std::size_t core::RuleTally::* count) {
    return std::pair(of_windows(sequential.*count, sequential),
                     of_windows(threshold.*count, threshold));
  };
  const auto [alarms, other_alarms] = both(&core::RuleTally::rolled_back);
  const auto [open, other_open] = both(&core::RuleTally::not_proved);
  std::vector<Row> rows{
      {"THE SAME VERSION", "SEQUENTIAL", limit},
      {"rolled back (false alarms)", alarms, other_alarms},
      {"rate, at most (95% sure)", percent(sequential.share_max()), percent(threshold.share_max())},
      {"promised, at most", percent(view.plan.limits.false_alarm_percent / 100), ""},
      {"ended not proved", open, other_open},
      {"evidence, mean (fair: <= 1)",
       view.report.evidence_mean ? fmt::format("{:.2f}", *view.report.evidence_mean) : "", ""},
      {"ERRORS ADDED TO THE CANARY", "ROLLED BACK", "ROLLED BACK"}};
  for (const core::ShiftTally& shift : view.report.shifts) {
    rows.push_back({fmt::format("{} {}", view.services[shift.service], points(shift.shift)),
                    found_text(shift.rules.sequential, view.interval),
                    found_text(shift.rules.threshold, view.interval)});
  }
  return rows;
}

Tree tally_tree(const core::RuleTally& tally) {
  Tree tree(Tree::Map{{"windows", static_cast<std::int64_t>(tally.windows)},
                      {"rolledBack", static_cast<std::int64_t>(tally.rolled_back)},
                      {"passed", static_cast<std::int64_t>(tally.passed)},
                      {"notProved", static_cast<std::int64_t>(tally.not_proved)}});
  if (tally.windows > 0) tree.set("rate", tally.share());
  return tree;
}

Tree alarms_tree(const core::RuleTally& tally) {
  Tree tree = tally_tree(tally);
  if (tally.windows > 0) tree.set("rateAtMost", tally.share_max());
  return tree;
}

Tree finds_tree(const core::RuleTally& tally, Duration interval) {
  Tree tree = tally_tree(tally);
  const auto median = tally.median();
  tree.set("medianSeconds",
           median ? Tree(seconds_of(interval * static_cast<std::int64_t>(*median))) : Tree());
  return tree;
}

Tree services_tree(const BacktestView& view) {
  Tree services = Tree::list();
  for (std::size_t i = 0; i < view.services.size(); ++i) {
    services.push_back(Tree(Tree::Map{
        {"name", view.services[i]},
        {"podsLeast", static_cast<std::int64_t>(view.report.pods_min[i])},
        {"podsMost", static_cast<std::int64_t>(view.report.pods_max[i])},
        {"windowsSplitByRequests", static_cast<std::int64_t>(view.report.split_by_requests[i])}}));
  }
  return services;
}

Tree left_out_tree(const BacktestView& view) {
  const core::LeftOut& left = view.report.left_out;
  Tree tree;
  for (const auto& [name, intervals] : {std::pair("learning", left.learning),
                                        {"deploys", left.deploy},
                                        {"gaps", left.gap},
                                        {"warmUp", left.warm_up},
                                        {"idle", view.report.idle},
                                        {"between", left.apart},
                                        {"rest", left.rest}}) {
    tree.set(std::string(name) + "Seconds",
             seconds_of(view.interval * static_cast<std::int64_t>(intervals)));
  }
  return tree;
}

Tree shifts_tree(const BacktestView& view) {
  Tree shifts = Tree::list();
  for (const core::ShiftTally& shift : view.report.shifts) {
    shifts.push_back(
        Tree(Tree::Map{{"service", view.services[shift.service]},
                       {"percentagePoints", shift.shift * 100},
                       {"sequential", finds_tree(shift.rules.sequential, view.interval)},
                       {"threshold", finds_tree(shift.rules.threshold, view.interval)}}));
  }
  return shifts;
}

}  // namespace

Lines backtest_lines(const BacktestView& view) {
  const Words words(view);
  const auto [sentence, colour] = words.answer();
  Lines lines{headline(sentence, colour), {}};
  const auto say = [&](std::string_view key, const std::string& text) {
    std::ranges::move(keyed(key, text, Colour::none, 0), std::back_inserter(lines));
  };
  say("release", fmt::format("{} in namespace {}, context {}", view.plan.target.release,
                             view.plan.target.name_space, view.plan.target.context));
  say("history", fmt::format("{} to {} UTC, in intervals of {}", moment(view.span.from),
                             moment(view.read_until), format_duration(view.interval)));
  say("left out", words.left_out());
  say("pods", words.pods());
  say("rollouts", words.rollouts());
  if (view.report.identical.sequential.windows > 0) {
    lines.emplace_back();
    std::ranges::move(table_of(table(view)), std::back_inserter(lines));
  }
  const std::vector<std::string> notes = words.notes();
  if (!notes.empty()) lines.emplace_back();
  for (const std::string& note : notes)
    lines.push_back({{"note", Colour::attention}, {": " + note}});
  return lines;
}

Tree backtest_tree(const BacktestView& view) {
  const Words words(view);
  Tree notes = Tree::list();
  for (const std::string& note : words.notes()) notes.push_back(note);
  Tree tree(Tree::Map{
      {"apiVersion", "kai-canary.dev/v1"},
      {"kind", "Backtest"},
      {"namespace", view.plan.target.name_space},
      {"release", view.plan.target.release},
      {"sentence", words.answer().first},
      {"from", format_wall_time(view.span.from)},
      {"to", format_wall_time(view.read_until)},
      {"complete", view.trouble.empty()},
      {"intervalSeconds", seconds_of(view.interval)},
      {"windowSeconds", seconds_of(view.interval * static_cast<std::int64_t>(view.report.window))},
      {"falseAlarmPromised", view.plan.limits.false_alarm_percent / 100},
      {"services", services_tree(view)},
      {"leftOut", left_out_tree(view)},
      {"identical", Tree(Tree::Map{{"sequential", alarms_tree(view.report.identical.sequential)},
                                   {"threshold", alarms_tree(view.report.identical.threshold)}})},
      {"shifts", shifts_tree(view)},
      {"notes", std::move(notes)}});
  if (view.report.evidence_mean) tree.set("evidenceMean", *view.report.evidence_mean);
  if (view.report.scatter_factor) tree.set("scatterFactor", *view.report.scatter_factor);
  return tree;
}

}  // namespace kai::app
