// Windows: stretches of the past that are as long as a rollout, in which stable ran one version and
// somebody watched, with the intervals before them to learn from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/backtest/past.h"

namespace kai::core {

struct WindowLengths {
  std::size_t window = 1;      // intervals; above zero
  std::size_t learn_min = 0;   // intervals of the same version before the first window
  std::size_t learn_max = 0;   // no more are kept to learn from
  std::size_t apart = 0;       // intervals between two windows that are not used
  std::uint32_t services = 1;  // each of them has to be seen
};

// Intervals that are in no window, by the reason.
struct LeftOut {
  std::size_t learning = 0;  // too little of this version before them
  std::size_t deploy = 0;    // pods of two versions, or what such an interval cut short
  std::size_t gap = 0;       // nobody saw some service, or what that cut short
  std::size_t warm_up = 0;   // pods of some service were all too new, or what that cut short
  std::size_t apart = 0;
  std::size_t rest = 0;  // at the end, too short for a window

  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

class Windows {
 public:
  explicit Windows(const WindowLengths& lengths) : lengths_(lengths) {}

  // True when a window is whole: look at it before the next call.
  [[nodiscard]] bool add(PastInterval interval);

  // Of the whole window. Intervals without pods were missed scrapes.
  [[nodiscard]] const std::vector<PastInterval>& window() const { return window_; }
  // The intervals before it that were seen, oldest first, of the same version.
  [[nodiscard]] const std::deque<PastInterval>& before() const { return before_; }
  [[nodiscard]] LeftOut left_out() const;

 private:
  void give_up(std::size_t& reason);
  void keep_window();
  [[nodiscard]] bool is_seen(const PastInterval& interval) const;
  [[nodiscard]] bool begins_version(const PastInterval& interval);
  void learn(PastInterval interval, std::size_t& reason);

  WindowLengths lengths_;
  std::deque<PastInterval> before_;
  std::vector<PastInterval> window_;
  bool whole_ = false;
  std::size_t missed_ = 0;   // in a row, just now
  std::size_t to_skip_ = 0;  // until the next window may begin
  // Of each service, none while there are two of one; nothing before the first look.
  std::optional<std::map<std::uint32_t, std::string>> versions_;
  LeftOut left_out_;
};

}  // namespace kai::core
