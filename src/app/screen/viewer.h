// The viewer of a command line: a panel on a terminal, lines in a pipe, JSON Lines for machines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/screen/line.h"
#include "base/clock.h"
#include "ports/rollout_view.h"

namespace kai::app {

struct ViewerOptions {
  bool terminal = false;  // draw the panel in place
  Look look = {};         // of `text`; its width is not used
  bool quiet = false;     // nothing but errors
  std::function<int()> columns;
};

class CommandViewer final : public ports::RolloutViewer {
 public:
  // `text` gets what people read, `events` a line of JSON per event (empty: nobody asked).
  CommandViewer(const SteadyClock& steady, const WallClock& wall, ViewerOptions options,
                std::function<void(std::string_view)> text,
                std::function<void(std::string_view)> events);
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override;
  // Takes the panel away, so that a last sentence stands alone.
  void close();

 private:
  void say(const ports::RolloutView& view, Line line);
  void say_events(const ports::RolloutView& view, const std::vector<ports::RolloutEvent>& events);
  void say_whether_blind(const ports::RolloutView& view);
  void draw(const ports::RolloutView& view);

  const SteadyClock& steady_;
  const WallClock& wall_;
  ViewerOptions options_;
  std::function<void(std::string_view)> text_;
  std::function<void(std::string_view)> events_;
  std::size_t drawn_lines_ = 0;
  SteadyTime drawn_at_;
  SteadyTime said_at_;
  bool blind_ = false;  // it was said that nothing can be measured
  Line last_line_;
};

// One event as a JSON object, one line.
[[nodiscard]] std::string event_line(const ports::RolloutEvent& event,
                                     const ports::RolloutView& view, WallTime now);

}  // namespace kai::app
