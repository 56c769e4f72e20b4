#include "edges/prometheus/prom_source.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "codec/json.h"
#include "edges/prometheus/prom_selector.h"
#include "edges/prometheus/prom_world.h"

namespace kai::edges {
namespace {

// One call of `counters`: the clock if it is old, then chunk after chunk, then the sum.
class Counting : public std::enable_shared_from_this<Counting> {
 public:
  Counting(std::shared_ptr<PromWorld> world, PromPlan plan, std::vector<ports::PodTarget> pods,
           Reply<ports::Counters> reply)
      : world_(std::move(world)),
        plan_(std::move(plan)),
        pods_(std::move(pods)),
        reply_(std::move(reply)) {}

  void start() {
    const SteadyTime now = world_->steady.now();
    const std::optional<PromClock> known = world_->clock;
    if (known && now - known->at < prom_clock_age_max) return ask_all(*known);
    ask_prom_clock(world_, plan_.address, [self = shared_from_this()](Result<PromClock> clock) {
      if (!clock) return self->finish(std::unexpected(std::move(clock.error())));
      self->world_->clock = *clock;
      self->ask_all(*clock);
    });
  }

 private:
  // The clock is kept here: while the answers are on their way, a call for another plan may forget
  // it.
  void ask_all(const PromClock& clock) {
    clock_ = clock;
    asked_for_ = clock_.now(world_->steady.now()) - prom_settle;
    window_ = world_->evidence.window(plan_, pods_, asked_for_);
    ask_next();
  }

  void ask_next() {
    if (position_ >= pods_.size()) return finish_counting();
    const std::size_t end = std::min(pods_.size(), position_ + prom_pods_per_query_max);
    const std::vector<ports::PodTarget> chunk(
        pods_.begin() + static_cast<std::ptrdiff_t>(position_),
        pods_.begin() + static_cast<std::ptrdiff_t>(end));
    position_ = end;
    const std::string promql = prom_selector(matchers(chunk), window_);
    if (promql.size() > prom_query_bytes_max) {
      return finish(fail(ErrorKind::rejected, plan_.address.label() + ": the query for " +
                                                  std::to_string(chunk.size()) +
                                                  " pods is too long"));
    }
    world_->api.query(plan_.address, promql, asked_for_,
                      [self = shared_from_this()](Result<std::vector<PromSeries>> series) {
                        if (!series)
                          return self->finish(std::unexpected(std::move(series.error())));
                        std::ranges::move(*series, std::back_inserter(self->series_));
                        self->ask_next();
                      });
  }

  [[nodiscard]] std::vector<std::string> matchers(
      const std::vector<ports::PodTarget>& chunk) const {
    std::vector<std::string> all = prom_counter_matchers(plan_);
    all.push_back(prom_pods_matcher(plan_.pod_label, chunk));
    return all;
  }

  void finish_counting() {
    const WallTime now = clock_.now(world_->steady.now());
    auto counted =
        world_->evidence.take(plan_, pods_, series_, {.asked_for = asked_for_, .now = now});
    // A source whose newest samples do not fit its clock may have had its clock moved.
    if (!counted || counted->stale) world_->clock.reset();
    finish(std::move(counted));
  }

  void finish(Result<ports::Counters> result) { reply_(std::move(result)); }

  std::shared_ptr<PromWorld> world_;
  PromPlan plan_;
  std::vector<ports::PodTarget> pods_;
  Reply<ports::Counters> reply_;
  PromClock clock_;
  WallTime asked_for_;
  Duration window_{0};
  std::size_t position_ = 0;
  std::vector<PromSeries> series_;
};

}  // namespace

void ask_prom_clock(const std::shared_ptr<PromWorld>& world, const PromAddress& address,
                    Reply<PromClock> reply) {
  const SteadyTime sent = world->steady.now();
  world->api.query(
      address, "time()", std::nullopt,
      [world, sent, address,
       reply = std::move(reply)](Result<std::vector<PromSeries>> answer) mutable {
        if (!answer) return reply(std::unexpected(std::move(answer.error())));
        if (answer->size() != 1 || answer->front().samples.size() != 1) {
          return reply(
              fail(ErrorKind::malformed, address.label() + ": 'time()' is not one number"));
        }
        const Duration way = world->steady.now() - sent;
        reply(PromClock{.said = answer->front().samples.front().at, .at = sent + way / 2});
      });
}

void count_pods(std::shared_ptr<PromWorld> world, PromPlan plan, std::vector<ports::PodTarget> pods,
                Reply<ports::Counters> reply) {
  std::make_shared<Counting>(std::move(world), std::move(plan), std::move(pods), std::move(reply))
      ->start();
}

PrometheusSource::PrometheusSource(net::HttpClient& http, kubeapi::Client* api, Timers& timers,
                                   const SteadyClock& steady, const WallClock& wall)
    : world_(std::make_shared<PromWorld>(PromWorld{.api = PromApi(http, api),
                                                   .timers = timers,
                                                   .steady = steady,
                                                   .wall = wall,
                                                   .plan = {},
                                                   .clock = {},
                                                   .evidence = {}})) {}

PrometheusSource::~PrometheusSource() = default;

void PrometheusSource::plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
                            const std::vector<ports::PodTarget>& pods,
                            Reply<ports::Planned<ports::MetricPlan>> reply) {
  plan_metrics(world_, plan, workload, pods, std::move(reply));
}

void PrometheusSource::counters(const Tree& plan, const std::vector<ports::PodTarget>& pods,
                                Reply<ports::Counters> reply) {
  auto pinned = unpack_prom_plan(plan);
  if (!pinned) {
    return answer_later<ports::Counters>(*world_, std::move(reply),
                                         std::unexpected(pinned.error()));
  }
  if (pinned->address.proxied && !world_->api.has_proxy()) {
    return answer_later<ports::Counters>(
        *world_, std::move(reply),
        fail(ErrorKind::rejected, pinned->address.label() + ": there is no API server here"));
  }
  if (pods.empty()) {
    return answer_later<ports::Counters>(*world_, std::move(reply),
                                         fail(ErrorKind::no_data, "there are no pods to count"));
  }
  if (std::string text = codec::canonical_json(plan); text != world_->plan) {
    world_->plan = std::move(text);
    world_->clock.reset();
    world_->evidence = PromEvidence();
  }
  count_pods(world_, std::move(*pinned), pods, std::move(reply));
}

}  // namespace kai::edges
