// Planning: every route that leads to our services, what was there, and whether the server would
// take what we are going to write. Changes nothing.
#include <algorithm>
#include <set>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "edges/gateway_api/route_acceptance.h"
#include "edges/gateway_api/route_bindings.h"
#include "edges/gateway_api/route_rehearsal.h"
#include "edges/gateway_api/route_restore.h"
#include "edges/gateway_api/route_world.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;
using ports::Finding;
using ports::Severity;

constexpr int dry_run_tries_max = 3;  // the version moves with every status write

std::vector<core::Weight> weights_of_plan(const core::Plan& plan) {
  std::set<core::Weight> weights;
  for (const core::Step& step : plan.steps) weights.insert(step.weight);
  return {weights.begin(), weights.end()};
}

class Planning : public std::enable_shared_from_this<Planning> {
 public:
  Planning(std::shared_ptr<RouteWorld> world, const core::Plan& plan, ports::WorkloadPlan workload,
           Reply<ports::Planned<ports::RoutePlan>> reply)
      : world_(std::move(world)), workload_(std::move(workload)), reply_(std::move(reply)) {
    data_.steps = weights_of_plan(plan);
  }

  void start() { list("httproutes", ""); }

 private:
  // Of all namespaces; of the services' own when more is not permitted.
  void list(const std::string& resource, const std::string& name_space) {
    world_->client.list(
        route_kind(resource), name_space, {},
        [self = shared_from_this(), resource, name_space](Result<kubeapi::Listing> listing) {
          self->take_list(resource, name_space, std::move(listing));
        });
  }

  void take_list(const std::string& resource, const std::string& name_space,
                 Result<kubeapi::Listing> listing) {
    if (listing) {
      for (Tree& item : listing->items)
        listed_.push_back({.resource = resource, .object = std::move(item)});
      return list_next(resource);
    }
    const ErrorKind kind = listing.error().kind;
    const bool may_narrow = name_space.empty() && kind == ErrorKind::rejected;
    if (may_narrow) {
      note("P14", "routes of other namespaces were not looked at: " + listing.error().message);
      return list(resource, workload_.name_space);
    }
    if (resource == "grpcroutes" && kind != ErrorKind::unavailable) {
      note("P14", "GRPCRoutes were not looked at: " + listing.error().message);
      return list_next(resource);
    }
    reply_(std::unexpected(in_context("listing " + resource, std::move(listing.error()))));
  }

  void list_next(const std::string& resource) {
    if (resource == "httproutes") return list("grpcroutes", "");
    world_->client.list(
        kubeapi::kinds::reference_grant, workload_.name_space, {},
        [self = shared_from_this()](Result<kubeapi::Listing> listing) {
          Tree::List grants;
          if (listing) {
            grants = std::move(listing->items);
          } else {
            self->note(
                "P14",
                "ReferenceGrants could not be read, so routes of other namespaces are not used: " +
                    listing.error().message);
          }
          self->find(grants);
        });
  }

  void find(const Tree::List& grants) {
    found_ = find_bindings(listed_, grants, workload_, data_.steps);
    for (const std::string& why : found_.refused) refuse("P14", why, "");
    for (const std::string& why : found_.warnings) {
      findings_.push_back(
          {.check = "P14", .severity = Severity::warning, .message = why, .remedy = ""});
    }
    for (const std::string& why : found_.leaks) {
      refuse("P14", "traffic would bypass the split: " + why,
             "route it to the same port, or accept it with --skip-check=P14");
    }
    for (std::uint32_t service = 0; service < workload_.services.size(); ++service)
      check_service(service);
    for (RouteBinding& route : found_.routes) keep(route);
    if (std::ranges::any_of(findings_, ports::blocks)) return finish();
    ask_permission();
  }

  void check_service(std::uint32_t service) {
    const auto leads_to = [service](const RouteBinding& route) {
      return std::ranges::any_of(
          route.rules, [service](const RuleBinding& rule) { return rule.service == service; });
    };
    if (std::ranges::any_of(found_.routes, leads_to)) return;
    const std::string& name = workload_.services[service].service;
    std::string message = "no HTTPRoute or GRPCRoute can split the traffic of Service " +
                          workload_.name_space + "/" + name;
    std::string reasons;
    for (const std::string& why : found_.rejected) reasons += (reasons.empty() ? "" : "; ") + why;
    message += reasons.empty() ? ": nothing points at it" : ": " + reasons;
    refuse("P14", message, "let a rule of an HTTPRoute name the Service in backendRefs");
  }

  // What has to be there again when we leave.
  void keep(RouteBinding& route) {
    const auto listed = std::ranges::find_if(listed_, [&](const ListedRoute& one) {
      return one.resource == route.resource && is_same_object(route, one.object) &&
             one.object.text_or("/metadata/name", "") == route.name;
    });
    route.managed = owners_of_rules(listed->object);
    route.parents = answering_parents(listed->object);
    const RouteAcceptance acceptance = read_acceptance(listed->object, route.parents);
    if (acceptance.state != Acceptance::accepted) {
      refuse("P14",
             codec::printable(route.label()) + " is not served as it is now: " + acceptance.detail,
             "see its status: kubectl describe");
    }
    if (!route.leftover_stamp.empty()) {
      findings_.push_back({.check = "P14",
                           .severity = Severity::warning,
                           .message = codec::printable(route.label()) +
                                      " carries a stamp without an entry of ours: " +
                                      codec::quote(route.leftover_stamp) +
                                      "; it is removed with the restore",
                           .remedy = ""});
    }
    data_.propagation_max = std::max(data_.propagation_max, propagation_of(route.parents));
    data_.routes.push_back(std::move(route));
  }

  void ask_permission() {
    std::vector<kubeapi::AccessQuestion> questions;
    for (const RouteBinding& route : data_.routes) {
      for (const char* const verb : {"get", "patch"}) {
        questions.push_back({.verb = verb,
                             .kind = route_kind(route.resource),
                             .name_space = route.name_space,
                             .name = route.name});
      }
    }
    world_->client.may_i(
        questions, [self = shared_from_this(), questions](Result<std::vector<bool>> answers) {
          if (!answers) {
            return self->reply_(
                std::unexpected(in_context("asking for permissions", std::move(answers.error()))));
          }
          for (std::size_t i = 0; i < questions.size() && i < answers->size(); ++i) {
            if (!(*answers)[i]) self->refuse_verb(questions[i]);
          }
          if (std::ranges::any_of(self->findings_, ports::blocks)) return self->finish();
          self->rehearse_next();
        });
  }

  void refuse_verb(const kubeapi::AccessQuestion& question) {
    refuse("P6",
           "not permitted: " + question.verb + " " + question.kind.plural + " in namespace " +
               question.name_space,
           "add a rule to your Role: {apiGroups: [" + question.kind.group + "], resources: [" +
               question.kind.plural + "], verbs: [get, list, watch, patch]}");
  }

  void rehearse_next() {
    if (rehearsed_ == data_.routes.size()) return finish();
    const RouteBinding& route = data_.routes[rehearsed_];
    world_->client.get(route_ref(route), [self = shared_from_this()](
                                             Result<std::optional<Tree>> object) {
      const RouteBinding& binding = self->data_.routes[self->rehearsed_];
      if (!object) return self->reply_(std::unexpected(std::move(object.error())));
      if (!*object) {
        self->refuse("P7", codec::printable(binding.label()) + " went away while it was planned",
                     "start again");
        return self->finish();
      }
      auto runs = rehearse(binding, **object, self->data_.steps);
      if (!runs) {
        self->refuse("P7", runs.error().message, "start again");
        return self->finish();
      }
      self->runs_ = std::move(*runs);
      self->run_ = 0;
      self->dry_run();
    });
  }

  void dry_run() {
    if (run_ == runs_.size()) {
      rehearsed_ += 1;
      dry_run_tries_ = 0;
      return rehearse_next();
    }
    const kubeapi::WriteOptions options{
        .field_manager = std::string(probe_manager), .dry_run = true, .strict = true};
    world_->client.patch(route_ref(data_.routes[rehearsed_]), kubeapi::PatchKind::json,
                         codec::write_json(runs_[run_].patch), options,
                         [self = shared_from_this()](Result<Answer> answer) {
                           self->take_dry_run(std::move(answer));
                         });
  }

  void take_dry_run(Result<Answer> answer) {
    const std::string what = codec::printable(data_.routes[rehearsed_].label()) + ": dry run of '" +
                             runs_[run_].what + "'";
    if (!answer) return reply_(std::unexpected(in_context(what, std::move(answer.error()))));
    if (answer->outcome == Answer::Outcome::done) {
      run_ += 1;
      return dry_run();
    }
    if (answer->outcome == Answer::Outcome::conflict && ++dry_run_tries_ < dry_run_tries_max)
      return rehearse_next();
    refuse("P7", what + " was refused: " + answer->message,
           "let the API server accept it, then start again");
    finish();
  }

  void refuse(std::string check, std::string message, std::string remedy) {
    findings_.push_back({.check = std::move(check),
                         .severity = Severity::refused,
                         .message = std::move(message),
                         .remedy = std::move(remedy)});
  }
  void note(std::string check, std::string message) {
    findings_.push_back({.check = std::move(check),
                         .severity = Severity::note,
                         .message = std::move(message),
                         .remedy = ""});
  }

  void finish() {
    ports::RoutePlan plan{.data = pack_route_data(data_),
                          .propagation_max = data_.propagation_max,
                          .lines = std::move(found_.lines)};
    reply_(ports::Planned<ports::RoutePlan>{.plan = std::move(plan),
                                            .findings = std::move(findings_)});
  }

  std::shared_ptr<RouteWorld> world_;
  ports::WorkloadPlan workload_;
  Reply<ports::Planned<ports::RoutePlan>> reply_;
  RouteData data_;
  std::vector<ListedRoute> listed_;
  FoundBindings found_;
  std::vector<Finding> findings_;
  std::size_t rehearsed_ = 0;
  std::vector<RouteDryRun> runs_;
  std::size_t run_ = 0;
  int dry_run_tries_ = 0;
};

}  // namespace

void plan_routes(std::shared_ptr<RouteWorld> world, const core::Plan& plan,
                 const ports::WorkloadPlan& workload,
                 Reply<ports::Planned<ports::RoutePlan>> reply) {
  std::make_shared<Planning>(std::move(world), plan, workload, std::move(reply))->start();
}

}  // namespace kai::edges
