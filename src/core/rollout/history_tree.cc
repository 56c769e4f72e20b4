#include "core/rollout/history_tree.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/tree_reader.h"

namespace kai::core {
namespace {

Tree evidence_tree(const std::vector<std::string>& lines) {
  std::size_t bytes = 0;
  std::size_t first = lines.size();
  while (first > 0 && bytes + lines[first - 1].size() <= evidence_bytes_max)
    bytes += lines[--first].size() + 1;
  Tree list = Tree::list();
  for (std::size_t i = first; i < lines.size(); ++i) list.push_back(lines[i]);
  return list;
}

template <typename T>
T named(TreeReader& reader, std::string_view key, std::optional<T> (*from)(std::string_view)) {
  const std::optional<T> value = from(reader.text(key));
  if (!value) reader.mistake(key, "known name");
  return value.value_or(T{});
}

}  // namespace

Tree to_tree(const HistoryEntry& entry) {
  Tree tree(Tree::Map{{"rollout", entry.rollout},
                      {"release", entry.release},
                      {"namespace", entry.name_space},
                      {"stableVersion", entry.stable_version},
                      {"canaryVersion", entry.canary_version},
                      {"phase", name_of(entry.phase)},
                      {"end", name_of(entry.end)},
                      {"code", entry.reason.code},
                      {"sentence", entry.reason.sentence},
                      {"startedAt", format_wall_time(entry.started_at)},
                      {"endedAt", format_wall_time(entry.ended_at)},
                      {"revision", entry.revision},
                      {"evidence", evidence_tree(entry.evidence)}});
  return tree;
}

Result<HistoryEntry> history_entry_from(const Tree& tree) {
  TreeReader reader(tree, "history");
  HistoryEntry entry{.rollout = reader.text("rollout"),
                     .release = reader.text("release"),
                     .name_space = reader.text("namespace"),
                     .stable_version = reader.text("stableVersion"),
                     .canary_version = reader.text("canaryVersion"),
                     .phase = named<Phase>(reader, "phase", phase_from),
                     .end = named<End>(reader, "end", end_from),
                     .reason = {reader.text("code"), reader.text("sentence")},
                     .started_at = reader.time("startedAt"),
                     .ended_at = reader.time("endedAt"),
                     .revision = reader.whole("revision"),
                     .evidence = {}};
  for (const Tree& line : reader.list("evidence")) {
    if (line.as_text() != nullptr) entry.evidence.push_back(*line.as_text());
  }
  if (!reader.is_good()) return std::unexpected(reader.error());
  return entry;
}

void sort_by_age(std::vector<HistoryEntry>& entries) {
  std::ranges::stable_sort(entries,
                           [](const auto& a, const auto& b) { return a.ended_at > b.ended_at; });
}

std::vector<std::string> expired(std::vector<HistoryEntry> entries, WallTime now, std::size_t most,
                                 Duration failed_kept) {
  sort_by_age(entries);
  std::vector<std::string> ids;
  for (std::size_t i = most; i < entries.size(); ++i) {
    const bool failed = entries[i].end != End::promoted;
    const bool is_kept =
        failed && i < failed_entries_max && now - entries[i].ended_at <= failed_kept;
    if (!is_kept) ids.push_back(entries[i].rollout);
  }
  return ids;
}

}  // namespace kai::core
