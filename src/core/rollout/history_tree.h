// HistoryEntry <-> Tree, and which entries are kept.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/history.h"

namespace kai::core {

inline constexpr std::size_t evidence_bytes_max =
    std::size_t{256} << 10U;  // of one entry; the oldest lines go first

[[nodiscard]] Tree to_tree(const HistoryEntry& entry);
[[nodiscard]] Result<HistoryEntry> history_entry_from(const Tree& tree);

inline constexpr std::size_t failed_entries_max = 200;  // young or not

// Ids of the rollouts whose entries may go: all but the newest `most`, and of those beyond not a
// failed one younger than `failed_kept`, as long as there are no more than failed_entries_max.
[[nodiscard]] std::vector<std::string> expired(std::vector<HistoryEntry> entries, WallTime now,
                                               std::size_t most, Duration failed_kept);

// Newest first.
void sort_by_age(std::vector<HistoryEntry>& entries);

}  // namespace kai::core
