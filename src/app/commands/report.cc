// report: what a rollout did and why it ended, from the file of --report or from what is stored.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/report_writer.h"
#include "app/screen/history.h"
#include "app/screen/progress.h"
#include "app/screen/report.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "core/rollout/advance.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr codec::JsonLimits line_limits{
    .depth_max = 16, .bytes_max = std::size_t{8} << 20U, .nodes_max = 1'000'000};

// Neither a release nor a rollout has a name like that.
bool is_file_name(std::string_view word) { return word.find_first_of("./") != word.npos; }

Result<core::Report> parse(std::string_view text) {
  core::ReportReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    // A write that failed and left nothing behind: the next one began a line of its own.
    auto tree = line.empty() && number > 1
                    ? fail(ErrorKind::malformed, "what stood here could not be written")
                    : codec::parse_json(line, line_limits);
    if (!tree && end == text.npos) tree.error().message = "it is cut: " + tree.error().message;
    const auto taken = reader.take(number, tree);
    if (!taken) return std::unexpected(taken.error());
  }
  return std::move(reader).finish();
}

int refuse(App& app, const std::string& why) {
  narrate(app, {{{"kai-canary: " + why}}});
  return exit_usage;
}

int code_of(const core::Replayed& replayed) {
  if (replayed.different > 0) return exit_replay_differs;
  return replayed.is_same() ? exit_done : exit_replay_not_whole;
}

void print_report(App& app, const Arguments& arguments, const ReportView& view) {
  if (wants_data(app, arguments)) return print_data(app, arguments, report_tree(view));
  print(app, report_lines(view));
}

// What is wrong with it is said beside the data, too: a pipe may throw that away.
int report_file(App& app, const Arguments& arguments, const std::string& path) {
  const std::string name = codec::printable(path);
  const auto text = app.disk.read(path, report_file_bytes_max);
  if (!text) return refuse(app, fmt::format("cannot read the report: {}", text.error().message));
  auto report = parse(*text);
  if (!report)
    return refuse(app,
                  fmt::format("{} is no report of a rollout: {}", name, report.error().message));
  ReportView view{.report = std::move(*report), .replayed = {}, .logs = {}, .note = ""};
  if (!view.report.unread.empty()) {
    narrate(app, {{{"warning", Colour::attention},
                   {fmt::format(": {} of its lines could not be read, the first is line {}: {}",
                                view.report.unread.size(), view.report.unread.front().line,
                                view.report.unread.front().why)}}});
  }
  if (core::end_of(view.report) == nullptr) {
    narrate(app,
            {{{"warning", Colour::attention},
              {": no end is in it: the rollout goes on, its process died, or the file is cut"}}});
  }
  if (is_on(app, arguments, "replay")) view.replayed = core::replay(view.report);
  print_report(app, arguments, view);
  if (!view.replayed) return exit_done;
  narrate(app, {headline(replay_sentence(*view.replayed),
                         view.replayed->is_same() ? Colour::good : Colour::bad)});
  return code_of(*view.replayed);
}

// Of a rollout of which only this is left; it is over.
core::Record record_of(const ports::HistoryEntry& entry) {
  core::Record record;
  record.rollout = entry.rollout;
  record.plan.target.release = entry.release;
  record.plan.target.name_space = entry.name_space;
  record.phase = entry.phase;
  record.stage = core::Stage::done;
  record.end = entry.end;
  record.reason = entry.reason;
  record.stable_version = entry.stable_version;
  record.canary_version = entry.canary_version;
  record.started_at = entry.started_at;
  record.updated_at = entry.ended_at;
  record.total = entry.ended_at - entry.started_at;
  return record;
}

ReportView view_of(const core::Record& record) {
  ReportView view{.report = {.head = core::head_of(record, ""), .lines = {}, .unread = {}},
                  .replayed = {},
                  .logs = {},
                  .note =
                      "The verdicts of a rollout are not stored beside it; "
                      "deploy --report=FILE writes each of them down."};
  if (!core::is_over(record) && !core::is_paused(record)) return view;
  view.report.lines.push_back({.number = 0,
                               .at = record.updated_at,
                               .epoch = record.epoch,
                               .what = core::ReportEnd{.exit_code = core::exit_code_of(record),
                                                       .phase = record.phase,
                                                       .end = record.end,
                                                       .reason = record.reason,
                                                       .sentence = end_sentence(record)}});
  return view;
}

// A rollout's id, or a release: then its newest rollout, over or not. The record knows more of it
// than the history, which outlives it.
std::optional<ReportView> stored_report(const ports::KnownRollouts& known,
                                        const std::string& word) {
  const auto record = std::ranges::find_if(known.records, [&](const core::Record& each) {
    return !each.rollout.empty() && (each.rollout == word || each.plan.target.release == word);
  });
  const bool has_record = record != known.records.end();
  const auto& entries = known.history.entries;
  const auto entry = std::ranges::find_if(entries, [&](const ports::HistoryEntry& each) {
    return has_record ? each.rollout == record->rollout
                      : each.rollout == word || each.release == word;
  });
  if (!has_record && entry == entries.end()) return std::nullopt;
  ReportView view = view_of(has_record ? *record : record_of(*entry));
  if (entry != entries.end()) view.logs = entry->evidence;
  return view;
}

int report_stored(App& app, const Arguments& arguments, const std::string& word) {
  if (is_on(app, arguments, "replay")) {
    return refuse(app, fmt::format("--replay needs the file that deploy --report=FILE wrote; "
                                   "'{}' is the name of no file (a file has a . or a / in it)",
                                   word));
  }
  auto subject = read_subject(app, arguments, "");
  if (!subject) return exit_usage;
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return platform.error();
  const auto known = net::await<ports::KnownRollouts>(app.loop, [&](auto reply) {
    (*platform)->known_rollouts(subject->target.name_space, std::move(reply));
  });
  if (!known) return report(app, "cannot read the history", known.error());
  narrate(app, unreadable_lines(known->history.unreadable));
  const auto view = stored_report(*known, word);
  if (!view) {
    return refuse(app, fmt::format("'{}' is neither a rollout's id nor a release with a rollout "
                                   "in namespace {}, and no file either (a file has a . or a / in "
                                   "it); see kai-canary history",
                                   word, subject->target.name_space));
  }
  print_report(app, arguments, *view);
  return exit_done;
}

}  // namespace

int run_report(App& app, const Arguments& arguments) {
  const std::string& word = arguments.words[0];
  return is_file_name(word) ? report_file(app, arguments, word)
                            : report_stored(app, arguments, word);
}

}  // namespace kai::app
