#include "app/wiring_local.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/wiring_served.h"
#include "codec/quote.h"
#include "edges/file_store/file_store.h"
#include "edges/local_workload/local_edge.h"
#include "edges/local_workload/local_versions.h"
#include "edges/splitter_admin/splitter_control.h"
#include "edges/splitter_admin/splitter_process.h"
#include "edges/splitter_admin/splitter_router.h"
#include "edges/splitter_admin/splitter_source.h"
#include "net/free_port.h"
#include "os/held_child.h"
#include "os/log_file.h"

namespace kai::app {
namespace {

// Nobody but whoever started the rollout is told on this platform.
class NobodyElse final : public ports::RolloutViewer {
 public:
  void show(const ports::RolloutView& /*view*/,
            const std::vector<ports::RolloutEvent>& /*events*/) override {}
};

// What a process gets of our own environment, beside what its service says.
std::map<std::string, std::string> plain_environment(const App& app) {
  std::map<std::string, std::string> environment;
  for (const char* const name : {"PATH", "HOME", "LANG", "TZ"}) {
    const auto found = app.environment.find(name);
    if (found != app.environment.end()) environment.insert(*found);
  }
  return environment;
}

edges::LocalSeams seams_of(App& app, edges::ServedEndpoints& served,
                           const edges::SplitterProcess& splitter) {
  return {.processes = *app.lasting,
          .disk = app.disk,
          .http = app.http,
          .timers = app.loop,
          .steady = app.steady,
          .wall = app.wall,
          .log = app.log,
          .served = served,
          .log_files = {.tail = os::read_tail, .cut = os::cut_file},
          .is_port_free = net::is_port_free,
          .may_listen = [&splitter](const std::string& address) -> Result<Unit> {
            const auto has_it = splitter.is_alive();
            return has_it && *has_it ? Result<Unit>() : net::may_listen(address);
          },
          .find_program = os::find_lasting_program};
}

ReleaseRow row_of(const std::string& name, const edges::LocalVersionRow& row) {
  return {.name = name,
          .name_space = std::string(core::local_name_space),
          .revision = row.revision,
          .updated = row.updated,
          .status = row.status,
          .chart = "",
          .app_version = row.tag};
}

VersionRow row_of(const edges::LocalVersionRow& row) {
  return {.revision = row.revision,
          .updated = row.updated,
          .status = row.status,
          .chart = "",
          .app_version = row.tag,
          .description = row.description,
          .may_be_good = row.may_be_good};
}

class Local final : public Platform {
 public:
  Local(App& app, core::Target target, const LocalPlace& place, const core::Plan* plan)
      : app_(app),
        target_(std::move(target)),
        root_(place.root),
        directory_(place.root + "/" + target_.release),
        served_(std::make_shared<ServedWiring>(backends_, store_)),
        functions_(served_->functions()),
        seams_{app.disk, *app.locks, app.loop, app.steady},
        store_(seams_, directory_),
        files_{.directory = directory_},
        control_(app.http, app.loop, app.steady, files_.socket()),
        process_(
            {app.disk, *app.lasting, app.loop, app.steady}, control_,
            {.files = files_, .program = place.splitter, .environment = plain_environment(app)}),
        backends_(control_, process_),
        fleet_(edges::make_fleet(seams_of(app, functions_, process_),
                                 {.directory = directory_,
                                  .release = target_.release,
                                  .environment = plain_environment(app)})),
        release_(fleet_),
        workload_(fleet_),
        router_(control_),
        metrics_(control_, app.wall) {
    if (plan == nullptr) return;
    served_->know(*plan);
    listen_ = splitter_setup(*plan).listen;
  }

  // For a rollout the folder first: everything else stands in it.
  void get_ready(Reply<Unit> reply) override {
    const auto made = listen_.empty() ? Result<Unit>() : app_.disk.make_directories(directory_);
    auto answer = [reply = std::move(reply)](auto found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      reply(Unit{});
    };
    if (!made) {
      app_.loop.post([answer = std::move(answer), error = made.error()]() mutable {
        answer(Result<Unit>(std::unexpected(error)));
      });
    } else if (listen_.empty()) {
      process_.ensure_as_configured(std::move(answer));
    } else {
      process_.ensure(listen_, {}, std::move(answer));
    }
  }

  engine::Ports ports(ports::RolloutViewer& viewer) override {
    return {release_, workload_, router_, metrics_, store_, viewer};
  }
  ports::RolloutViewer& events() override { return nobody_; }
  bool are_events_posted() const override { return true; }
  ports::RolloutStore& store() override { return store_; }

  void releases(const std::string& /*name_space*/, Reply<std::vector<ReleaseRow>> reply) override {
    later(std::move(reply), newest_of_each());
  }

  void versions(Reply<std::vector<VersionRow>> reply) override {
    const auto rows = edges::local_versions(app_.disk, directory_);
    if (!rows)
      return later(std::move(reply),
                   Result<std::vector<VersionRow>>(std::unexpected(rows.error())));
    std::vector<VersionRow> all;
    for (const edges::LocalVersionRow& row : *rows) all.push_back(row_of(row));
    later<std::vector<VersionRow>>(std::move(reply), std::move(all));
  }

  // Under the claim, so that no rollout begins meanwhile; a claim would make the folder of a
  // release that never was.
  void rollback(const RollbackWish& wish, Reply<RollbackDone> reply) override {
    if (const auto known = edges::local_versions(app_.disk, directory_); !known)
      return later(std::move(reply), Result<RollbackDone>(std::unexpected(known.error())));
    const ports::Holder holder{
        .name = app_.user, .host = app_.host, .process = app_.process_id, .since = app_.wall.now()};
    store_.claim(holder, [this, wish, reply = std::move(reply)](auto claimed) mutable {
      if (!claimed) return reply(std::unexpected(claimed.error()));
      if (!claimed->granted)
        return reply(
            fail(ErrorKind::rejected,
                 fmt::format("{}@{} (process {}) is at work on this release", claimed->holder.name,
                             claimed->holder.host, claimed->holder.process)));
      edges::roll_back_to(fleet_, wish.revision, wish.forced,
                          [this, reply = std::move(reply)](auto went) mutable {
                            give_up(std::move(went), std::move(reply));
                          });
    });
  }

  void known_rollouts(const std::string& /*name_space*/,
                      Reply<ports::KnownRollouts> reply) override {
    edges::known_rollouts(seams_, root_, std::move(reply));
  }

  void stable(const core::Plan& /*plan*/, Reply<ports::Planned<ports::StableNow>> reply) override {
    later<ports::Planned<ports::StableNow>>(std::move(reply),
                                            fail(ErrorKind::rejected, "not on this machine"));
  }
  // The splitter's counts are for the rollout at hand.
  ports::MetricHistory* history() override { return nullptr; }

  PlatformWords words() const override {
    return {.place = fmt::format("release {} on this machine, state in {}", target_.release,
                                 codec::printable(directory_)),
            .who = "kai-canary",
            .look_after_failure = "kai-canary versions"};
  }

 private:
  template <typename T>
  void later(Reply<T> reply, Result<T> answer) {
    app_.loop.post([reply = std::move(reply), answer = std::move(answer)]() mutable {
      reply(std::move(answer));
    });
  }

  Result<std::vector<ReleaseRow>> newest_of_each() {
    const auto entries = app_.disk.list(root_);
    if (!entries && entries.error().kind == ErrorKind::no_data) return std::vector<ReleaseRow>();
    if (!entries) return std::unexpected(entries.error());
    std::vector<ReleaseRow> rows;
    for (const os::DirectoryEntry& entry : *entries) {
      if (!entry.is_directory) continue;
      const auto versions = edges::local_versions(app_.disk, root_ + "/" + entry.name);
      if (versions && !versions->empty()) rows.push_back(row_of(entry.name, versions->back()));
      // It hides no other.
      if (!versions && versions.error().kind != ErrorKind::no_data)
        rows.push_back({.name = codec::printable(entry.name),
                        .name_space = std::string(core::local_name_space),
                        .status = "unreadable: " + codec::printable(versions.error().message)});
    }
    return rows;
  }

  void give_up(Result<edges::LocalRollback> went, Reply<RollbackDone> reply) {
    store_.give_up([went = std::move(went), reply = std::move(reply)](auto given_up) mutable {
      ignore(given_up, "the claim ends with this process at the latest");
      if (!went) return reply(std::unexpected(went.error()));
      reply(RollbackDone{.revision = went->revision, .trouble = std::move(went->trouble)});
    });
  }

  App& app_;
  core::Target target_;
  std::string root_;
  std::string directory_;
  std::vector<std::string> listen_;  // of the plan; empty: as configured before
  NobodyElse nobody_;
  std::shared_ptr<ServedWiring> served_;
  edges::ServedEndpoints functions_;
  edges::FileStoreSeams seams_;
  edges::FileStore store_;
  edges::SplitterFiles files_;
  edges::SplitterControl control_;
  edges::SplitterProcess process_;
  edges::SplitterBackends backends_;
  std::shared_ptr<edges::Fleet> fleet_;
  edges::ProcessRelease release_;
  edges::ProcessWorkload workload_;
  edges::SplitterRouter router_;
  edges::SplitterSource metrics_;
};

}  // namespace

Result<std::unique_ptr<Platform>> open_local(App& app, const core::Target& target,
                                             const LocalPlace& place, const core::Plan* plan) {
  if (app.lasting == nullptr || app.locks == nullptr)
    return fail(ErrorKind::rejected, "this program was built without it");
  const edges::SplitterFiles files{.directory = place.root + "/" + target.release};
  if (files.socket().size() > edges::splitter_socket_bytes_max) {
    return fail(
        ErrorKind::rejected,
        fmt::format("the path of the splitter's control socket is {} bytes long, the "
                    "kernel takes {}: {}; choose a shorter --state-dir",
                    files.socket().size(), edges::splitter_socket_bytes_max, files.socket()));
  }
  return std::unique_ptr<Platform>(std::make_unique<Local>(app, target, place, plan));
}

}  // namespace kai::app
