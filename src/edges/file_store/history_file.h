// The history of a release in SQLite: one row per finished rollout, with the entry as JSON.
#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"
#include "ports/rollout_store.h"

namespace kai::edges {

// Another process may be writing: so long is waited for it.
inline constexpr Duration history_busy_max = std::chrono::seconds(1);

class HistoryFile {
 public:
  // `path` of a file that is there, empty at first.
  explicit HistoryFile(std::string path, Duration busy_max = history_busy_max);

  // Replaces an entry of the same rollout. Keeps the newest history_rows_max.
  [[nodiscard]] Result<Unit> add(const ports::HistoryEntry& entry) const;
  // Newest first. What cannot be read is named in `unreadable` and hides no other. An error when
  // none can be read: `malformed` (damaged, somebody else's), `rejected` (no right, a newer
  // version's), `unavailable`.
  [[nodiscard]] Result<ports::History> read() const;

 private:
  std::string path_;
  Duration busy_max_;
};

}  // namespace kai::edges
