// Rollouts that ended, as text and as JSON, and what could not be read of them.
#pragma once

#include <string>
#include <vector>

#include "app/screen/line.h"
#include "base/time.h"
#include "base/tree.h"
#include "ports/rollout_store.h"

namespace kai::app {

struct HistoryForm {
  bool headers = true;
  bool wide = false;
};
[[nodiscard]] Lines history_lines(const ports::History& history, WallTime now,
                                  const HistoryForm& form);
[[nodiscard]] Tree history_tree(const ports::History& history);
[[nodiscard]] Tree entry_tree(const ports::HistoryEntry& entry);
// "rolled back 2h ago: api-server: 80.1% success ...".
[[nodiscard]] std::string entry_text(const ports::HistoryEntry& entry, WallTime now);

// How many entries could not be read, which and why (the first few); nothing when all could.
[[nodiscard]] Lines unreadable_lines(const std::vector<std::string>& unreadable);

}  // namespace kai::app
