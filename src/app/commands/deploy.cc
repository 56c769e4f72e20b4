// deploy, helm-deploy and plan: from what a person wrote to a rollout that ended.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/commands/foreground.h"
#include "app/config_sources.h"
#include "app/screen/findings.h"
#include "app/screen/progress.h"
#include "app/screen/status.h"
#include "app/service_file.h"
#include "core/plan/local_options.h"
#include "core/plan/make_plan.h"
#include "core/plan/service_file.h"
#include "engine/prepare.h"
#include "engine/takeover.h"
#include "net/await.h"

namespace kai::app {
namespace {

using Defaults = std::map<std::string, std::string>;

class Deploy {
 public:
  Deploy(App& app, const Arguments& arguments, std::string dry_run)
      : app_(app), arguments_(arguments), dry_run_(std::move(dry_run)) {}

  int run(Defaults defaults) {
    const auto read = read_settings(app_, arguments_, std::move(defaults), NeedsChart::yes);
    if (!read) return usage(read.error());
    auto plan = core::make_plan(read->sources);
    if (!plan) return usage(plan.error());
    plan_ = std::move(*plan);
    for (const std::string& warning : plan_.warnings)
      narrate(app_, {{{"warning", Colour::attention}, {": " + warning}}});
    if (dry_run_ != "" && dry_run_ != "server" && dry_run_ != "client") {
      return usage({{"--dry-run", "'" + dry_run_ + "' is neither client nor server"}});
    }
    for (const auto& [option, value] : arguments_.flags) {
      if (!dry_run_.empty() && (option == "report" || option == "events"))
        return usage({{"--" + option, "a dry run rolls nothing out that could be told there"}});
    }
    if (!plan_.metrics.enabled && plan_.canary) {
      app_.err(
          "kai-canary: metrics.prometheus.enabled is false and no other metric source is known: "
          "nothing could be measured\n");
      return exit_cannot_measure;
    }
    if (dry_run_ == "client") return print_client_plan();
    if (!plan_.canary && wants_data(app_, arguments_))
      return usage({{"--output", "an upgrade without a canary has table alone"}});
    if (!plan_.canary && !option_or(app_, arguments_, "report", "").empty())
      return usage({{"--report", "an upgrade without a canary has nothing to report"}});
    if (dry_run_.empty()) {
      auto events = open_events(app_, arguments_);
      if (!events) return events.error();
      events_ = std::move(*events);
      auto report = ReportWriter::open(app_, arguments_, "");
      if (!report) return report.error();
      report_ = std::move(*report);
    }
    auto platform = plan_.local ? open_local_or_code(app_, arguments_, plan_.target, &plan_)
                                : connect_cluster_or_code(app_, arguments_, plan_.target);
    if (!platform) return platform.error();
    platform_ = std::move(*platform);
    return plan_.canary ? canary() : plain_upgrade();
  }

 private:
  int usage(const std::vector<core::Mistake>& mistakes) {
    narrate(app_, mistakes_lines(mistakes));
    return exit_usage;
  }

  int print_client_plan() {
    const engine::Prepared nothing_asked{.record = {.plan = plan_}};
    if (wants_data(app_, arguments_)) {
      print_data(app_, arguments_, plan_tree(plan_, nothing_asked, Asked::files));
    } else {
      print(app_, plan_lines(plan_, nothing_asked, Asked::files));
    }
    return 0;
  }

  int canary() {
    if (dry_run_.empty()) narrate(app_, {{{platform_->words().place}}});
    auto stored = net::await<std::optional<ports::Stored>>(
        app_.loop, [&](auto reply) { platform_->store().load(std::move(reply)); });
    if (!stored) return report(app_, "cannot read the record of this release", stored.error());
    const bool unfinished =
        *stored && !(*stored)->record.rollout.empty() && !core::is_over((*stored)->record);
    if (unfinished && dry_run_.empty()) return locked((*stored)->record);
    if (dry_run_.empty()) {
      const auto ready =
          net::await<Unit>(app_.loop, [&](auto reply) { platform_->get_ready(std::move(reply)); });
      if (!ready) return report(app_, "cannot begin", ready.error(), exit_refused);
    }
    NoViewer viewer;
    auto prepared = net::await<engine::Prepared>(app_.loop, [&](auto reply) {
      engine::prepare(plan_, platform_->ports(viewer), std::move(reply));
    });
    if (!prepared) return report(app_, "cannot prepare", prepared.error());
    const int code = exit_code_of(prepared->findings);
    if (!dry_run_.empty()) return print_plan(std::move(*prepared), code);
    narrate(app_, findings_lines(prepared->findings));
    if (code != 0) return code;
    if (prepared->record.first_install &&
        plan_.policy.first_install == core::FirstInstall::refuse) {
      app_.err("kai-canary: the release does not exist yet, and --first-install=refuse\n");
      return exit_refused;
    }
    return start(std::move(prepared->record));
  }

  int print_plan(engine::Prepared prepared, int code) {
    if (!prepared.stable_pods.empty())
      prepared.judge = engine::judge_plan(prepared.record, prepared.stable_pods);
    if (wants_data(app_, arguments_)) {
      print_data(app_, arguments_, plan_tree(plan_, prepared, Asked::cluster));
    } else {
      print(app_, plan_lines(plan_, prepared, Asked::cluster));
    }
    return code;
  }

  // Another rollout holds the release: who, since when, and what to do.
  int locked(const core::Record& record) {
    const auto holder = net::await<std::optional<ports::Holder>>(
        app_.loop, [&](auto reply) { platform_->store().holder(std::move(reply)); });
    const StatusView view{.name_space = plan_.target.name_space,
                          .release = plan_.target.release,
                          .record = record,
                          .holder = holder ? *holder : std::nullopt,
                          .now = app_.wall.now()};
    narrate(app_, {{{"kai-canary: another rollout holds this release"}}});
    narrate(app_, status_lines(view));
    return exit_locked;
  }

  int start(core::Record record) {
    record.rollout = fresh_id(app_);
    record.started_at = record.updated_at = app_.wall.now();
    auto taken = net::await<engine::Taken>(app_.loop, [&](auto reply) {
      engine::take_over(
          platform_->store(), holder_of(app_),
          [record](const std::optional<core::Record>& stored) -> Result<core::Record> {
            if (stored && !stored->rollout.empty() && !core::is_over(*stored)) {
              return fail(ErrorKind::rejected,
                          "another rollout was started in the same moment: " + stored->rollout);
            }
            return record;
          },
          std::move(reply));
    });
    if (!taken) return report(app_, "cannot claim this release", taken.error(), exit_locked);
    return run_in_foreground(app_, arguments_, *platform_, std::move(*taken), std::move(events_),
                             std::move(report_));
  }

  // Without --canary: an upgrade from pinned inputs that waits, and rolls back by itself when it
  // fails.
  int plain_upgrade() {
    NoViewer viewer;
    ports::Release& release = platform_->ports(viewer).release;
    auto planned = net::await<ports::Planned<ports::ReleasePlan>>(
        app_.loop, [&](auto reply) { release.plan(plan_, std::move(reply)); });
    if (!planned) return report(app_, "cannot plan the upgrade", planned.error());
    std::erase_if(planned->findings, [](const ports::Finding& finding) {
      return finding.check == "P9" || finding.check == "P10" || finding.check == "P11";
    });
    narrate(app_, findings_lines(planned->findings));
    const int code = exit_code_of(planned->findings);
    if (code != 0 || !dry_run_.empty()) {
      for (const std::string& line : planned->plan.lines) print(app_, {{{line}}});
      return code;
    }
    const std::string id = fresh_id(app_);
    app_.err("no --canary: a plain upgrade that waits and rolls back when it fails\n");
    auto ended = net::await<Unit>(
        app_.loop, [&](auto reply) { release.upgrade(planned->plan.data, id, std::move(reply)); });
    auto seen = net::await<core::ReleaseSeen>(
        app_.loop, [&](auto reply) { release.observe(planned->plan.data, id, std::move(reply)); });
    if (ended && seen && seen->state == core::ReleaseSeen::State::upgraded) {
      return end(0, fmt::format("UPGRADED: {} -> {}", planned->plan.stable_version,
                                planned->plan.canary_version));
    }
    if (!ended) narrate_error(ended.error());
    const bool restored = seen && (seen->state == core::ReleaseSeen::State::reverted ||
                                   seen->state == core::ReleaseSeen::State::as_started);
    if (restored) return end(exit_promotion_failed, "UPGRADE FAILED: the release is as it was");
    return end(exit_not_confirmed,
               "NOT CONFIRMED: the upgrade failed, and the release is not as it was; look at " +
                   platform_->words().look_after_failure);
  }

  int end(int code, const std::string& sentence) {
    print(app_, {headline(sentence, colour_of_code(code))});
    return code;
  }

  // What Helm says takes several lines.
  void narrate_error(const Error& error) {
    std::string_view rest = error.message;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      narrate(app_, {{{std::string(rest.substr(0, end))}}});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  App& app_;
  const Arguments& arguments_;
  EventSink events_;
  ReportWriter report_;
  std::string dry_run_;
  core::Plan plan_;
  std::unique_ptr<Platform> platform_;
};

// These verbs mean a canary, whatever `canary.enabled` of the chart says; `--no-canary` behind it
// still counts.
Arguments as_canary(Arguments arguments) {
  arguments.flags.emplace(arguments.flags.begin(), "canary", "true");
  return arguments;
}

// RELEASE CHART, or a service file and no other word.
std::optional<std::string> mistake_of_words(App& app, const Arguments& arguments,
                                            std::size_t words_min) {
  const std::string file = service_file_path(app, arguments);
  const std::string platform = option_or(app, arguments, "platform", "");
  const std::string_view verb = arguments.verb->name;
  if (!file.empty() && platform == "kubernetes")
    return fmt::format("{} describes a release of this machine, not of --platform=kubernetes",
                       file);
  if (file.empty() && platform == "local") return std::string(core::needs_service_file);
  if (!file.empty()) {
    const std::size_t words = is_service_file(arguments.words.empty() ? "" : arguments.words[0]);
    if (arguments.words.size() == words) return std::nullopt;
    return fmt::format("'{}': '{}' is one word too many beside {}", verb, arguments.words[words],
                       file);
  }
  if (arguments.words.size() >= words_min) return std::nullopt;
  return fmt::format("'{0}' needs RELEASE CHART, or a service file: kai-canary {0} kai.yaml", verb);
}

int tell(App& app, const std::string& mistake) {
  narrate(app, {{{"kai-canary: " + mistake}}});
  return exit_usage;
}

}  // namespace

int run_deploy(App& app, const Arguments& arguments) {
  Arguments named = as_canary(arguments);
  if (const auto mistake = mistake_of_words(app, arguments, 2)) return tell(app, *mistake);
  if (service_file_path(app, arguments).empty()) {
    named.flags.emplace_back("release", arguments.words[0]);
    named.flags.emplace_back("chart", arguments.words[1]);
  }
  return Deploy(app, named, option_or(app, arguments, "dry-run", "")).run({});
}

int run_plan(App& app, const Arguments& arguments) {
  Defaults defaults = helm_deploy_defaults(app);
  defaults.erase("env");
  Arguments named = as_canary(arguments);
  if (const auto mistake = mistake_of_words(app, arguments, 0)) return tell(app, *mistake);
  if (service_file_path(app, arguments).empty()) {
    if (!arguments.words.empty()) named.flags.emplace_back("release", arguments.words[0]);
    if (arguments.words.size() > 1) named.flags.emplace_back("chart", arguments.words[1]);
  }
  return Deploy(app, named, option_or(app, arguments, "dry-run", "server"))
      .run(std::move(defaults));
}

int run_helm_deploy(App& app, const Arguments& arguments) {
  if (is_on(app, arguments, "list-releases")) return run_releases(app, arguments);
  if (is_on(app, arguments, "list-versions")) return run_versions(app, arguments);
  const bool rollback = std::ranges::any_of(
      arguments.flags, [](const auto& flag) { return flag.first == "rollback"; });
  if (rollback) return run_rollback(app, arguments);
  return Deploy(app, arguments, option_or(app, arguments, "dry-run", ""))
      .run(helm_deploy_defaults(app));
}

}  // namespace kai::app
