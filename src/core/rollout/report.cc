#include "core/rollout/report.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/tree_reader.h"
#include "core/judge/judge_log_tree.h"

namespace kai::core {
namespace {

constexpr std::string_view version_word = "kai-canary.dev/v1";
constexpr std::string_view head_kind = "RolloutReportLog";

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

double percent_of(Weight weight) { return static_cast<double>(weight.hundredths()) / 100; }

Tree event_tree(const ReportEvent& event) {
  return Tree(Tree::Map{{"code", event.code},
                        {"sentence", event.sentence},
                        {"weightPercent", percent_of(event.weight)}});
}

Tree end_tree(const ReportEnd& end) {
  return Tree(Tree::Map{
      {"exitCode", end.exit_code},
      {"phase", name_of(end.phase)},
      {"end", name_of(end.end)},
      {"reason", Tree(Tree::Map{{"code", end.reason.code}, {"sentence", end.reason.sentence}})},
      {"sentence", end.sentence}});
}

Tree step_tree(const Step& step) {
  return Tree(Tree::Map{{"weightPercent", percent_of(step.weight)},
                        {"bakeSeconds", seconds_of(step.bake_time)}});
}

// Two decimals, as a weight has.
Weight weight_in(TreeReader& reader) {
  const double percent = reader.number("weightPercent");
  if (percent >= 0 && percent <= 100) return Weight::from_hundredths(std::llround(percent * 100));
  reader.mistake("weightPercent", "weight");
  return Weight::zero();
}

// Whole nanoseconds; a year at most.
Duration bake_time_in(TreeReader& reader) {
  constexpr double most = 366 * 86400.0;
  const double seconds = reader.number("bakeSeconds");
  if (seconds >= 0 && seconds <= most) return Duration(std::llround(seconds * 1e9));
  reader.mistake("bakeSeconds", "time");
  return Duration::zero();
}

Result<ReportHead> head_from(const Tree& tree) {
  TreeReader reader(tree, "report");
  ReportHead head{.program = reader.text("program"),
                  .rollout = reader.text("rollout"),
                  .release = reader.text("release"),
                  .name_space = reader.text("namespace"),
                  .stable_version = reader.text("stableVersion"),
                  .canary_version = reader.text("canaryVersion"),
                  .steps = {},
                  .started_at = reader.time("startedAt")};
  for (const Tree& item : reader.list("steps")) {
    TreeReader step(item, "step");
    head.steps.push_back({.weight = weight_in(step), .bake_time = bake_time_in(step)});
    if (!step.is_good()) reader.mistake("steps", "list of steps");
  }
  if (!reader.is_good()) return std::unexpected(reader.error());
  return head;
}

Result<ReportEvent> event_from(const Tree& tree, const std::string& kind) {
  TreeReader reader(tree, "event");
  ReportEvent event{.kind = kind,
                    .code = reader.text("code"),
                    .sentence = reader.text("sentence"),
                    .weight = weight_in(reader)};
  if (!reader.is_good()) return std::unexpected(reader.error());
  return event;
}

Result<ReportEnd> end_from_line(const Tree& tree) {
  TreeReader reader(tree, "end");
  const auto phase = phase_from(reader.text("phase"));
  const auto end = end_from(reader.text("end"));
  const std::int64_t code = reader.whole("exitCode");
  if (!phase || !end || code < 0 || code > 255) reader.mistake("end", "end of a rollout");
  TreeReader reason(reader.map("reason"), "reason");
  ReportEnd ended{.exit_code = static_cast<int>(code & 255),
                  .phase = phase.value_or(Phase::paused),
                  .end = end.value_or(End::none),
                  .reason = {.code = reason.text("code"), .sentence = reason.text("sentence")},
                  .sentence = reader.text("sentence")};
  if (!reason.is_good()) reader.mistake("reason", "reason");
  if (!reader.is_good()) return std::unexpected(reader.error());
  return ended;
}

// The kinds of events are glossary words, those of the other lines are not.
constexpr std::string_view judge_kind = "judge", frame_kind = "frame", end_kind = "end",
                           full_kind = "full", event_kind = "event";

Result<ReportLine> line_from(std::size_t number, const Tree& tree) {
  TreeReader reader(tree, "line");
  ReportLine line{.number = number,
                  .at = reader.time("at"),
                  .epoch = reader.count("epoch"),
                  .what = ReportFull{}};
  const std::string kind = reader.text("kind");
  if (!reader.is_good()) return std::unexpected(reader.error());
  const auto put = [&line](auto what) -> Result<ReportLine> {
    if (!what) return std::unexpected(what.error());
    line.what = std::move(*what);
    return std::move(line);
  };
  if (kind == judge_kind) return put(judge_began_from(tree));
  if (kind == frame_kind) return put(frame_judged_from(tree));
  if (kind == end_kind) return put(end_from_line(tree));
  if (kind == full_kind) return put(Result<ReportFull>(ReportFull{}));
  if (kind == event_kind) return put(event_from(tree, tree.text_or("/event", "")));
  return fail(ErrorKind::malformed, "a kind of line that this version does not know");
}

}  // namespace

ReportHead head_of(const Record& record, std::string program) {
  const Target& target = record.plan.target;
  return {.program = std::move(program),
          .rollout = record.rollout,
          .release = target.release,
          .name_space = target.name_space,
          .stable_version = record.stable_version,
          .canary_version = record.canary_version,
          .steps = record.plan.steps,
          .started_at = record.started_at};
}

Tree to_tree(const ReportHead& head) {
  Tree steps = Tree::list();
  for (const Step& step : head.steps) steps.push_back(step_tree(step));
  return Tree(Tree::Map{{"apiVersion", version_word},
                        {"kind", head_kind},
                        {"format", std::int64_t{report_format}},
                        {"program", head.program},
                        {"rollout", head.rollout},
                        {"release", head.release},
                        {"namespace", head.name_space},
                        {"stableVersion", head.stable_version},
                        {"canaryVersion", head.canary_version},
                        {"steps", std::move(steps)},
                        {"startedAt", format_wall_time(head.started_at)}});
}

Tree to_tree(const ReportLine& line) {
  Tree tree(Tree::Map{{"kind", ""},
                      {"at", format_wall_time(line.at)},
                      {"epoch", static_cast<std::int64_t>(line.epoch)}});
  const auto put = [&tree](std::string_view kind, const Tree& fields) {
    tree.set("kind", kind);
    for (const auto& [key, value] : *fields.as_map()) tree.set(key, value);
  };
  std::visit(Overloaded{[&](const ReportEvent& event) {
                          put(event_kind, event_tree(event));
                          tree.set("event", event.kind);
                        },
                        [&](const JudgeBegan& began) { put(judge_kind, to_tree(began)); },
                        [&](const FrameJudged& judged) { put(frame_kind, to_tree(judged)); },
                        [&](const ReportEnd& end) { put(end_kind, end_tree(end)); },
                        [&](const ReportFull&) { put(full_kind, Tree::map()); }},
             line.what);
  return tree;
}

const ReportEnd* end_of(const Report& report) {
  if (report.lines.empty()) return nullptr;
  const bool is_last =
      report.unread.empty() || report.unread.back().line < report.lines.back().number;
  if (!is_last) return nullptr;
  return std::get_if<ReportEnd>(&report.lines.back().what);
}

bool is_full(const Report& report) {
  return std::ranges::any_of(report.lines, [](const ReportLine& line) {
    return std::holds_alternative<ReportFull>(line.what);
  });
}

Replayed replay(const Report& report) {
  Replay replay;
  auto unread = report.unread.begin();
  for (const ReportLine& line : report.lines) {
    for (; unread != report.unread.end() && unread->line < line.number; ++unread)
      replay.lose(unread->line, unread->why);
    if (const auto* const began = std::get_if<JudgeBegan>(&line.what))
      replay.take(line.number, line.epoch, *began);
    if (const auto* const judged = std::get_if<FrameJudged>(&line.what))
      replay.take(line.number, line.epoch, *judged);
    if (std::holds_alternative<ReportFull>(line.what))
      replay.lose(line.number, "the file was full");
  }
  for (; unread != report.unread.end(); ++unread) replay.lose(unread->line, unread->why);
  return replay.result();
}

Result<Unit> ReportReader::take(std::size_t number, const Result<Tree>& line) {
  if (!head_) {
    const bool is_ours = line && line->text_or("/kind", "") == head_kind;
    if (!is_ours) return fail(ErrorKind::malformed, "its first line is not that of a report");
    const std::int64_t format = line->int_at("/format").value_or(0);
    if (format > report_format)
      return fail(ErrorKind::rejected, "a newer version of kai-canary wrote it");
    auto head = head_from(*line);
    if (!head) return std::unexpected(head.error());
    head_ = std::move(*head);
    return Unit{};
  }
  if (report_.lines.size() + report_.unread.size() >= report_lines_max)
    return fail(ErrorKind::malformed, fmt::format("it has more than {} lines", report_lines_max));
  auto read = line ? line_from(number, *line) : Result<ReportLine>(std::unexpected(line.error()));
  if (read) {
    report_.lines.push_back(std::move(*read));
  } else {
    report_.unread.push_back({number, read.error().message});
  }
  return Unit{};
}

Result<Report> ReportReader::finish() && {
  if (!head_) return fail(ErrorKind::malformed, "it is empty");
  report_.head = std::move(*head_);
  return std::move(report_);
}

}  // namespace kai::core
