#include "app/screen/status.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/screen/progress.h"

namespace kai::app {
namespace {

std::string ago(WallTime then, WallTime now) { return format_duration(now - then) + " ago"; }

std::string word_of(core::Phase phase) {
  return phase == core::Phase::rolled_back ? "rolled back" : std::string(name_of(phase));
}

std::string next_action(const core::Record& record, bool held) {
  const std::string& release = record.plan.target.release;
  if (core::is_over(record)) return "";
  if (is_paused(record)) {
    return fmt::format("next      kai-canary resume {0}   or   kai-canary abort {0}\n", release);
  }
  if (held)
    return fmt::format("next      nothing to do; stop it with: kai-canary abort {}\n", release);
  return fmt::format(
      "next      nobody runs this rollout; the traffic stays as it is. Clean up with: kai-canary "
      "abort {0}, "
      "or go on with: kai-canary resume {0}\n",
      release);
}

Tree reason_tree(const core::Reason& reason) {
  return Tree(Tree::Map{{"code", reason.code}, {"sentence", reason.sentence}});
}

}  // namespace

std::string state_word(const std::optional<core::Record>& record, bool held) {
  if (!record || record->rollout.empty()) return "none";
  if (core::is_over(*record) || is_paused(*record)) return word_of(record->phase);
  return held ? "running" : "left alone";
}

std::string status_text(const StatusView& view) {
  if (!view.record || view.record->rollout.empty())
    return "no rollout was ever started for this release\n";
  const core::Record& record = *view.record;
  std::string text = fmt::format("rollout   {} of {}/{}   {} -> {}\n", record.rollout,
                                 record.plan.target.name_space, record.plan.target.release,
                                 record.stable_version, record.canary_version);
  text += fmt::format("state     {}: {}\n", state_word(view.record, view.holder.has_value()),
                      words_of(record));
  text += fmt::format("weight    {} authorised, {}\n", format_weight(record.authorised),
                      record.applied == core::Applied::unknown ? "not confirmed" : "applied");
  if (!record.reason.sentence.empty())
    text += fmt::format("reason    {}\n", record.reason.sentence);
  if (!record.judged.sentence.empty())
    text += fmt::format("judge     {}\n", record.judged.sentence);
  text += fmt::format("started   {}; last change {}\n", ago(record.started_at, view.now),
                      ago(record.updated_at, view.now));
  if (view.holder) {
    text +=
        fmt::format("holder    {}@{} process {}, since {}\n", view.holder->name, view.holder->host,
                    view.holder->process, format_wall_time(view.holder->since));
  }
  return text + next_action(record, view.holder.has_value());
}

Tree status_tree(const StatusView& view) {
  Tree tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"}, {"kind", "RolloutStatus"}});
  tree.set("state", state_word(view.record, view.holder.has_value()));
  if (!view.record || view.record->rollout.empty()) return tree;
  const core::Record& record = *view.record;
  tree.set("rollout", record.rollout);
  tree.set("release", record.plan.target.release);
  tree.set("namespace", record.plan.target.name_space);
  tree.set("stableVersion", record.stable_version);
  tree.set("canaryVersion", record.canary_version);
  tree.set("phase", name_of(record.phase));
  tree.set("stage", name_of(record.stage));
  tree.set("settled", record.settled);
  tree.set("end", name_of(record.end));
  tree.set("step", std::int64_t{record.step} + 1);
  tree.set("steps", static_cast<std::int64_t>(record.plan.steps.size()));
  tree.set("weightPercent", static_cast<double>(record.authorised.hundredths()) / 100);
  tree.set("applied", name_of(record.applied));
  tree.set("reason", reason_tree(record.reason));
  if (record.judged.frames > 0) {
    tree.set(
        "judged",
        Tree(Tree::Map{{"intervals", static_cast<std::int64_t>(record.judged.frames)},
                       {"canaryRequests", static_cast<std::int64_t>(record.judged.canary_requests)},
                       {"sentence", record.judged.sentence}}));
  }
  tree.set("startedAt", format_wall_time(record.started_at));
  tree.set("updatedAt", format_wall_time(record.updated_at));
  if (view.holder) {
    tree.set("holder", Tree(Tree::Map{{"name", view.holder->name},
                                      {"host", view.holder->host},
                                      {"process", view.holder->process}}));
  }
  return tree;
}

std::string entry_text(const ports::HistoryEntry& entry, WallTime now) {
  return fmt::format("{} {}: {}", word_of(entry.phase), ago(entry.ended_at, now),
                     entry.reason.sentence);
}

std::string history_text(const std::vector<ports::HistoryEntry>& entries, WallTime now,
                         bool headers) {
  if (entries.empty()) return "no rollout of this release has ended yet\n";
  std::vector<std::vector<std::string>> rows;
  if (headers) rows.push_back({"ROLLOUT", "ENDED", "VERSIONS", "RESULT", "REASON"});
  for (const ports::HistoryEntry& entry : entries) {
    rows.push_back(
        {entry.rollout, ago(entry.ended_at, now),
         entry.stable_version + " -> " + entry.canary_version,
         entry.end == core::End::none ? word_of(entry.phase) : std::string(name_of(entry.end)),
         entry.reason.sentence});
  }
  return table_text(rows);
}

Tree history_tree(const std::vector<ports::HistoryEntry>& entries) {
  Tree list = Tree::list();
  for (const ports::HistoryEntry& entry : entries) {
    Tree& item = list.push_back(Tree::map());
    item.set("rollout", entry.rollout);
    item.set("release", entry.release);
    item.set("namespace", entry.name_space);
    item.set("stableVersion", entry.stable_version);
    item.set("canaryVersion", entry.canary_version);
    item.set("phase", name_of(entry.phase));
    item.set("end", name_of(entry.end));
    item.set("reason", reason_tree(entry.reason));
    item.set("startedAt", format_wall_time(entry.started_at));
    item.set("endedAt", format_wall_time(entry.ended_at));
    item.set("revision", entry.revision);
  }
  return Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                        {"kind", "RolloutHistory"},
                        {"rollouts", std::move(list)}});
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 < row.size() ? fmt::format("{:{}}  ", row[i], widths[i]) : row[i];
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace kai::app
