#include "app/screen/report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/screen/report_parts.h"
#include "codec/quote.h"

namespace kai::app {
namespace {

using core::FrameJudged;
using core::JudgeBegan;
using core::ReportEvent;
using core::ReportLine;
using parts::all_of;
using parts::state_of;
using parts::words;

// Nobody reads more of a table; -o json has all.
constexpr std::size_t first_rows = 50, last_rows = 250;
constexpr std::size_t unread_named_max = 5;
constexpr std::size_t logs_max = 100;

// Text that stands for itself in Markdown, also in a cell of a table.
std::string plain(std::string_view foreign) {
  std::string text;
  for (const char letter : codec::printable(foreign)) {
    if (std::string_view("\\`*[]<|").find(letter) != std::string_view::npos) text += '\\';
    text += letter;
  }
  return text;
}

void say(Lines& lines, std::string text) { lines.push_back({{std::move(text)}}); }

void head_of_section(Lines& lines, std::string_view title) {
  say(lines, "");
  say(lines, fmt::format("## {}", title));
  say(lines, "");
}

void row(Lines& lines, const std::vector<std::string>& cells) {
  say(lines, fmt::format("| {} |", fmt::join(cells, " | ")));
}

void head_row(Lines& lines, const std::vector<std::string>& cells) {
  row(lines, cells);
  row(lines, std::vector<std::string>(cells.size(), "---"));
}

std::string place_of(const core::ReportHead& head) {
  return head.name_space.empty() ? head.release : head.name_space + "/" + head.release;
}

std::string versions_of(const core::ReportHead& head) {
  return fmt::format("{} -> {}", head.stable_version.empty() ? "(nothing)" : head.stable_version,
                     head.canary_version);
}

std::string steps_of(const core::ReportHead& head) {
  std::string text;
  for (const core::Step& step : head.steps) {
    text += fmt::format("{}{} for {}", text.empty() ? "" : ", ", format_weight(step.weight),
                        format_duration(step.bake_time));
  }
  return text;
}

std::string limits_of(const core::JudgeConfig& config) {
  std::string text = config.rule == core::Rule::sequential ? "sequential" : "threshold";
  text += fmt::format("; at least {}% success", config.success_percent_min);
  if (config.latency_max_seconds) {
    text += fmt::format(", p{:g} at most {:g} ms", config.latency_quantile * 100,
                        *config.latency_max_seconds * 1000);
  }
  if (config.rule == core::Rule::threshold) return text;
  const core::SequentialOptions& options = config.sequential;
  return text +
         fmt::format("; tolerance {:g}x + {:g}pp, false alarm {:g}%, {} intervals of {} agree",
                     options.tolerance.rho, options.tolerance.delta * 100, options.alpha * 100,
                     options.persist, format_duration(options.interval));
}

std::string counted(const core::Report& report) {
  std::uint64_t passed = 0, failed = 0, open = 0;
  for (const auto& [line, judged] : all_of<FrameJudged>(report)) {
    switch (judged->verdict.outcome) {
      case core::Outcome::pass:
        ++passed;
        break;
      case core::Outcome::fail:
        ++failed;
        break;
      case core::Outcome::inconclusive:
        ++open;
        break;
    }
  }
  return fmt::format("{}: {} pass, {} fail, {} inconclusive", passed + failed + open, passed,
                     failed, open);
}

void add_summary(Lines& lines, const ReportView& view) {
  const core::ReportHead& head = view.report.head;
  const core::ReportEnd* const end = core::end_of(view.report);
  say(lines, fmt::format("# Rollout {} of {}: {}", plain(head.rollout), plain(place_of(head)),
                         state_of(view.report)));
  say(lines, "");
  say(lines, end != nullptr ? plain(end->sentence)
                            : "It goes on, or the process that ran it died: no end is known.");
  say(lines, "");
  head_row(lines, {"", ""});
  row(lines, {"Versions", plain(versions_of(head))});
  row(lines, {"Started", format_wall_time(head.started_at)});
  if (end != nullptr) {
    row(lines, {"Ended", format_wall_time(view.report.lines.back().at)});
    row(lines, {"Exit code", std::to_string(end->exit_code)});
    row(lines, {"Reason", plain(end->reason.code)});
  }
  if (!head.steps.empty()) row(lines, {"Steps", steps_of(head)});
  for (const auto& [line, began] : all_of<JudgeBegan>(view.report)) {
    const std::string from =
        began->frames == 0 ? "" : fmt::format(", goes on after frame {}", began->frames);
    row(lines, {"Judge", plain(limits_of(began->config)) + from});
  }
  row(lines, {"Verdicts", counted(view.report)});
  if (!head.program.empty()) row(lines, {"Written by", "kai-canary " + plain(head.program)});
}

struct Sums {
  std::string service;
  core::ServiceCounts counts;
};

void add(core::ArmCounts& sum, const core::ArmCounts& arm) {
  sum.requests += arm.requests;
  sum.errors += arm.errors;
}

std::vector<Sums> sums_of(const core::Report& report) {
  std::vector<Sums> sums;
  for (const ReportLine& line : report.lines) {
    if (const auto* const began = std::get_if<JudgeBegan>(&line.what)) {
      for (std::size_t i = sums.size(); i < began->config.services.size(); ++i)
        sums.push_back({began->config.services[i].name, {}});
    }
    const auto* const judged = std::get_if<FrameJudged>(&line.what);
    if (judged == nullptr) continue;
    const auto& services = judged->frame.services;
    for (std::size_t i = 0; i < std::min(sums.size(), services.size()); ++i) {
      add(sums[i].counts.canary, services[i].canary);
      add(sums[i].counts.baseline, services[i].baseline);
    }
  }
  return sums;
}

void add_requests(Lines& lines, const core::Report& report) {
  const std::vector<Sums> sums = sums_of(report);
  if (sums.empty()) return;
  head_of_section(lines, "Requests that were judged");
  head_row(lines, {"Service", "Canary", "failed", "Old version", "failed"});
  for (const Sums& sum : sums) {
    row(lines,
        {plain(sum.service), std::to_string(sum.counts.canary.requests),
         std::to_string(sum.counts.canary.errors), std::to_string(sum.counts.baseline.requests),
         std::to_string(sum.counts.baseline.errors)});
  }
}

void add_timeline(Lines& lines, const core::Report& report) {
  const auto events = all_of<ReportEvent>(report);
  if (events.empty()) return;
  head_of_section(lines, "Timeline");
  head_row(lines, {"Time", "Weight", "What", ""});
  for (const auto& [line, event] : events) {
    row(lines, {format_wall_time(line->at), format_weight(event->weight),
                plain(event->kind + " " + words(event->code)), plain(event->sentence)});
  }
}

void add_verdicts(Lines& lines, const core::Report& report) {
  const auto all = all_of<FrameJudged>(report);
  if (all.empty()) return;
  head_of_section(lines, "Verdicts");
  head_row(lines, {"Frame", "Time", "Weight", "Asked", "Verdict", "Reason", "In words"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all.size() > first_rows + last_rows && i == first_rows) {
      i = all.size() - last_rows;
      row(lines, {"...", "", "", "", "", "",
                  fmt::format("{} left out; -o json has them", i - first_rows)});
    }
    const auto& [line, judged] = all[i];
    row(lines, {std::to_string(judged->frame.sequence), format_wall_time(line->at),
                fmt::format("{:g}%", judged->frame.weight_ppm / 10'000.0),
                words(name_of(judged->frame.ask)), std::string(name_of(judged->verdict.outcome)),
                words(name_of(judged->verdict.reason)), plain(judged->sentence)});
  }
}

void add_missing(Lines& lines, const ReportView& view) {
  const auto& unread = view.report.unread;
  if (unread.empty() && !core::is_full(view.report) && view.note.empty()) return;
  head_of_section(lines, "What is missing");
  if (!view.note.empty()) say(lines, "- " + plain(view.note));
  if (core::is_full(view.report))
    say(lines, "- The file had reached its largest size; what followed was not written.");
  for (std::size_t i = 0; i < std::min(unread.size(), unread_named_max); ++i)
    say(lines,
        fmt::format("- Line {} could not be read: {}", unread[i].line, plain(unread[i].why)));
  if (unread.size() > unread_named_max)
    say(lines, fmt::format("- {} more lines could not be read.", unread.size() - unread_named_max));
}

}  // namespace

std::string replay_sentence(const core::Replayed& replayed) {
  if (replayed.first_different) {
    return fmt::format("DIFFERENT: {} of {} verdicts; the first in line {}: {}", replayed.different,
                       replayed.same + replayed.different, replayed.first_different->line,
                       replayed.first_different->what);
  }
  if (replayed.first_unchecked) {
    return fmt::format("NOT WHOLE: {} verdicts are the same, to the bit; in line {}: {}",
                       replayed.same, replayed.first_unchecked->line,
                       replayed.first_unchecked->what);
  }
  if (replayed.same == 0) return "NOTHING TO REPLAY: no verdict is in it";
  return fmt::format("SAME: all {} verdicts, to the bit", replayed.same);
}

Lines report_lines(const ReportView& view) {
  Lines lines;
  add_summary(lines, view);
  if (view.replayed) {
    head_of_section(lines, "Replay");
    say(lines, plain(replay_sentence(*view.replayed)));
  }
  add_missing(lines, view);
  add_requests(lines, view.report);
  add_timeline(lines, view.report);
  add_verdicts(lines, view.report);
  if (view.logs.empty()) return lines;
  head_of_section(lines, "What was kept of the canary's pods");
  const std::size_t left_out = view.logs.size() - std::min(view.logs.size(), logs_max);
  if (left_out > 0) say(lines, fmt::format("- {} older lines: kai-canary logs has them", left_out));
  for (std::size_t i = left_out; i < view.logs.size(); ++i) say(lines, "- " + plain(view.logs[i]));
  return lines;
}

}  // namespace kai::app
