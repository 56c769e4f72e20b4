#include "bench/loopback_api.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "codec/json_patch.h"
#include "edges/gateway_api/route_acceptance.h"
#include "edges/gateway_api/route_bindings.h"
#include "edges/gateway_api/route_patch.h"
#include "tests/fakes/test_certificates.h"

namespace kai::bench {
namespace {

constexpr std::string_view name_space = "shop";
const std::array steps{core::Weight::from_hundredths(1000), core::Weight::from_hundredths(5000)};

Tree parsed(const std::string& text) {
  auto tree = codec::parse_json(text);
  KAI_CHECK(tree.has_value());
  return std::move(*tree);
}

Tree route_of(const ports::WorkloadPlan& workload) {
  Tree rules = Tree::list();
  for (const ports::ServicePlan& service : workload.services) {
    Tree rule =
        parsed(R"({"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"backendRefs":[]})");
    Tree entry = parsed(R"({"port":80,"weight":1})");
    entry.set("name", service.service);
    rule.get("backendRefs")->push_back(std::move(entry));
    rules.push_back(std::move(rule));
  }
  Tree route = parsed(R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute",
    "metadata":{"namespace":"shop","name":"kai","uid":"bench","generation":1,"resourceVersion":"1"},
    "spec":{"parentRefs":[{"name":"gateway"}],"rules":[]},
    "status":{"parents":[{"controllerName":"projectcontour.io/bench","parentRef":{"name":"gateway"},
      "conditions":[{"type":"Accepted","status":"True","observedGeneration":1},
                    {"type":"ResolvedRefs","status":"True","observedGeneration":1}]}]}})");
  route.set_at("/spec/rules", std::move(rules));
  return route;
}

edges::RouteData plan_of(const Tree& route, const ports::WorkloadPlan& workload) {
  const std::vector<edges::ListedRoute> listed{{.resource = "httproutes", .object = route}};
  edges::FoundBindings found = edges::find_bindings(listed, {}, workload, steps);
  KAI_CHECK(found.routes.size() == 1 && found.routes[0].rules.size() == workload.services.size());
  found.routes[0].parents = edges::answering_parents(route);
  return {.routes = std::move(found.routes),
          .steps = {steps.begin(), steps.end()},
          .propagation_max = std::chrono::seconds(1)};
}

bool has_canary_weight(const Tree& route) {
  for (const Tree& rule : edges::rules_of(route)) {
    for (const Tree& entry : edges::entries_of(rule)) {
      if (entry.text_or("/name", "").ends_with("-canary") && edges::entry_weight(entry) != 0)
        return true;
    }
  }
  return false;
}

}  // namespace

ports::WorkloadPlan bench_workload(std::size_t services) {
  ports::WorkloadPlan workload{
      .data = "workload", .name_space = std::string(name_space), .services = {}, .lines = {}};
  for (std::size_t i = 0; i < services; ++i) {
    const std::string name = "service-" + std::to_string(i);
    workload.services.push_back({.name = name,
                                 .service = name,
                                 .canary_service = name + "-canary",
                                 .workload = name,
                                 .canary_workload = name + "-canary",
                                 .port = 80,
                                 .canary_port = 80});
  }
  return workload;
}

LoopbackApi::LoopbackApi(net::Loop& loop, const SteadyClock& steady,
                         const ports::WorkloadPlan& workload)
    : steady_(steady), untouched_(route_of(workload)), route_(untouched_) {
  plan_ = plan_of(untouched_, workload);
  const fakes::TestAuthority authority("bench");
  fakes::TestCertificate certificate = authority.issue({.addresses = {"127.0.0.1"}});
  auto server = net::HttpServer::listen(
      loop,
      {.tls = net::ServerTlsOptions{.certificate_pem = certificate.certificate_pem,
                                    .key_pem = Secret(certificate.key_pem)}},
      [this](const net::HttpServerRequest& request,
             const std::shared_ptr<net::HttpResponder>& responder) {
        answer(request, *responder);
      });
  KAI_CHECK(server.has_value());
  server_ = std::move(*server);
  access_ = {
      .context = "bench",
      .server = "https://127.0.0.1:" + std::to_string(server_->port()),
      .name_space = std::string(name_space),
      .tls = std::make_shared<net::TlsOptions>(net::TlsOptions{.authorities_pem = authority.pem(),
                                                               .certificate_pem = {},
                                                               .key_pem = {},
                                                               .server_name = {}}),
      .user = {}};
}

void LoopbackApi::reset(core::Weight canary, const core::Stamp& stamp) {
  const auto change = edges::change_route(
      plan_.routes[0], untouched_, {.attached = true, .canary = core::Weight::zero()}, stamp);
  KAI_CHECK(change.has_value());
  auto attached = codec::apply(untouched_, change->patch);
  KAI_CHECK(attached.has_value());
  const auto raise =
      edges::change_route(plan_.routes[0], *attached, {.attached = true, .canary = canary}, stamp);
  KAI_CHECK(raise.has_value());
  auto raised = codec::apply(std::move(*attached), raise->patch);
  KAI_CHECK(raised.has_value());
  route_ = std::move(*raised);
  accept();
  zero_at_.reset();
}

// A new generation, taken by the gateway at once.
void LoopbackApi::accept() {
  const std::int64_t generation = route_.int_at("/metadata/generation").value_or(0) + 1;
  route_.set_at("/metadata/generation", generation);
  route_.set_at("/metadata/resourceVersion", std::to_string(generation));
  for (const char* const condition : {"/0", "/1"}) {
    route_.set_at("/status/parents/0/conditions" + std::string(condition) + "/observedGeneration",
                  generation);
  }
}

net::HttpResponse LoopbackApi::patch(const std::string& body) {
  const auto document = codec::parse_json(body);
  auto patched =
      document ? codec::apply(route_, *document) : Result<Tree>(std::unexpected(document.error()));
  if (!patched) return {.status = 422, .body = R"({"kind":"Status","status":"Failure"})"};
  route_ = std::move(*patched);
  accept();
  if (!has_canary_weight(route_)) zero_at_ = steady_.now();
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = codec::write_json(route_)};
}

void LoopbackApi::answer(const net::HttpServerRequest& request, net::HttpResponder& responder) {
  if (request.head.method == "PATCH") return responder.send(patch(request.body));
  responder.send({.status = 200,
                  .headers = {{"Content-Type", "application/json"}},
                  .body = codec::write_json(route_)});
}

}  // namespace kai::bench
