// A record, a history and who holds a release, as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "ports/rollout_store.h"

namespace kai::app {

struct StatusView {
  std::optional<core::Record> record;   // empty: there never was a rollout
  std::optional<ports::Holder> holder;  // empty: nobody runs it
  WallTime now;
};

[[nodiscard]] std::string status_text(const StatusView& view);
[[nodiscard]] Tree status_tree(const StatusView& view);
// One word: "promoted", "rolled back", "paused", "running", "left alone", "none".
[[nodiscard]] std::string state_word(const std::optional<core::Record>& record, bool held);

[[nodiscard]] std::string history_text(const std::vector<ports::HistoryEntry>& entries,
                                       WallTime now, bool headers);
[[nodiscard]] Tree history_tree(const std::vector<ports::HistoryEntry>& entries);
// "rolled back 2h ago: api-server: 80.1% success ...".
[[nodiscard]] std::string entry_text(const ports::HistoryEntry& entry, WallTime now);

// Columns, each as wide as its widest cell; two blanks between them.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace kai::app
