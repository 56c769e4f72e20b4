// status, list, history and logs: reading only.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/screen/status.h"
#include "codec/quote.h"
#include "core/rollout/advance.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr Duration watch_period = std::chrono::seconds(1);

struct Connected {
  core::Target target;
  std::unique_ptr<Kubernetes> cluster;
};

std::expected<Connected, int> connect(App& app, const Arguments& arguments) {
  auto target = read_target(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!target) return std::unexpected(exit_usage);
  auto cluster = connect_or_code(app, arguments, *target);
  if (!cluster) return std::unexpected(cluster.error());
  return Connected{std::move(*target), std::move(*cluster)};
}

Result<StatusView> look(App& app, Kubernetes& cluster) {
  auto stored = net::await<std::optional<ports::Stored>>(
      app.loop, [&](auto reply) { cluster.store().load(std::move(reply)); });
  if (!stored) return std::unexpected(stored.error());
  auto holder = net::await<std::optional<ports::Holder>>(
      app.loop, [&](auto reply) { cluster.store().holder(std::move(reply)); });
  if (!holder) return std::unexpected(holder.error());
  return StatusView{.record = *stored ? std::optional((*stored)->record) : std::nullopt,
                    .holder = *holder,
                    .now = app.wall.now()};
}

void print_status(App& app, const Arguments& arguments, const StatusView& view) {
  if (wants_json(arguments)) return print_tree(app, arguments, status_tree(view));
  app.out(status_text(view));
}

void wait(App& app, Duration duration) {
  bool done = false;
  app.loop.at(app.steady.now() + duration, [&done] { done = true; });
  static_cast<void>(app.loop.run_until([&done] { return done; }));
}

// `status -w` shows every change and answers the code of the rollout's end.
int watch_status(App& app, const Arguments& arguments, Kubernetes& cluster) {
  std::string last;
  while (true) {
    const auto view = look(app, cluster);
    if (!view) return report(app, "cannot read the record of this release", view.error());
    const std::string state =
        view->record ? fmt::format("{} {} {}", view->record->seq, name_of(view->record->phase),
                                   view->holder.has_value())
                     : "";
    if (state != last) print_status(app, arguments, *view);
    last = state;
    const bool ended = !view->record || view->record->rollout.empty() ||
                       core::is_over(*view->record) ||
                       (core::is_paused(*view->record) && !view->holder);
    if (ended)
      return view->record && !view->record->rollout.empty() ? exit_code_of(*view->record) : 0;
    wait(app, watch_period);
  }
}

}  // namespace

int run_status(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  if (has_flag(arguments, "watch")) return watch_status(app, arguments, *connected->cluster);
  const auto view = look(app, *connected->cluster);
  if (!view) return report(app, "cannot read the record of this release", view.error());
  print_status(app, arguments, *view);
  return 0;
}

int run_list(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  const std::string name_space =
      has_flag(arguments, "all-namespaces") ? "" : connected->target.name_space;
  const auto known = net::await<edges::KnownRollouts>(app.loop, [&](auto reply) {
    connected->cluster->known_rollouts(name_space, std::move(reply));
  });
  if (!known) return report(app, "cannot list rollouts", known.error());
  std::vector<std::vector<std::string>> rows;
  if (!has_flag(arguments, "no-headers"))
    rows.push_back({"NAMESPACE", "RELEASE", "ROLLOUT", "STATE", "WEIGHT", "VERSIONS", "REASON"});
  Tree items = Tree::list();
  for (const core::Record& record : known->records) {
    if (record.rollout.empty()) continue;
    rows.push_back({record.plan.target.name_space, record.plan.target.release, record.rollout,
                    std::string(name_of(record.phase)), format_weight(record.authorised),
                    record.stable_version + " -> " + record.canary_version,
                    record.reason.sentence});
    items.push_back(status_tree({.record = record, .holder = {}, .now = app.wall.now()}));
  }
  if (wants_json(arguments)) {
    print_tree(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "RolloutList"},
                              {"items", std::move(items)}}));
  } else {
    app.out(table_text(rows));
  }
  return 0;
}

int run_history(App& app, const Arguments& arguments) {
  auto connected = connect(app, arguments);
  if (!connected) return connected.error();
  const auto entries = net::await<std::vector<ports::HistoryEntry>>(
      app.loop, [&](auto reply) { connected->cluster->store().history(std::move(reply)); });
  if (!entries) return report(app, "cannot read the history of this release", entries.error());
  if (wants_json(arguments)) {
    print_tree(app, arguments, history_tree(*entries));
  } else {
    app.out(history_text(*entries, app.wall.now(), !has_flag(arguments, "no-headers")));
  }
  return 0;
}

// The word is a release (its newest kept canary) or a rollout's id.
int run_logs(App& app, const Arguments& arguments) {
  auto target = read_target(app, arguments, "");
  if (!target) return exit_usage;
  auto cluster = connect_or_code(app, arguments, *target);
  if (!cluster) return cluster.error();
  const std::string& word = arguments.words[0];
  const auto known = net::await<edges::KnownRollouts>(app.loop, [&](auto reply) {
    (*cluster)->known_rollouts(target->name_space, std::move(reply));
  });
  if (!known) return report(app, "cannot read the history", known.error());
  const auto found = std::ranges::find_if(known->history, [&](const ports::HistoryEntry& entry) {
    return entry.rollout == word || (entry.release == word && !entry.evidence.empty());
  });
  if (found == known->history.end()) {
    app.err(
        fmt::format("kai-canary: nothing is kept of '{}' in namespace {}: neither a rollout's id "
                    "nor a release with a failed canary; see kai-canary history\n",
                    codec::printable(word), target->name_space));
    return exit_usage;
  }
  app.out(codec::printable(fmt::format("rollout {} of {}: {}", found->rollout, found->release,
                                       entry_text(*found, app.wall.now()))) +
          "\n");
  for (const std::string& line : found->evidence) app.out(codec::printable(line) + "\n");
  return 0;
}

}  // namespace kai::app
