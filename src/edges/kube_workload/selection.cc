#include "edges/kube_workload/selection.h"

#include <algorithm>
#include <optional>

#include "core/plan/nearest.h"
#include "edges/kube_workload/clone_names.h"
#include "edges/kube_workload/labels.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::ObjectChange;
using ports::Severity;

// The candidate's object, or on a removed one nothing.
const Tree& candidate_of(const ObjectChange& change) { return change.candidate; }

bool is_kind(const Tree& object, std::string_view kind) {
  return object.text_or("/kind", "") == kind;
}

class Finder {
 public:
  Finder(const core::Plan& plan, const ports::ReleasePlan& release)
      : plan_(plan), release_(release) {}

  Selection run() {
    for (const core::CriticalService& wanted : wanted_services()) find(wanted);
    if (selection_.services.empty() && selection_.findings.empty()) {
      refuse("no changed Deployment of the release is behind a Service",
             "name the services: --critical-services=...");
    }
    return std::move(selection_);
  }

 private:
  std::vector<core::CriticalService> wanted_services() {
    if (plan_.services_auto) return changed_services();
    if (!plan_.services_by_default) return plan_.services;
    std::vector<core::CriticalService> present;
    for (const core::CriticalService& each : plan_.services) {
      if (object("Service", each.name) != nullptr || object("Deployment", each.name) != nullptr)
        present.push_back(each);
    }
    if (!present.empty()) return present;
    note(
        "the release has neither of the default services; every changed workload behind a Service "
        "is canaried");
    return changed_services();
  }

  std::vector<core::CriticalService> changed_services() {
    std::vector<core::CriticalService> services;
    for (const ObjectChange& change : release_.objects) {
      const Tree& service = candidate_of(change);
      if (!is_kind(service, "Service")) continue;
      const Labels selector = labels_at(service, "/spec/selector");
      const bool changed = std::ranges::any_of(release_.objects, [&](const ObjectChange& each) {
        return each.kind != ObjectChange::Kind::unchanged &&
               is_kind(each.candidate, "Deployment") &&
               matches(selector, labels_at(each.candidate, "/spec/template/metadata/labels"));
      });
      if (changed) services.push_back({.name = service.text_or("/metadata/name", ""), .port = {}});
    }
    return services;
  }

  void find(const core::CriticalService& wanted) {
    const Tree* service = object("Service", wanted.name);
    const Tree* deployment = nullptr;
    if (service != nullptr) {
      deployment = deployment_behind(*service, wanted.name);
    } else {
      deployment = object("Deployment", wanted.name);
      if (deployment == nullptr) return unknown(wanted.name);
      service = service_before(*deployment);
      if (service == nullptr) {
        return refuse(
            "workload " + wanted.name +
                " has no Service, so no share of the traffic can be sent to its canary",
            "leave it out of --critical-services; it is then upgraded at promotion, unjudged");
      }
    }
    if (deployment != nullptr) add(wanted, *service, *deployment);
  }

  const Tree* deployment_behind(const Tree& service, const std::string& name) {
    const Labels selector = labels_at(service, "/spec/selector");
    if (selector.empty()) {
      refuse("Service " + name +
                 " has no selector (or is an ExternalName), so nothing can run beside what it "
                 "points at",
             "");
      return nullptr;
    }
    std::vector<const Tree*> behind;
    for (const ObjectChange& change : release_.objects) {
      const Tree& workload = candidate_of(change);
      if (!matches(selector, labels_at(workload, "/spec/template/metadata/labels"))) continue;
      if (is_kind(workload, "StatefulSet") || is_kind(workload, "DaemonSet")) {
        refuse("Service " + name + " is backed by " + workload.text_or("/kind", "") + " " +
                   workload.text_or("/metadata/name", "") + ", which cannot be cloned",
               "leave it out of --critical-services; it is then upgraded at promotion, unjudged");
        return nullptr;
      }
      if (is_kind(workload, "Deployment")) behind.push_back(&workload);
    }
    if (behind.size() == 1) return behind.front();
    refuse("Service " + name +
               (behind.empty() ? " selects no Deployment of the release"
                               : " selects several Deployments of the release"),
           "name a Service with exactly one Deployment behind it");
    return nullptr;
  }

  const Tree* service_before(const Tree& deployment) const {
    const Labels labels = labels_at(deployment, "/spec/template/metadata/labels");
    for (const ObjectChange& change : release_.objects) {
      const Tree& service = candidate_of(change);
      if (is_kind(service, "Service") && matches(labels_at(service, "/spec/selector"), labels))
        return &service;
    }
    return nullptr;
  }

  void add(const core::CriticalService& wanted, const Tree& service, const Tree& deployment) {
    const std::string service_name = service.text_or("/metadata/name", "");
    const std::string workload = deployment.text_or("/metadata/name", "");
    const auto port = port_of(wanted, service);
    if (!port) return;
    const Tree* const stable = stable_object("Deployment", workload);
    if (stable == nullptr && !release_.first_install) {
      return refuse("workload " + workload +
                        " is new in this version: there is nothing to compare its canary with",
                    "leave " + wanted.name + " out of --critical-services");
    }
    selection_.services.push_back(
        {.plan = {.name = wanted.name,
                  .service = service_name,
                  .canary_service = canary_name(service_name, label_value_max),
                  .workload = workload,
                  .canary_workload = canary_name(workload, workload_name_max),
                  .port = stable_port(service_name, *port).value_or(*port),
                  .canary_port = *port},
         .service = service,
         .deployment = deployment,
         .stable_deployment = stable == nullptr ? Tree() : *stable});
  }

  // The port that is routed: the one that was named, or the first.
  std::optional<std::uint16_t> port_of(const core::CriticalService& wanted, const Tree& service) {
    const Tree::List* const ports = service.list_at("/spec/ports");
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; ports != nullptr && i < ports->size(); ++i)
      numbers.push_back((*ports)[i].int_at("/port").value_or(0));
    const bool named = wanted.port.has_value();
    if (numbers.empty() ||
        (named && std::ranges::find(numbers, std::int64_t{*wanted.port}) == numbers.end())) {
      refuse("Service " + wanted.name + " has no port" +
                 (named ? " " + std::to_string(*wanted.port) : ""),
             "correct services[].port of the canary block");
      return std::nullopt;
    }
    return named ? *wanted.port : static_cast<std::uint16_t>(numbers.front());
  }

  // The same port where stable has it, else stable's first: then the candidate moved it.
  std::optional<std::uint16_t> stable_port(const std::string& service, std::uint16_t same) const {
    const Tree* const stable = stable_object("Service", service);
    const Tree::List* const ports = stable == nullptr ? nullptr : stable->list_at("/spec/ports");
    const bool has_it = ports != nullptr && std::ranges::any_of(*ports, [&](const Tree& each) {
                          return each.int_at("/port") == std::int64_t{same};
                        });
    if (has_it) return same;
    const auto port = stable == nullptr ? std::nullopt : stable->int_at("/spec/ports/0/port");
    return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
  }

  const Tree* object(std::string_view kind, const std::string& name) const {
    for (const ObjectChange& change : release_.objects) {
      if (is_kind(change.candidate, kind) && change.candidate.text_or("/metadata/name", "") == name)
        return &change.candidate;
    }
    return nullptr;
  }

  const Tree* stable_object(std::string_view kind, const std::string& name) const {
    for (const ObjectChange& change : release_.objects) {
      if (is_kind(change.stable, kind) && change.stable.text_or("/metadata/name", "") == name)
        return &change.stable;
    }
    return nullptr;
  }

  void unknown(const std::string& name) {
    std::vector<std::string> known;
    std::string all;
    for (const ObjectChange& change : release_.objects) {
      if (!is_kind(change.candidate, "Service")) continue;
      known.push_back(change.candidate.text_or("/metadata/name", ""));
      all += (all.empty() ? "" : ", ") + known.back();
    }
    const std::string near = core::nearest_word(name, known);
    refuse("'" + name + "' is no Service or Deployment of the release" +
               (near.empty() ? "" : "; did you mean " + near + "?"),
           "its Services are: " + (all.empty() ? "none" : all));
  }

  void refuse(std::string message, std::string remedy) {
    selection_.findings.push_back({.check = "P15",
                                   .severity = Severity::refused,
                                   .message = std::move(message),
                                   .remedy = std::move(remedy)});
  }

  void note(std::string message) {
    selection_.findings.push_back(
        {.check = "P15", .severity = Severity::note, .message = std::move(message), .remedy = ""});
  }

  const core::Plan& plan_;
  const ports::ReleasePlan& release_;
  Selection selection_;
};

}  // namespace

Selection select_services(const core::Plan& plan, const ports::ReleasePlan& release) {
  return Finder(plan, release).run();
}

}  // namespace kai::edges
