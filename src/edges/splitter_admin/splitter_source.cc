#include "edges/splitter_admin/splitter_source.h"

#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_counts.h"
#include "edges/splitter_admin/splitter_edit.h"
#include "edges/splitter_admin/splitter_increments.h"
#include "edges/splitter_admin/splitter_services.h"

namespace kai::edges {
namespace {

using splitter::SnapshotSpec;

constexpr std::string_view format = "splitter/1";
constexpr double microseconds_of_second = 1e6;

Tree pack(const std::vector<SplitterMeasured>& services) {
  Tree list = Tree::list();
  for (const SplitterMeasured& service : services) {
    Tree edges = Tree::list();
    for (const std::uint64_t edge : service.edges_us)
      edges.push_back(static_cast<std::int64_t>(edge));
    Tree packed;
    packed.set("route", service.route);
    packed.set("edges_us", std::move(edges));
    list.push_back(std::move(packed));
  }
  Tree packed;
  packed.set("format", format);
  packed.set("services", std::move(list));
  return packed;
}

Result<std::vector<SplitterMeasured>> unpack(const Tree& packed) {
  const std::unexpected<Error> broken =
      fail(ErrorKind::malformed, "the plan of the splitter's counts in the record is not readable");
  const Tree::List* const list = packed.list_at("/services");
  if (packed.text_or("/format", "") != format || list == nullptr || list->empty()) return broken;
  std::vector<SplitterMeasured> services;
  for (const Tree& each : *list) {
    const std::string* const route = each.text_at("/route");
    const Tree::List* const edges = each.list_at("/edges_us");
    if (route == nullptr || edges == nullptr) return broken;
    SplitterMeasured service{.route = *route, .edges_us = {}};
    for (const Tree& edge : *edges) {
      if (edge.as_int() == nullptr || *edge.as_int() <= 0) return broken;
      service.edges_us.push_back(static_cast<std::uint64_t>(*edge.as_int()));
    }
    services.push_back(std::move(service));
  }
  return services;
}

// What was counted of a route since the splitter started, all versions together.
SplitterCounted sum_of(const SplitterCounts& counts, const std::string& route) {
  SplitterCounted sum;
  for (const auto& [arm, counted] : counts) {
    if (arm.route != route) continue;
    for (const auto& [status, count] : counted.by_status) sum.by_status[status] += count;
    sum.broken += counted.broken;
  }
  return sum;
}

// Check P13: every service is served and has had requests.
class MetricsPlan {
 public:
  MetricsPlan(const core::Plan& plan, const std::vector<ports::ServicePlan>& services) {
    allow_idle_ = plan.metrics.allow_idle;
    for (const ports::ServicePlan& service : services) {
      measured_.push_back({.route = service.name, .edges_us = latency_edges_us(plan.limits)});
    }
  }

  ports::Planned<ports::MetricPlan> take(const SnapshotSpec& snapshot,
                                         const SplitterCounts& counts) {
    ports::Planned<ports::MetricPlan> planned;
    planned.plan.data = pack(measured_);
    planned.plan.scrape_interval = splitter_scrape_interval;
    std::string idle;
    for (const SplitterMeasured& service : measured_) {
      const std::string name = codec::printable(service.route);
      std::vector<double> edges;
      for (const std::uint64_t edge : service.edges_us)
        edges.push_back(static_cast<double>(edge) / microseconds_of_second);
      planned.plan.edges.push_back(std::move(edges));
      if (find_route(snapshot, service.route) == nullptr) {
        planned.findings.push_back({.check = "P13",
                                    .severity = ports::Severity::cannot_measure,
                                    .message = "kai-splitter has no route " + name +
                                               ", so it counts nothing of this service",
                                    .remedy = ""});
        continue;
      }
      const SplitterCounted sum = sum_of(counts, service.route);
      if (sum.requests() == 0) idle += (idle.empty() ? "" : ", ") + name;
      planned.plan.lines.push_back(name +
                                   ": counted by kai-splitter, errors are status 5xx and cut "
                                   "answers; since it started: " +
                                   std::to_string(sum.requests()) + " requests, " +
                                   std::to_string(sum.errors()) + " errors");
    }
    if (!idle.empty()) tell_idle(idle, planned.findings);
    return planned;
  }

 private:
  void tell_idle(const std::string& idle, std::vector<ports::Finding>& findings) const {
    const std::string what = "no requests since kai-splitter started";
    if (allow_idle_) {
      return findings.push_back({.check = "P13",
                                 .severity = ports::Severity::warning,
                                 .message = what + ": " + idle,
                                 .remedy = ""});
    }
    findings.push_back({.check = "P13",
                        .severity = ports::Severity::cannot_measure,
                        .message = what + ", so nothing would be proved: " + idle,
                        .remedy = "send traffic, or accept it with --allow-idle"});
  }

  bool allow_idle_ = false;
  std::vector<SplitterMeasured> measured_;
};

}  // namespace

struct SplitterSource::World : std::enable_shared_from_this<SplitterSource::World> {
  World(SplitterControl& with_control, const WallClock& with_wall)
      : control(with_control), wall(with_wall) {}

  struct Look {
    SnapshotSpec snapshot;
    SplitterCounts counts;
    std::string started;
    WallTime at;
  };
  // The configuration first, so that every backend that counts is known.
  void look(Reply<Look> reply) {
    control.read([self = shared_from_this(),
                  reply = std::move(reply)](Result<SnapshotSpec> snapshot) mutable {
      if (!snapshot) return reply(std::unexpected(std::move(snapshot.error())));
      self->control.metrics([self, snapshot = std::move(*snapshot),
                             reply = std::move(reply)](Result<std::string> text) mutable {
        if (!text) return reply(std::unexpected(std::move(text.error())));
        auto counts = read_counts(*text);
        if (!counts)
          return reply(
              std::unexpected(in_context(self->control.socket(), std::move(counts.error()))));
        std::string started = read_start(*text);
        if (started.empty())
          return reply(
              fail(ErrorKind::malformed, self->control.socket() +
                                             ": the splitter's metrics do not say since when "
                                             "they count"));
        reply(Look{.snapshot = std::move(snapshot),
                   .counts = std::move(*counts),
                   .started = std::move(started),
                   .at = self->wall.now()});
      });
    });
  }

  SplitterControl& control;
  const WallClock& wall;
  SplitterIncrements increments;
};

SplitterSource::SplitterSource(SplitterControl& control, const WallClock& wall)
    : world_(std::make_shared<World>(control, wall)) {}

SplitterSource::~SplitterSource() = default;

void SplitterSource::plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
                          const std::vector<ports::PodTarget>& /*pods*/,
                          Reply<ports::Planned<ports::MetricPlan>> reply) {
  world_->look([planning = MetricsPlan(plan, workload.services),
                reply = std::move(reply)](Result<World::Look> look) mutable {
    if (!look) return reply(std::unexpected(std::move(look.error())));
    reply(planning.take(look->snapshot, look->counts));
  });
}

void SplitterSource::counters(const Tree& plan, const std::vector<ports::PodTarget>& pods,
                              Reply<ports::Counters> reply) {
  auto services = unpack(plan);
  if (!services) {
    return world_->control.later([reply = std::move(reply), error = services.error()]() mutable {
      reply(std::unexpected(std::move(error)));
    });
  }
  world_->look([world = world_, services = std::move(*services), pods,
                reply = std::move(reply)](Result<World::Look> look) mutable {
    if (!look) return reply(std::unexpected(std::move(look.error())));
    reply(world->increments.take(services, pods, look->snapshot, look->counts, look->started,
                                 look->at));
  });
}

}  // namespace kai::edges
