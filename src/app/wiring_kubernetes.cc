#include "app/wiring_kubernetes.h"

#include <utility>

#include <fmt/format.h>

#include "app/version.h"
#include "edges/gateway_api/gateway_router.h"
#include "edges/helm/release_edge.h"
#include "edges/kube_events/event_viewer.h"
#include "edges/kube_workload/workload_edge.h"
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

}  // namespace

struct Kubernetes::Parts {
  Parts(App& app_in, kubeapi::ClusterAccess access, const core::Target& target,
        kubeapi::ExecPolicy may_run)
      : app(app_in),
        options(helm_options(app, access, target)),
        credentials(std::make_shared<kubeapi::Credentials>(access.user, access.server, app.disk,
                                                           app.process, app.wall, app.environment,
                                                           std::move(may_run))),
        client(
            app.http, app.loop, app.steady, std::move(access), credentials,
            {.user_agent = fmt::format("kai-canary/{}", program_version()), .jitter = &app.random}),
        helm(edges::make_helm(app.process, app.disk, app.steady, app.loop, options)),
        records(client, options.driver),
        release(helm, client, options),
        releases(helm, records),
        workload(client, app.random),
        router(client, app.log),
        metrics(app.http, &client, app.loop, app.steady, app.wall),
        store(client, app.steady, app.wall, target.name_space, target.release),
        events(client, app.steady, app.wall, app.log, edges::record_name_of(target.release),
               fmt::format("{}-{}", app.host, app.process_id)) {
    client.on_warning([&log = app.log](const std::string& text) {
      log.write(LogLevel::warn, "api_server_warns", {{"text", text}});
    });
  }

  App& app;
  edges::HelmOptions options;
  std::shared_ptr<kubeapi::Credentials> credentials;
  kubeapi::Client client;
  edges::Helm helm;
  edges::ReleaseRecords records;
  edges::HelmRelease release;
  edges::Releases releases;
  edges::KubeWorkload workload;
  edges::GatewayRouter router;
  edges::PrometheusSource metrics;
  edges::KubeStore store;
  edges::EventViewer events;
};

Kubernetes::Kubernetes(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Kubernetes::~Kubernetes() = default;

Result<std::unique_ptr<Kubernetes>> Kubernetes::connect(App& app, core::Target& target,
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
  auto parts = std::make_unique<Parts>(app, std::move(*access), target, std::move(*may_run));
  auto version = net::await<std::string>(
      app.loop, [&](Reply<std::string> reply) { parts->client.version(std::move(reply)); });
  if (!version)
    return std::unexpected(
        in_context("cluster of context " + target.context + " at " + server, version.error()));
  return std::unique_ptr<Kubernetes>(new Kubernetes(std::move(parts)));
}

engine::Ports Kubernetes::ports(ports::RolloutViewer& viewer) {
  return {parts_->release, parts_->workload, parts_->router,
          parts_->metrics, parts_->store,    viewer};
}

ports::RolloutViewer& Kubernetes::events() { return parts_->events; }
bool Kubernetes::are_events_posted() const { return parts_->events.is_idle(); }
ports::RolloutStore& Kubernetes::store() { return parts_->store; }

const edges::Releases& Kubernetes::releases() const { return parts_->releases; }

void Kubernetes::known_rollouts(const std::string& name_space, Reply<edges::KnownRollouts> reply) {
  edges::known_rollouts(parts_->client, name_space, std::move(reply));
}

}  // namespace kai::app
