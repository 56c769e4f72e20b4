#include "app/report_writer.h"

#include <utility>

#include <fmt/format.h>

#include "app/commands/common.h"
#include "app/version.h"
#include "codec/json.h"
#include "codec/quote.h"

namespace kai::app {
namespace {

bool is_report_of(const std::string& text, const std::string& rollout) {
  const auto head = codec::parse_json(std::string_view(text).substr(0, text.find('\n')));
  core::ReportReader reader;
  if (!reader.take(1, head)) return false;
  const auto report = std::move(reader).finish();
  return report && report->head.rollout == rollout;
}

}  // namespace

std::expected<ReportWriter, int> ReportWriter::open(App& app, const Arguments& arguments,
                                                    const std::string& rollout) {
  ReportWriter writer;
  writer.path_ = option_or(app, arguments, "report", "");
  if (writer.path_.empty()) return writer;
  const auto refuse = [&](const std::string& why) {
    narrate(app, {{{"--report: " + why}}});
    return std::unexpected(exit_usage);
  };
  const auto there = app.disk.read(writer.path_, report_file_bytes_max);
  if (!there && there.error().kind != ErrorKind::no_data) return refuse(there.error().message);
  if (there && !there->empty()) {
    const std::string name = codec::printable(writer.path_);
    if (rollout.empty())
      return refuse(name +
                    " holds something already; a report is of one rollout: name another file");
    if (!is_report_of(*there, rollout))
      return refuse(
          fmt::format("{} holds something else than the report of rollout {}", name, rollout));
    writer.continued_ = true;
  }
  const auto could = app.disk.may_append(writer.path_);
  if (!could) return refuse(could.error().message);
  writer.app_ = &app;
  return writer;
}

// The owner before us may have written, and died in a line, since it was opened.
void ReportWriter::begin(const core::Record& record) {
  if (!is_open()) return;
  if (continued_) {
    const auto there = app_->disk.read(path_, report_file_bytes_max);
    bytes_ = there ? there->size() : report_bytes_max;
    broken_line_ = !there || !there->ends_with('\n');
    return;
  }
  head_ = codec::write_json(core::to_tree(core::head_of(record, std::string(program_version())))) +
          "\n";
  write("");
}

void ReportWriter::show(const ports::RolloutView& view,
                        const std::vector<ports::RolloutEvent>& events) {
  if (!is_open() || full_) return;
  std::string text;
  for (const core::JudgeEntry& entry : view.judging)
    std::visit([&](const auto& what) { add(text, view.record, what); }, entry);
  for (const ports::RolloutEvent& event : events) {
    if (event.kind == "verdict") continue;  // each stands there with its frame
    add(text, view.record,
        core::ReportEvent{.kind = event.kind,
                          .code = event.code,
                          .sentence = event.sentence,
                          .weight = view.record.authorised});
  }
  if (text.empty()) return;
  if (bytes_ + text.size() > report_bytes_max) return fill(view.record);
  write(text);
}

void ReportWriter::fill(const core::Record& record) {
  full_ = true;
  std::string text;
  add(text, record, core::ReportFull{});
  write(text);
  narrate(*app_, {{{"warning", Colour::attention},
                   {fmt::format(": the report is full at {} MiB; what follows is not in it",
                                report_bytes_max >> 20U)}}});
}

void ReportWriter::end(const core::Record& record, const Ending& ending) {
  if (!is_open()) return;
  std::string text;
  add(text, record,
      core::ReportEnd{.exit_code = ending.code,
                      .phase = record.phase,
                      .end = record.end,
                      .reason = record.reason,
                      .sentence = ending.sentence});
  write(text);
}

void ReportWriter::add(std::string& text, const core::Record& record,
                       decltype(core::ReportLine::what) what) const {
  const core::ReportLine line{
      .at = app_->wall.now(), .epoch = record.epoch, .what = std::move(what)};
  text += codec::write_json(core::to_tree(line)) + "\n";
}

// What follows a write that failed stands on a line of its own, for some of it may be in the file.
// When nothing of it is, an empty line tells that.
void ReportWriter::write(const std::string& text) {
  const std::string whole = head_ + (broken_line_ ? "\n" : "") + text;
  const auto written = app_->disk.append(path_, whole);
  broken_line_ = !written && !text.empty();
  bytes_ += whole.size();
  if (written) head_.clear();
  if (written || std::exchange(told_, true)) return;
  narrate(*app_, {{{"warning", Colour::attention},
                   {": the report is not whole: " + written.error().message}}});
}

}  // namespace kai::app
