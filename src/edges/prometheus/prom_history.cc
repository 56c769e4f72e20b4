#include "edges/prometheus/prom_history.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "edges/prometheus/pod_names.h"
#include "edges/prometheus/prom_selector.h"
#include "edges/prometheus/prom_source.h"
#include "edges/prometheus/prom_world.h"

namespace kai::edges {
namespace {

constexpr Duration probe_max = std::chrono::minutes(10);
constexpr Duration pause_after_failure = std::chrono::seconds(1);
constexpr std::size_t lost_shown_max = 3;
// A moment of trouble must not make all that follows small.
constexpr int answers_until_larger = 8;

std::size_t samples_in(const std::vector<PromSeries>& series) {
  std::size_t samples = 0;
  for (const PromSeries& one : series) samples += one.samples.size();
  return samples;
}

}  // namespace

class PrometheusHistory::Reading : public std::enable_shared_from_this<Reading> {
 public:
  Reading(PromWorld world, PromPlan plan, ports::HistoryAsk ask)
      : world_(std::make_shared<PromWorld>(std::move(world))),
        plan_(std::move(plan)),
        ask_(std::move(ask)) {
    only_todays_ = plan_.pod_label.by_address || !std::ranges::all_of(ask_.pods, [&](auto& pod) {
                     return pod.service < ask_.workloads.size() &&
                            is_pod_name_of(pod.name, ask_.workloads[pod.service]);
                   });
  }

  void begin(Reply<ports::HistorySpan> reply) {
    ask_prom_clock(world_, plan_.address,
                   [self = shared_from_this(), reply = std::move(reply)](auto clock) mutable {
                     if (!clock) return reply(std::unexpected(clock.error()));
                     self->to_ = clock->now(self->world_->steady.now()) - prom_settle;
                     self->look_at_newest(std::move(reply));
                   });
  }

  void next(Reply<ports::HistoryPart> reply) {
    const WallTime until = std::min(to_, position_ + part_);
    world_->api.query(plan_.address, selector(until - position_), until,
                      [self = shared_from_this(), until,
                       reply = std::move(reply)](Result<std::vector<PromSeries>> series) mutable {
                        if (!series)
                          return self->try_again(std::move(series.error()), std::move(reply));
                        self->take(*series, until, std::move(reply));
                      });
  }

 private:
  // How dense the samples are says how much can be asked for at once, and in all.
  void look_at_newest(Reply<ports::HistorySpan> reply) {
    world_->api.query(plan_.address, selector(probe_), to_,
                      [self = shared_from_this(),
                       reply = std::move(reply)](Result<std::vector<PromSeries>> series) mutable {
                        if (series) return self->take_newest(samples_in(*series), reply);
                        const bool smaller = series.error().kind != ErrorKind::unavailable &&
                                             self->probe_ / 2 >= self->part_min();
                        if (!smaller) return reply(std::unexpected(series.error()));
                        self->probe_ /= 2;
                        self->look_at_newest(std::move(reply));
                      });
  }

  void take_newest(std::size_t samples, Reply<ports::HistorySpan>& reply) {
    if (samples == 0) {
      return reply(fail(ErrorKind::no_data, plan_.address.label() +
                                                ": no sample of stable's pods in the last " +
                                                format_duration(probe_)));
    }
    const auto time_of = [&](std::size_t wanted) {
      const double probes = static_cast<double>(wanted) / static_cast<double>(samples);
      const auto most = static_cast<double>(history_length_max / probe_);
      return Duration(
          static_cast<Duration::rep>(std::min(probes, most) * static_cast<double>(probe_.count())));
    };
    part_wanted_ = part_ =
        std::clamp<Duration>(time_of(history_samples_wanted), part_min(), history_part_max);
    const Duration length = std::min(ask_.length, time_of(history_samples_max));
    position_ = to_ - length;
    reply(ports::HistorySpan{.from = position_,
                             .to = to_,
                             .shortened = length < ask_.length,
                             .only_todays = only_todays_});
  }

  [[nodiscard]] Duration part_min() const { return 2 * plan_.scrape_interval; }

  [[nodiscard]] std::string selector(Duration window) const {
    std::vector<std::string> matchers = prom_counter_matchers(plan_);
    matchers.push_back(only_todays_ ? prom_pods_matcher(plan_.pod_label, ask_.pods)
                                    : prom_starts_with_one_of(plan_.pod_label.name, ask_.workloads,
                                                              "-" + std::string(pod_name_tail)));
    return prom_selector(matchers, window);
  }

  // A question may be too large for either side: the next one is for less. Whatever else it was may
  // be over in a moment.
  void try_again(Error error, Reply<ports::HistoryPart> reply) {
    if (++failures_ >= history_tries_max) return reply(std::unexpected(std::move(error)));
    part_ = std::max(part_min(), part_ / 2);
    answers_ = 0;
    world_->timers.at(world_->steady.now() + pause_after_failure,
                      [self = shared_from_this(), reply = std::move(reply)]() mutable {
                        self->next(std::move(reply));
                      });
  }

  void take(const std::vector<PromSeries>& series, WallTime until,
            Reply<ports::HistoryPart> reply) {
    failures_ = 0;
    if (++answers_ % answers_until_larger == 0) part_ = std::min(part_wanted_, part_ * 2);
    ports::HistoryPart part{.slices = {}, .until = until, .lost = {}, .last = until == to_};
    position_ = until;
    std::vector<ports::PodTarget> pods = pods_in(series);
    // What one pod broke is given up and costs the others nothing, so that there is an end.
    for (std::size_t tries = pods.size() + 1; tries > 0 && !series.empty(); --tries) {
      auto counted = evidence_.take(plan_, pods, series, {.asked_for = until, .now = until});
      if (!counted) {
        if (part.lost.size() < lost_shown_max) part.lost.push_back(counted.error().message);
        continue;
      }
      for (core::Slice& slice : counted->slices) put(std::move(slice), part);
      break;
    }
    reply(std::move(part));
  }

  void put(core::Slice slice, ports::HistoryPart& part) const {
    if (plan_.pod_label.by_address && slice.from < start_of(slice)) return;
    std::string version = version_in_pod_name(slice.target);
    part.slices.push_back({.slice = std::move(slice), .version = std::move(version)});
  }

  // Before it the address was somebody else's, perhaps.
  [[nodiscard]] WallTime start_of(const core::Slice& slice) const {
    const auto pod = std::ranges::find_if(ask_.pods, [&](const ports::PodTarget& each) {
      return each.service == slice.service && each.name == slice.target;
    });
    return pod == ask_.pods.end() ? to_ : pod->started_at;
  }

  // Nobody knows any more when a pod of the past started: it counts from its second scrape on.
  [[nodiscard]] std::vector<ports::PodTarget> pods_in(const std::vector<PromSeries>& series) const {
    if (only_todays_) return as_old(ask_.pods);
    std::set<std::string> names;
    for (const PromSeries& one : series) names.insert(std::string(one.label(plan_.pod_label.name)));
    std::vector<ports::PodTarget> pods;
    for (std::uint32_t service = 0; service < ask_.workloads.size(); ++service) {
      for (const std::string& name : names) {
        if (is_pod_name_of(name, ask_.workloads[service]))
          pods.push_back({.service = service,
                          .arm = core::Arm::baseline,
                          .name = name,
                          .address = "",
                          .started_at = {}});
      }
    }
    return pods;
  }

  static std::vector<ports::PodTarget> as_old(std::vector<ports::PodTarget> pods) {
    for (ports::PodTarget& pod : pods) pod.started_at = {};
    return pods;
  }

  std::shared_ptr<PromWorld> world_;
  PromPlan plan_;
  ports::HistoryAsk ask_;
  bool only_todays_ = false;
  PromEvidence evidence_;
  WallTime to_;
  WallTime position_;  // read up to here
  Duration probe_ = probe_max;
  Duration part_wanted_{0};
  Duration part_{0};
  int failures_ = 0;  // in a row
  int answers_ = 0;   // in a row
};

PrometheusHistory::PrometheusHistory(net::HttpClient& http, kubeapi::Client* api, Timers& timers,
                                     const SteadyClock& steady, const WallClock& wall)
    : http_(http), api_(api), timers_(timers), steady_(steady), wall_(wall) {}

PrometheusHistory::~PrometheusHistory() = default;

void PrometheusHistory::begin(const ports::HistoryAsk& ask, Reply<ports::HistorySpan> reply) {
  PromWorld world{.api = PromApi(http_, api_),
                  .timers = timers_,
                  .steady = steady_,
                  .wall = wall_,
                  .plan = {},
                  .clock = {},
                  .evidence = {}};
  auto plan = unpack_prom_plan(ask.plan);
  if (!plan)
    return answer_later<ports::HistorySpan>(world, std::move(reply), std::unexpected(plan.error()));
  if (ask.workloads.size() != plan->families.size() || ask.pods.empty()) {
    return answer_later<ports::HistorySpan>(
        world, std::move(reply), fail(ErrorKind::no_data, "there are no pods to look at"));
  }
  reading_ = std::make_shared<Reading>(std::move(world), std::move(*plan), ask);
  reading_->begin(std::move(reply));
}

void PrometheusHistory::next(Reply<ports::HistoryPart> reply) {
  KAI_CHECK(reading_ != nullptr);
  reading_->next(std::move(reply));
}

}  // namespace kai::edges
