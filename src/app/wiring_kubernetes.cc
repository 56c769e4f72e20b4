#include "app/wiring_kubernetes.h"

#include <utility>

#include <fmt/format.h>

#include "app/version.h"
#include "edges/gateway_api/gateway_router.h"
#include "edges/helm/release_edge.h"
#include "edges/helm/releases.h"
#include "edges/kube_events/event_viewer.h"
#include "edges/kube_store/kube_store.h"
#include "edges/kube_workload/stable_now.h"
#include "edges/kube_workload/workload_edge.h"
#include "edges/prometheus/prom_history.h"
#include "edges/prometheus/prom_source.h"
#include "engine/engine.h"
#include "kubeapi/client.h"
#include "kubeapi/exec_rules.h"
#include "kubeapi/kubeconfig.h"
#include "net/await.h"

namespace kai::app {
namespace {

std::string value_of(const std::map<std::string, std::string>& environment, const std::string& name,
                     std::string otherwise) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? std::move(otherwise) : found->second;
}

// How the user allows a program, in words.
std::string remedy(const Trust& trust, const std::string& program) {
  const std::string flag = fmt::format("if you trust it, pass --allow-exec-plugin={}", program);
  if (trust.user_file.empty()) return flag;
  return fmt::format("{}, or write allowExecPlugins: [{}] into {}", flag, program, trust.user_file);
}

Result<kubeapi::ExecRules> exec_rules(App& app, const Trust& trust) {
  auto kuberc = kubeapi::read_kuberc(app.disk, app.environment);
  if (!kuberc) return std::unexpected(kuberc.error());
  return kubeapi::ExecRules{
      .allowed = trust.exec_plugins,
      .kuberc = std::move(*kuberc),
      .path = value_of(app.environment, "PATH", ""),
      .remedy = [trust](const std::string& program) { return remedy(trust, program); }};
}

// Asked before anything else uses the kubeconfig: Helm would run what it names without asking, also
// when a token beside it is enough for us.
Result<kubeapi::ExecPolicy> exec_policy(App& app, const Trust& trust,
                                        const kubeapi::UserAccess& user) {
  if (!user.exec) return kubeapi::ExecPolicy();
  auto rules = exec_rules(app, trust);
  if (!rules) return std::unexpected(rules.error());
  const auto program = kubeapi::permitted_program(*user.exec, *rules, app.disk);
  if (!program) return std::unexpected(program.error());
  return kubeapi::ExecPolicy(
      [program = *program](const kubeapi::ExecPlugin&) -> Result<std::string> { return program; });
}

edges::HelmOptions helm_options(const App& app, const kubeapi::ClusterAccess& access,
                                const core::Target& target) {
  return {.binary = value_of(app.environment, "HELM_BIN", "helm"),
          .environment = app.environment,
          .kubeconfig = target.kubeconfig,
          .context = access.context,
          .name_space = access.name_space,
          .driver = value_of(app.environment, "HELM_DRIVER", "secret") == "configmap"
                        ? edges::RecordDriver::configmap
                        : edges::RecordDriver::secret};
}

class Kubernetes final : public Platform {
 public:
  Kubernetes(App& app, kubeapi::ClusterAccess access, core::Target target,
             kubeapi::ExecPolicy may_run)
      : loop_(app.loop),
        target_(std::move(target)),
        options_(helm_options(app, access, target_)),
        credentials_(std::make_shared<kubeapi::Credentials>(access.user, access.server, app.disk,
                                                            app.process, app.wall, app.environment,
                                                            std::move(may_run))),
        client_(
            app.http, app.loop, app.steady, std::move(access), credentials_,
            {.user_agent = fmt::format("kai-canary/{}", program_version()), .jitter = &app.random}),
        helm_(edges::make_helm(app.process, app.disk, app.steady, app.loop, options_)),
        records_(client_, options_.driver),
        release_(helm_, client_, options_),
        releases_(helm_, records_),
        workload_(client_, app.random),
        router_(client_, app.log),
        metrics_(app.http, &client_, app.loop, app.steady, app.wall),
        history_(app.http, &client_, app.loop, app.steady, app.wall),
        store_(client_, app.steady, app.wall, target_.name_space, target_.release),
        events_(client_, app.steady, app.wall, app.log, edges::record_name_of(target_.release),
                fmt::format("{}-{}", app.host, app.process_id)) {
    client_.on_warning([&log = app.log](const std::string& text) {
      log.write(LogLevel::warn, "api_server_warns", {{"text", text}});
    });
  }

  kubeapi::Client& client() { return client_; }

  // The cluster takes care of itself.
  void get_ready(Reply<Unit> reply) override {
    loop_.post([reply = std::move(reply)]() mutable { reply(Unit{}); });
  }
  engine::Ports ports(ports::RolloutViewer& viewer) override {
    return {release_, workload_, router_, metrics_, store_, viewer};
  }
  ports::RolloutViewer& events() override { return events_; }
  bool are_events_posted() const override { return events_.is_idle(); }
  ports::RolloutStore& store() override { return store_; }

  void releases(const std::string& name_space, Reply<std::vector<ReleaseRow>> reply) override {
    releases_.list(name_space, std::move(reply));
  }

  void versions(Reply<std::vector<VersionRow>> reply) override {
    releases_.versions(target_.name_space, target_.release, std::move(reply));
  }

  void rollback(const RollbackWish& wish, Reply<RollbackDone> reply) override {
    releases_.rollback(
        {.target = {.release = target_.release,
                    .name_space = target_.name_space,
                    .context = target_.context},
         .revision = wish.revision,
         .forced = wish.forced,
         .timeout = wish.timeout},
        [reply = std::move(reply)](auto went) mutable {
          if (!went) return reply(std::unexpected(went.error()));
          reply(RollbackDone{.revision = went->revision, .trouble = std::move(went->trouble)});
        });
  }

  void known_rollouts(const std::string& name_space, Reply<ports::KnownRollouts> reply) override {
    edges::known_rollouts(client_, name_space, std::move(reply));
  }

  void stable(const core::Plan& plan, Reply<ports::Planned<ports::StableNow>> reply) override {
    releases_.stable_objects(
        target_.name_space, target_.release,
        [this, plan, reply = std::move(reply)](Result<std::vector<Tree>> objects) mutable {
          if (!objects) return reply(std::unexpected(objects.error()));
          edges::find_stable_now(client_, plan, *objects, target_.name_space, std::move(reply));
        });
  }
  ports::MetricHistory* history() override { return &history_; }

  PlatformWords words() const override {
    return {.place = fmt::format("context {}, namespace {}, release {}", target_.context,
                                 target_.name_space, target_.release),
            .who = "Helm",
            .look_after_failure = "helm history"};
  }

 private:
  net::Loop& loop_;
  core::Target target_;
  edges::HelmOptions options_;
  std::shared_ptr<kubeapi::Credentials> credentials_;
  kubeapi::Client client_;
  edges::Helm helm_;
  edges::ReleaseRecords records_;
  edges::HelmRelease release_;
  edges::Releases releases_;
  edges::KubeWorkload workload_;
  edges::GatewayRouter router_;
  edges::PrometheusSource metrics_;
  edges::PrometheusHistory history_;
  edges::KubeStore store_;
  edges::EventViewer events_;
};

}  // namespace

bool is_cluster_configured(const App& app, const std::string& path) {
  return kubeapi::is_configured(app.disk, app.environment, path);
}

Result<std::unique_ptr<Platform>> connect_kubernetes(App& app, core::Target& target,
                                                     const Trust& trust) {
  auto access = kubeapi::load_access(app.disk, app.environment,
                                     {.path = target.kubeconfig, .context = target.context});
  if (!access) return std::unexpected(access.error());
  if (access->tls->insecure_skip_verify && !trust.writes_unverified) {
    return fail(ErrorKind::rejected, "context " + access->context +
                                         " does not verify its API server; pass "
                                         "--insecure-skip-tls-verify to write to it all the same");
  }
  auto may_run = exec_policy(app, trust, access->user);
  if (!may_run) return std::unexpected(in_context("context " + access->context, may_run.error()));
  if (target.name_space.empty()) target.name_space = access->name_space;
  target.context = access->context;
  const std::string server = access->server;
  auto cluster = std::make_unique<Kubernetes>(app, std::move(*access), target, std::move(*may_run));
  auto version = net::await<std::string>(
      app.loop, [&](Reply<std::string> reply) { cluster->client().version(std::move(reply)); });
  if (!version)
    return std::unexpected(
        in_context("cluster of context " + target.context + " at " + server, version.error()));
  return std::unique_ptr<Platform>(std::move(cluster));
}

}  // namespace kai::app
