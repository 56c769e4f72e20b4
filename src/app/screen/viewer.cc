#include "app/screen/viewer.h"

#include <utility>

#include <fmt/format.h>

#include "app/screen/progress.h"
#include "codec/json.h"
#include "codec/quote.h"

namespace kai::app {
namespace {

constexpr Duration redraw_period = std::chrono::milliseconds(250);  // at most four times a second
constexpr Duration heartbeat_period = std::chrono::minutes(1);
constexpr int columns_min = 60;  // below it the panel degrades to lines

}  // namespace

CommandViewer::CommandViewer(const SteadyClock& steady, const WallClock& wall,
                             ViewerOptions options, std::function<void(std::string_view)> text,
                             std::function<void(std::string_view)> events)
    : steady_(steady),
      wall_(wall),
      options_(std::move(options)),
      text_(std::move(text)),
      events_(std::move(events)),
      said_at_(steady.now()) {}

void CommandViewer::show(const ports::RolloutView& view,
                         const std::vector<ports::RolloutEvent>& events) {
  for (const ports::RolloutEvent& event : events) {
    if (events_) events_(event_line(event, view, wall_.now()));
    const auto line = line_of(event, view);
    if (line && *line != last_line_) say(view, *line);
    if (line) last_line_ = *line;
  }
  if (options_.quiet) return;
  const bool panel = options_.terminal && options_.columns() >= columns_min;
  if (panel && steady_.now() - drawn_at_ >= redraw_period) draw(view);
  if (!panel && steady_.now() - said_at_ >= heartbeat_period) say(view, heartbeat_of(view));
}

void CommandViewer::say(const ports::RolloutView& view, const std::string& line) {
  if (options_.quiet) return;
  close();
  said_at_ = steady_.now();
  text_(fmt::format("{:>8} {}\n", format_duration(view.record.total), codec::printable(line)));
}

void CommandViewer::draw(const ports::RolloutView& view) {
  close();
  drawn_at_ = steady_.now();
  const auto lines = panel_of(view, {.utf8 = options_.utf8, .width = options_.columns() - 1});
  std::string text;
  for (const std::string& line : lines) text += codec::printable(line) + "\n";
  drawn_lines_ = lines.size();
  text_(text);
}

void CommandViewer::close() {
  if (drawn_lines_ == 0) return;
  // Up over the panel, and clear from there to the end of the screen.
  text_(fmt::format("\x1b[{}F\x1b[J", drawn_lines_));
  drawn_lines_ = 0;
}

std::string event_line(const ports::RolloutEvent& event, const ports::RolloutView& view,
                       WallTime now) {
  const core::Record& record = view.record;
  Tree tree;
  tree.set("apiVersion", "kai-canary.dev/v1");
  tree.set("time", format_wall_time(now));
  tree.set("rollout", record.rollout);
  tree.set("release", record.plan.target.release);
  tree.set("seq", static_cast<std::int64_t>(record.seq));
  tree.set("kind", event.kind);
  tree.set("code", event.code);
  tree.set("phase", name_of(record.phase));
  tree.set("step", std::int64_t{record.step} + 1);
  tree.set("weightPercent", static_cast<double>(record.authorised.hundredths()) / 100);
  if (!event.sentence.empty()) tree.set("sentence", event.sentence);
  return codec::write_json(tree) + "\n";
}

}  // namespace kai::app
