// releases, versions and rollback: Helm's own records, read natively, with what we know of their
// canaries.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/screen/status.h"
#include "codec/quote.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr Duration rollback_time = std::chrono::minutes(5);

std::string canary_cell(const edges::KnownRollouts& known, const edges::ReleaseRow& row,
                        WallTime now) {
  for (const core::Record& record : known.records) {
    const bool same =
        record.plan.target.release == row.name && record.plan.target.name_space == row.name_space;
    if (same && !record.rollout.empty() && !core::is_over(record)) {
      return fmt::format("{} at {}: {}", name_of(record.phase), format_weight(record.authorised),
                         record.reason.sentence);
    }
  }
  for (const ports::HistoryEntry& entry : known.history) {
    if (entry.release == row.name && entry.name_space == row.name_space)
      return entry_text(entry, now);
  }
  return "-";
}

Tree row_tree(const edges::ReleaseRow& row, const std::string& canary) {
  return Tree(Tree::Map{{"name", row.name},
                        {"namespace", row.name_space},
                        {"revision", row.revision},
                        {"updated", row.updated},
                        {"status", row.status},
                        {"chart", row.chart},
                        {"appVersion", row.app_version},
                        {"canary", canary}});
}

std::optional<std::int64_t> revision_in(const std::string& text) {
  std::int64_t revision = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), revision);
  const bool whole =
      !text.empty() && parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole && revision > 0 ? std::optional(revision) : std::nullopt;
}

}  // namespace

int run_releases(App& app, const Arguments& arguments) {
  auto target = read_target(app, arguments, "");
  if (!target) return exit_usage;
  auto cluster = connect_or_code(app, arguments, *target);
  if (!cluster) return cluster.error();
  // Everything that may be read; with fewer rights, the one namespace.
  std::string name_space = flag_or(arguments, "namespace", "");
  auto rows = net::await<std::vector<edges::ReleaseRow>>(
      app.loop, [&](auto reply) { (*cluster)->releases().list(name_space, std::move(reply)); });
  if (!rows && name_space.empty() && rows.error().kind == ErrorKind::rejected) {
    name_space = target->name_space;
    rows = net::await<std::vector<edges::ReleaseRow>>(
        app.loop, [&](auto reply) { (*cluster)->releases().list(name_space, std::move(reply)); });
  }
  if (!rows) return report(app, "cannot list releases", rows.error());
  auto known = net::await<edges::KnownRollouts>(
      app.loop, [&](auto reply) { (*cluster)->known_rollouts(name_space, std::move(reply)); });
  if (!known) return report(app, "cannot list rollouts", known.error());
  std::vector<std::vector<std::string>> table;
  if (!has_flag(arguments, "no-headers"))
    table.push_back(
        {"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "CANARY"});
  Tree items = Tree::list();
  for (const edges::ReleaseRow& row : *rows) {
    const std::string canary = codec::printable(canary_cell(*known, row, app.wall.now()));
    table.push_back({row.name, row.name_space, std::to_string(row.revision), row.updated,
                     row.status, row.chart, row.app_version, canary});
    items.push_back(row_tree(row, canary));
  }
  if (wants_json(arguments)) {
    print_tree(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "ReleaseList"},
                              {"items", std::move(items)}}));
  } else {
    app.out(table_text(table));
  }
  return 0;
}

int run_versions(App& app, const Arguments& arguments) {
  auto target = read_target(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!target) return exit_usage;
  auto cluster = connect_or_code(app, arguments, *target);
  if (!cluster) return cluster.error();
  const auto rows = net::await<std::vector<edges::VersionRow>>(app.loop, [&](auto reply) {
    (*cluster)->releases().versions(target->name_space, target->release, std::move(reply));
  });
  if (!rows) return report(app, "cannot list the versions of " + target->release, rows.error(), 4);
  std::vector<std::vector<std::string>> table;
  if (!has_flag(arguments, "no-headers"))
    table.push_back(
        {"REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "GOOD", "DESCRIPTION"});
  Tree items = Tree::list();
  for (const edges::VersionRow& row : *rows) {
    table.push_back({std::to_string(row.revision), row.updated, row.status, row.chart,
                     row.app_version, row.may_be_good ? "yes" : "no", row.description});
    items.push_back(Tree(Tree::Map{{"revision", row.revision},
                                   {"updated", row.updated},
                                   {"status", row.status},
                                   {"chart", row.chart},
                                   {"appVersion", row.app_version},
                                   {"good", row.may_be_good},
                                   {"description", row.description}}));
  }
  if (wants_json(arguments)) {
    print_tree(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "VersionList"},
                              {"items", std::move(items)}}));
  } else {
    app.out(table_text(table));
  }
  return 0;
}

int run_rollback(App& app, const Arguments& arguments) {
  auto target = read_target(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!target) return exit_usage;
  const std::string wanted =
      arguments.words.size() > 1 ? arguments.words[1] : flag_or(arguments, "rollback", "");
  const auto revision = revision_in(wanted);
  if (!wanted.empty() && !revision) {
    app.err(fmt::format("--rollback: '{}' is no revision; see --list-versions\n",
                        codec::printable(wanted)));
    return exit_usage;
  }
  auto cluster = connect_or_code(app, arguments, *target);
  if (!cluster) return cluster.error();
  auto stored = net::await<std::optional<ports::Stored>>(
      app.loop, [&](auto reply) { (*cluster)->store().load(std::move(reply)); });
  if (!stored) return report(app, "cannot read the record of this release", stored.error());
  if (*stored && !(*stored)->record.rollout.empty() && !core::is_over((*stored)->record)) {
    app.err(fmt::format(
        "kai-canary: a rollout of {0} is under way; abort it first: kai-canary abort {0}\n",
        target->release));
    return 5;
  }
  const edges::Releases::RollbackWish wish{.target = {.release = target->release,
                                                      .name_space = target->name_space,
                                                      .context = target->context},
                                           .revision = revision,
                                           .forced = has_flag(arguments, "force"),
                                           .timeout = rollback_time};
  const auto went = net::await<std::int64_t>(
      app.loop, [&](auto reply) { (*cluster)->releases().rollback(wish, std::move(reply)); });
  if (!went) return report(app, "cannot roll back", went.error(), 4);
  app.out(
      fmt::format("ROLLED BACK: release {} is at what revision {} was\n", target->release, *went));
  return 0;
}

}  // namespace kai::app
