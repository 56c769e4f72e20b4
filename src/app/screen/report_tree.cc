// A report as data.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "app/screen/report.h"
#include "app/screen/report_parts.h"

namespace kai::app {
namespace parts {

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string state_of(const core::Report& report) {
  const core::ReportEnd* const end = core::end_of(report);
  if (end == nullptr) return "no end";
  return words(end->end == core::End::none ? name_of(end->phase) : name_of(end->end));
}

}  // namespace parts

namespace {

using core::FrameJudged;
using core::JudgeBegan;
using core::ReportEvent;
using core::ReportLine;

Tree place_tree(const std::optional<core::Replayed::Place>& place) {
  if (!place) return {};
  return Tree(Tree::Map{{"line", static_cast<std::int64_t>(place->line)}, {"what", place->what}});
}

Tree replay_tree(const core::Replayed& replayed) {
  return Tree(Tree::Map{{"isSame", replayed.is_same()},
                        {"same", static_cast<std::int64_t>(replayed.same)},
                        {"different", static_cast<std::int64_t>(replayed.different)},
                        {"unchecked", static_cast<std::int64_t>(replayed.unchecked)},
                        {"firstDifferent", place_tree(replayed.first_different)},
                        {"firstUnchecked", place_tree(replayed.first_unchecked)},
                        {"sentence", replay_sentence(replayed)}});
}

// What a line has, and where it stands.
Tree line_tree(const ReportLine& line) {
  Tree tree = to_tree(line);
  tree.set("line", static_cast<std::int64_t>(line.number));
  return tree;
}

template <typename T>
Tree lines_tree(const core::Report& report) {
  Tree list = Tree::list();
  for (const auto& [line, what] : parts::all_of<T>(report)) list.push_back(line_tree(*line));
  return list;
}

}  // namespace

Tree report_tree(const ReportView& view) {
  const core::ReportHead& head = view.report.head;
  Tree tree = to_tree(head);
  tree.set("kind", "RolloutReport");
  tree.set("state", parts::state_of(view.report));
  if (const core::ReportEnd* const end = core::end_of(view.report)) {
    tree.set("endedAt", format_wall_time(view.report.lines.back().at));
    tree.set("exitCode", end->exit_code);
    tree.set("phase", name_of(end->phase));
    tree.set("end", name_of(end->end));
    tree.set("reason",
             Tree(Tree::Map{{"code", end->reason.code}, {"sentence", end->reason.sentence}}));
    tree.set("sentence", end->sentence);
  }
  tree.set("judges", lines_tree<JudgeBegan>(view.report));
  tree.set("events", lines_tree<ReportEvent>(view.report));
  tree.set("verdicts", lines_tree<FrameJudged>(view.report));
  tree.set("full", core::is_full(view.report));
  Tree& unread = tree.set("unread", Tree::list());
  for (const core::Report::Unread& line : view.report.unread) {
    unread.push_back(
        Tree(Tree::Map{{"line", static_cast<std::int64_t>(line.line)}, {"why", line.why}}));
  }
  Tree& logs = tree.set("logs", Tree::list());
  for (const std::string& log : view.logs) logs.push_back(log);
  if (!view.note.empty()) tree.set("note", view.note);
  if (view.replayed) tree.set("replay", replay_tree(*view.replayed));
  return tree;
}

}  // namespace kai::app
