// status, list, history and logs: reading only.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/screen/history.h"
#include "app/screen/status.h"
#include "core/rollout/advance.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr Duration watch_period = std::chrono::seconds(1);
// An owner shows signs of life every few seconds. After this time without one nobody runs the
// rollout, whatever name a lease still bears.
constexpr Duration silent_max = std::chrono::seconds(30);

struct Connected {
  core::Target target;
  std::unique_ptr<Platform> platform;
};

std::expected<Connected, int> connect(App& app, const Arguments& arguments) {
  auto subject = read_subject(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!subject) return std::unexpected(exit_usage);
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return std::unexpected(platform.error());
  return Connected{std::move(subject->target), std::move(*platform)};
}

Result<StatusView> look(App& app, Connected& connected) {
  Platform& platform = *connected.platform;
  auto stored = net::await<std::optional<ports::Stored>>(
      app.loop, [&](auto reply) { platform.store().load(std::move(reply)); });
  if (!stored) return std::unexpected(stored.error());
  auto holder = net::await<std::optional<ports::Holder>>(
      app.loop, [&](auto reply) { platform.store().holder(std::move(reply)); });
  if (!holder) return std::unexpected(holder.error());
  if (*holder && (*holder)->silent >= silent_max) holder->reset();
  return StatusView{.name_space = connected.target.name_space,
                    .release = connected.target.release,
                    .record = *stored ? std::optional((*stored)->record) : std::nullopt,
                    .holder = *holder,
                    .now = app.wall.now()};
}

void print_status(App& app, const Arguments& arguments, const StatusView& view) {
  if (wants_data(app, arguments)) return print_data(app, arguments, status_tree(view));
  if (form_of(app, arguments) != Form::name)
    return print(app, status_lines(view, form_of(app, arguments) == Form::wide));
  if (view.record && !view.record->rollout.empty()) print(app, {{{view.release}}});
}

// All that a person would call a change; the times that go on by themselves are none. Much of it
// reaches the record without a decision.
std::string state_of(const StatusView& view) {
  if (!view.record) return "";
  const core::Record& record = *view.record;
  return fmt::format("{} {} {} {} {} {} {}", record.seq, name_of(record.phase),
                     name_of(record.stage), record.applied == core::Applied::unknown,
                     record.unknown_spent > Duration::zero(), record.judged.sentence,
                     view.holder.has_value());
}

// Nobody goes on with it: it is neither over nor paused, and the claim is free.
bool is_left_alone(const StatusView& view) {
  return view.record && !view.record->rollout.empty() && !core::is_over(*view.record) &&
         !core::is_paused(*view.record) && !view.holder;
}

// `status -w` shows every change and answers the code of the rollout's end. Where nobody runs it,
// there is none to wait for; two looks say so, since its owner may end between the record and the
// holder of one.
int watch_status(App& app, const Arguments& arguments, Connected& connected) {
  std::string last;
  bool was_left_alone = false;
  while (true) {
    const auto view = look(app, connected);
    if (!view) return report(app, "cannot read the record of this release", view.error());
    const std::string state = state_of(*view);
    if (state != last) print_status(app, arguments, *view);
    last = state;
    const bool ended = !view->record || view->record->rollout.empty() ||
                       core::is_over(*view->record) ||
                       (core::is_paused(*view->record) && !view->holder);
    if (ended)
      return view->record && !view->record->rollout.empty() ? exit_code_of(*view->record) : 0;
    const bool left_alone = is_left_alone(*view);
    if (left_alone && was_left_alone) return exit_not_confirmed;
    was_left_alone = left_alone;
    wait(app, watch_period);
  }
}

Tree list_tree(const App& app, const ports::KnownRollouts& known) {
  Tree items = Tree::list();
  for (const core::Record& record : known.records) {
    if (record.rollout.empty()) continue;
    items.push_back(status_tree({.name_space = record.plan.target.name_space,
                                 .release = record.plan.target.release,
                                 .record = record,
                                 .holder = {},
                                 .now = app.wall.now(),
                                 .holder_asked = false}));
  }
  Tree unreadable = Tree::list();
  for (const std::string& why : known.unreadable) unreadable.push_back(why);
  return Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                        {"kind", "RolloutList"},
                        {"items", std::move(items)},
                        {"unreadable", std::move(unreadable)}});
}

void print_list(App& app, const Arguments& arguments, const ports::KnownRollouts& known) {
  if (wants_data(app, arguments)) return print_data(app, arguments, list_tree(app, known));
  const Form form = form_of(app, arguments);
  const bool wide = form == Form::wide;
  std::vector<Row> rows;
  const bool headers = form != Form::name && !is_on(app, arguments, "no-headers");
  if (headers) rows.push_back(list_header(wide));
  for (const core::Record& record : known.records) {
    if (record.rollout.empty()) continue;
    rows.push_back(form == Form::name ? Row{record.plan.target.release}
                                      : list_row(record, app.wall.now(), wide));
  }
  if (rows.size() == (headers ? 1U : 0U)) {
    if (form != Form::name) narrate(app, {{{"no rollout was ever started here"}}});
    return;
  }
  print(app, table_of(rows));
}

Tree logs_tree(const ports::HistoryEntry& entry) {
  Tree tree = entry_tree(entry);
  Tree lines = Tree::list();
  for (const std::string& line : entry.evidence) lines.push_back(line);
  tree.set("apiVersion", "kai-canary.dev/v1");
  tree.set("kind", "RolloutLogs");
  tree.set("lines", std::move(lines));
  return tree;
}

}  // namespace

int run_status(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  if (is_on(app, arguments, "watch")) return watch_status(app, arguments, *connected);
  const auto view = look(app, *connected);
  if (!view) return report(app, "cannot read the record of this release", view.error());
  print_status(app, arguments, *view);
  return 0;
}

int run_list(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  const std::string name_space =
      is_on(app, arguments, "all-namespaces") ? "" : connected->target.name_space;
  const auto known = net::await<ports::KnownRollouts>(app.loop, [&](auto reply) {
    connected->platform->known_rollouts(name_space, std::move(reply));
  });
  if (!known) return report(app, "cannot list rollouts", known.error());
  narrate(app, unreadable_lines(known->unreadable));
  print_list(app, arguments, *known);
  return 0;
}

int run_history(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  const auto history = net::await<ports::History>(
      app.loop, [&](auto reply) { connected->platform->store().history(std::move(reply)); });
  if (!history) return report(app, "cannot read the history of this release", history.error());
  narrate(app, unreadable_lines(history->unreadable));
  const Form form = form_of(app, arguments);
  if (wants_data(app, arguments)) {
    print_data(app, arguments, history_tree(*history));
  } else if (form == Form::name) {
    for (const ports::HistoryEntry& entry : history->entries) print(app, {{{entry.rollout}}});
  } else {
    print(app, history_lines(
                   *history, app.wall.now(),
                   {.headers = !is_on(app, arguments, "no-headers"), .wide = form == Form::wide}));
  }
  return 0;
}

// The word is a release (its newest kept canary) or a rollout's id.
int run_logs(App& app, const Arguments& arguments) {
  auto subject = read_subject(app, arguments, "");
  if (!subject) return exit_usage;
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return platform.error();
  const std::string& word = arguments.words[0];
  const auto known = net::await<ports::KnownRollouts>(app.loop, [&](auto reply) {
    (*platform)->known_rollouts(subject->target.name_space, std::move(reply));
  });
  if (!known) return report(app, "cannot read the history", known.error());
  const auto& entries = known->history.entries;
  const auto found = std::ranges::find_if(entries, [&](const ports::HistoryEntry& entry) {
    return entry.rollout == word || (entry.release == word && !entry.evidence.empty());
  });
  narrate(app, unreadable_lines(known->history.unreadable));
  if (found == entries.end()) {
    narrate(app, {{{fmt::format(
                     "kai-canary: nothing is kept of '{}' in namespace {}: neither a rollout's id "
                     "nor a release with a failed canary; see kai-canary history",
                     word, subject->target.name_space)}}});
    return exit_usage;
  }
  if (wants_data(app, arguments)) {
    print_data(app, arguments, logs_tree(*found));
    return 0;
  }
  Lines lines{{{fmt::format("rollout {} of {}: ", found->rollout, found->release)},
               {entry_text(*found, app.wall.now()), colour_of(found->phase, found->end)}}};
  for (const std::string& line : found->evidence) lines.push_back({{line}});
  if (found->evidence.empty()) lines.push_back({{"no line of its pods was kept"}});
  print(app, lines);
  return 0;
}

}  // namespace kai::app
