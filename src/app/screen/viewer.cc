#include "app/screen/viewer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/screen/panel.h"
#include "app/screen/progress.h"
#include "app/screen/words.h"
#include "codec/json.h"

namespace kai::app {
namespace {

constexpr Duration redraw_period = std::chrono::milliseconds(250);  // at most four times a second
constexpr Duration heartbeat_period = std::chrono::minutes(1);

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
  if (events_ && !events.empty()) {
    close();  // what is written beside the panel would be wiped with it
    for (const ports::RolloutEvent& event : events) events_(event_line(event, view, wall_.now()));
  }
  say_events(view, events);
  say_whether_blind(view);
  if (options_.quiet) return;
  const bool panel = options_.terminal && options_.columns() >= panel_columns_min;
  if (panel && steady_.now() - drawn_at_ >= redraw_period) draw(view);
  if (!panel && steady_.now() - said_at_ >= heartbeat_period) say(view, {{heartbeat_of(view)}});
}

// A check that decided something is told by what it decided.
void CommandViewer::say_events(const ports::RolloutView& view,
                               const std::vector<ports::RolloutEvent>& events) {
  for (const ports::RolloutEvent& event : events) {
    const bool told = event.kind == "verdict" &&
                      std::ranges::any_of(events, [&](const ports::RolloutEvent& other) {
                        return other.kind != "verdict" && other.sentence == event.sentence;
                      });
    const auto line = told ? std::nullopt : line_of(event, view);
    if (line && *line != last_line_) say(view, *line);
    if (line) last_line_ = *line;
  }
}

// One lost answer is no news; an interval without any is.
void CommandViewer::say_whether_blind(const ports::RolloutView& view) {
  const core::Record& record = view.record;
  const bool blind = record.unknown_spent >= record.plan.timing.interval;
  const bool seeing = record.unknown_spent == Duration::zero();
  if (blind && !blind_) {
    say(view, {{"cannot measure", Colour::attention},
               {": " + view.evidence_sentence + "; " + unknown_text(record)}});
  }
  if (seeing && blind_) say(view, {{"measuring again"}});
  blind_ = blind || (blind_ && !seeing);
}

void CommandViewer::say(const ports::RolloutView& view, Line line) {
  if (options_.quiet) return;
  close();
  said_at_ = steady_.now();
  line.insert(line.begin(), {fmt::format("{:>8} ", format_duration(view.record.total))});
  text_(text_of(line, {.colour = options_.look.colour, .utf8 = options_.look.utf8}) + "\n");
}

void CommandViewer::draw(const ports::RolloutView& view) {
  close();
  drawn_at_ = steady_.now();
  Look look = options_.look;
  look.width = options_.columns() - 1;  // the last column would break the line on some terminals
  const Lines lines = panel_of(view, look);
  drawn_lines_ = lines.size();
  text_(text_of(lines, look));
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
