#include "app/screen/history.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/screen/status.h"
#include "app/screen/table.h"

namespace kai::app {
namespace {

constexpr std::size_t unreadable_named_max = 3;

std::string result_of(const ports::HistoryEntry& entry) {
  std::string word(entry.end == core::End::none ? word_of(entry.phase) : name_of(entry.end));
  std::ranges::replace(word, '_', ' ');
  return word;
}

}  // namespace

std::string entry_text(const ports::HistoryEntry& entry, WallTime now) {
  return fmt::format("{} {}: {}", word_of(entry.phase), ago(entry.ended_at, now),
                     entry.reason.sentence);
}

Lines history_lines(const ports::History& history, WallTime now, const HistoryForm& form) {
  if (history.entries.empty()) {
    // With some that cannot be read it is not known whether there were any.
    if (!history.unreadable.empty()) return {{{"no rollout of this release can be shown"}}};
    return {{{"no rollout of this release has ended yet"}}};
  }
  std::vector<Row> rows;
  if (form.headers) {
    rows.push_back({"ROLLOUT", "ENDED", "VERSIONS", "RESULT"});
    if (form.wide) rows.back().insert(rows.back().end(), {"STARTED", "REVISION", "CODE"});
    rows.back().push_back("REASON");
  }
  for (const ports::HistoryEntry& entry : history.entries) {
    Row& row =
        rows.emplace_back(Row{entry.rollout,
                              ago(entry.ended_at, now),
                              (entry.stable_version.empty() ? "(nothing)" : entry.stable_version) +
                                  " -> " + entry.canary_version,
                              {result_of(entry), colour_of(entry.phase, entry.end)}});
    if (form.wide) {
      row.insert(row.end(), {format_wall_time(entry.started_at), std::to_string(entry.revision),
                             entry.reason.code});
    }
    row.push_back(entry.reason.sentence);
  }
  return table_of(rows);
}

Tree entry_tree(const ports::HistoryEntry& entry) {
  return Tree(Tree::Map{
      {"rollout", entry.rollout},
      {"release", entry.release},
      {"namespace", entry.name_space},
      {"stableVersion", entry.stable_version},
      {"canaryVersion", entry.canary_version},
      {"phase", name_of(entry.phase)},
      {"end", name_of(entry.end)},
      {"reason", Tree(Tree::Map{{"code", entry.reason.code}, {"sentence", entry.reason.sentence}})},
      {"startedAt", format_wall_time(entry.started_at)},
      {"endedAt", format_wall_time(entry.ended_at)},
      {"revision", entry.revision}});
}

Tree history_tree(const ports::History& history) {
  Tree list = Tree::list();
  for (const ports::HistoryEntry& entry : history.entries) list.push_back(entry_tree(entry));
  Tree unreadable = Tree::list();
  for (const std::string& why : history.unreadable) unreadable.push_back(why);
  return Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                        {"kind", "RolloutHistory"},
                        {"rollouts", std::move(list)},
                        {"unreadable", std::move(unreadable)}});
}

Lines unreadable_lines(const std::vector<std::string>& unreadable) {
  if (unreadable.empty()) return {};
  const std::string what =
      unreadable.size() == 1 ? "1 entry" : fmt::format("{} entries", unreadable.size());
  Lines lines{{{"warning", Colour::attention}, {": " + what + " could not be read:"}}};
  for (std::size_t i = 0; i < std::min(unreadable.size(), unreadable_named_max); ++i)
    lines.push_back({{"  " + unreadable[i]}});
  if (unreadable.size() > unreadable_named_max) {
    lines.push_back({{fmt::format("  and {} more", unreadable.size() - unreadable_named_max)}});
  }
  return lines;
}

}  // namespace kai::app
