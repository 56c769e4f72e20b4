// releases, versions and rollback: what the platform keeps of its releases (on Kubernetes Helm's
// own records, read natively), with what we know of their canaries.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/screen/history.h"
#include "app/screen/progress.h"
#include "app/screen/status.h"
#include "app/screen/table.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr Duration rollback_time = std::chrono::minutes(5);

std::string canary_cell(const ports::KnownRollouts& known, const ReleaseRow& row, WallTime now) {
  for (const core::Record& record : known.records) {
    const bool same =
        record.plan.target.release == row.name && record.plan.target.name_space == row.name_space;
    if (same && !record.rollout.empty() && !core::is_over(record)) {
      return fmt::format("{} at {}: {}", name_of(record.phase), format_weight(record.authorised),
                         record.reason.sentence);
    }
  }
  for (const ports::HistoryEntry& entry : known.history.entries) {
    if (entry.release == row.name && entry.name_space == row.name_space)
      return entry_text(entry, now);
  }
  return "-";
}

Tree row_tree(const ReleaseRow& row, const std::string& canary) {
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
  auto subject = read_subject(app, arguments, "");
  if (!subject) return exit_usage;
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return platform.error();
  // Everything that may be read; with fewer rights, the one namespace.
  std::string name_space =
      is_on(app, arguments, "all-namespaces") ? "" : option_or(app, arguments, "namespace", "");
  auto rows = net::await<std::vector<ReleaseRow>>(
      app.loop, [&](auto reply) { (*platform)->releases(name_space, std::move(reply)); });
  if (!rows && name_space.empty() && rows.error().kind == ErrorKind::rejected) {
    name_space = subject->target.name_space;
    rows = net::await<std::vector<ReleaseRow>>(
        app.loop, [&](auto reply) { (*platform)->releases(name_space, std::move(reply)); });
  }
  if (!rows) return report(app, "cannot list releases", rows.error());
  auto known = net::await<ports::KnownRollouts>(
      app.loop, [&](auto reply) { (*platform)->known_rollouts(name_space, std::move(reply)); });
  if (!known) return report(app, "cannot list rollouts", known.error());
  narrate(app, unreadable_lines(known->unreadable));
  narrate(app, unreadable_lines(known->history.unreadable));
  const bool only_names = form_of(app, arguments) == Form::name;
  std::vector<Row> table;
  if (!only_names && !is_on(app, arguments, "no-headers"))
    table.push_back(
        {"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "CANARY"});
  Tree items = Tree::list();
  for (const ReleaseRow& row : *rows) {
    const std::string canary = canary_cell(*known, row, app.wall.now());
    table.push_back(only_names ? Row{row.name}
                               : Row{row.name, row.name_space, std::to_string(row.revision),
                                     row.updated, row.status, row.chart, row.app_version, canary});
    items.push_back(row_tree(row, canary));
  }
  if (wants_data(app, arguments)) {
    print_data(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "ReleaseList"},
                              {"items", std::move(items)}}));
  } else {
    print(app, table_of(table));
  }
  return 0;
}

int run_versions(App& app, const Arguments& arguments) {
  auto subject = read_subject(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!subject) return exit_usage;
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return platform.error();
  const auto rows = net::await<std::vector<VersionRow>>(
      app.loop, [&](auto reply) { (*platform)->versions(std::move(reply)); });
  if (!rows) {
    const int code = rows.error().kind == ErrorKind::no_data ? exit_refused : exit_unreachable;
    return report(app, "cannot list the versions of " + subject->target.release, rows.error(),
                  code);
  }
  const bool only_names = form_of(app, arguments) == Form::name;
  std::vector<Row> table;
  if (!only_names && !is_on(app, arguments, "no-headers"))
    table.push_back(
        {"REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "GOOD", "DESCRIPTION"});
  Tree items = Tree::list();
  for (const VersionRow& row : *rows) {
    const std::string revision = std::to_string(row.revision);
    table.push_back(only_names ? Row{revision}
                               : Row{revision, row.updated, row.status, row.chart, row.app_version,
                                     row.may_be_good ? "yes" : "no", row.description});
    items.push_back(Tree(Tree::Map{{"revision", row.revision},
                                   {"updated", row.updated},
                                   {"status", row.status},
                                   {"chart", row.chart},
                                   {"appVersion", row.app_version},
                                   {"good", row.may_be_good},
                                   {"description", row.description}}));
  }
  if (wants_data(app, arguments)) {
    print_data(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "VersionList"},
                              {"items", std::move(items)}}));
  } else {
    print(app, table_of(table));
  }
  return 0;
}

int run_rollback(App& app, const Arguments& arguments) {
  auto subject = read_subject(app, arguments, arguments.words.empty() ? "" : arguments.words[0]);
  if (!subject) return exit_usage;
  const std::string wanted =
      arguments.words.size() > 1 ? arguments.words[1] : option_or(app, arguments, "rollback", "");
  const auto revision = revision_in(wanted);
  if (!wanted.empty() && !revision) {
    narrate(app,
            {{{fmt::format("--rollback: '{}' is no revision; see kai-canary versions", wanted)}}});
    return exit_usage;
  }
  auto platform = connect_or_code(app, arguments, *subject);
  if (!platform) return platform.error();
  auto stored = net::await<std::optional<ports::Stored>>(
      app.loop, [&](auto reply) { (*platform)->store().load(std::move(reply)); });
  if (!stored) return report(app, "cannot read the record of this release", stored.error());
  if (*stored && !(*stored)->record.rollout.empty() && !core::is_over((*stored)->record)) {
    narrate(app,
            {{{fmt::format(
                "kai-canary: a rollout of {0} is under way; abort it first: kai-canary abort {0}",
                subject->target.release)}}});
    return exit_locked;
  }
  const auto ready =
      net::await<Unit>(app.loop, [&](auto reply) { (*platform)->get_ready(std::move(reply)); });
  if (!ready) return report(app, "cannot roll back", ready.error(), exit_refused);
  narrate(app,
          {{{fmt::format(
              "going back to {}; waits until it serves, and what serves now has ended (if you stop "
              "this, the same rollback again goes on)",
              revision ? fmt::format("revision {}", *revision) : "the newest good revision")}}});
  const RollbackWish wish{
      .revision = revision, .forced = is_on(app, arguments, "force"), .timeout = rollback_time};
  const auto went = net::await<RollbackDone>(
      app.loop, [&](auto reply) { (*platform)->rollback(wish, std::move(reply)); });
  if (!went) return report(app, "cannot roll back", went.error(), exit_refused);
  if (went->trouble) {
    print(app, {headline(fmt::format("NOT CONFIRMED: {3} was rolling release {0} back to revision "
                                     "{1}: {2}; the release may have no deployed revision, and {3} "
                                     "may still be at work. Look with: kai-canary versions {0}; "
                                     "the same rollback again repairs it once the cause is gone",
                                     subject->target.release, went->revision,
                                     went->trouble->message, (*platform)->words().who),
                         Colour::bad)});
    return exit_not_confirmed;
  }
  print(app, {headline(fmt::format("ROLLED BACK: release {} is at what revision {} was",
                                   subject->target.release, went->revision),
                       Colour::good)});
  return 0;
}

}  // namespace kai::app
