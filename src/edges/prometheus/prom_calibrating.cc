#include "edges/prometheus/prom_calibrating.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "edges/prometheus/prom_api.h"
#include "edges/prometheus/prom_calibration.h"
#include "edges/prometheus/prom_selector.h"
#include "edges/prometheus/prom_source.h"

namespace kai::edges {
namespace {

constexpr std::size_t pods_max = 8;  // more of them say little more about how much pods differ
constexpr std::int64_t moments_max = 1440;
constexpr Duration history_max = std::chrono::hours(6);
constexpr std::int64_t samples_max = 60'000;  // of one answer: some 15 MB while it is read
constexpr std::int64_t statuses_usual = 8;    // of one pod, if nobody counts them before

std::string line_of(const std::string& service, const ports::Calibration& calibration) {
  return fmt::format(
      "{}: errors of healthy pods scatter {:.1f} to {:.1f} times as much as chance "
      "({} pods, last {}); {} latency edges compared",
      service, calibration.errors.front().dispersion, calibration.errors.back().dispersion,
      calibration.pods, format_duration(calibration.history), calibration.edges.size());
}

class Calibrating : public std::enable_shared_from_this<Calibrating> {
 public:
  Calibrating(std::shared_ptr<PromWorld> world, PromCalibrating what, Reply<PromCalibrated> reply)
      : world_(std::move(world)), what_(std::move(what)), reply_(std::move(reply)) {
    // Whole seconds, so that the moments of a range have no fractions that get lost on the way.
    const auto seconds = std::chrono::round<std::chrono::seconds>(what_.step);
    what_.step = std::max<Duration>(seconds, std::chrono::seconds(1));
    const Duration until = what_.now.since_epoch - prom_settle;
    what_.now = {std::chrono::floor<std::chrono::seconds>(until)};
  }

  void ask_next() {
    const auto service = static_cast<std::uint32_t>(learned_.services.size());
    if (service == what_.plan.families.size()) return tell();
    pods_.clear();
    for (const ports::PodTarget& pod : what_.pods) {
      if (pod.service == service && pods_.size() < pods_max) pods_.push_back(pod);
    }
    history_ = {.requests = {}, .buckets = {}, .step = what_.step};
    ask_requests();
  }

 private:
  [[nodiscard]] const PromFamily& family() const {
    return what_.plan.families[learned_.services.size()];
  }

  [[nodiscard]] std::string sums(const std::string& name, const std::string& label) const {
    std::vector<std::string> matchers{"__name__=" + prom_string(name),
                                      prom_pods_matcher(what_.plan.pod_label, pods_)};
    if (!what_.plan.name_space_label.empty())
      matchers.push_back(what_.plan.name_space_label + "=" + prom_string(what_.plan.name_space));
    // What evidence leaves out is left out here, too.
    if (!family().path_label.empty())
      matchers.push_back(family().path_label + "!=" + prom_string(family().health_path));
    return "sum by (" + what_.plan.pod_label.name + "," + label + ") (" + prom_selector(matchers) +
           ")";
  }

  // The same for both questions: where one begins later, its counters would have no base.
  [[nodiscard]] PromRange range() const {
    const auto edges = static_cast<std::int64_t>(family().edges.size());
    const std::int64_t series_per_pod =
        family().histogram.empty() ? statuses_usual : std::max(statuses_usual, edges + 2);
    const auto pods = static_cast<std::int64_t>(std::max<std::size_t>(1, pods_.size()));
    const std::int64_t moments =
        std::min({moments_max, history_max / what_.step, samples_max / (pods * series_per_pod)});
    return {.from = what_.now - moments * what_.step, .to = what_.now, .step = what_.step};
  }

  void ask_requests() {
    world_->api.query_range(what_.plan.address, sums(family().requests, family().status_label),
                            range(),
                            [self = shared_from_this()](Result<std::vector<PromSeries>> series) {
                              if (!series) return self->assume(series.error().message);
                              self->history_.requests = std::move(*series);
                              self->ask_buckets();
                            });
  }

  void ask_buckets() {
    if (family().histogram.empty()) return finish_service();
    world_->api.query_range(what_.plan.address, sums(family().histogram, "le"), range(),
                            [self = shared_from_this()](Result<std::vector<PromSeries>> series) {
                              if (!series) return self->assume(series.error().message);
                              self->history_.buckets = std::move(*series);
                              self->finish_service();
                            });
  }

  void finish_service() {
    learned_.services.push_back(
        calibrate(family(), what_.plan.pod_label, pods_, history_, what_.latency_max));
    ask_next();
  }

  void warn(std::string message, std::string remedy) {
    learned_.findings.push_back({.check = "P13",
                                 .severity = ports::Severity::warning,
                                 .message = std::move(message),
                                 .remedy = std::move(remedy)});
  }

  void assume(const std::string& why) {
    learned_.services.clear();
    warn("how much healthy pods differ could not be learned: " + why,
         "twice the scatter of chance is assumed, and only errors are compared");
    reply_(std::move(learned_));
  }

  void tell() {
    for (std::size_t i = 0; i < learned_.services.size(); ++i) {
      learned_.lines.push_back(line_of(what_.services[i], learned_.services[i]));
      if (learned_.services[i].pods > 1) continue;
      warn(what_.services[i] +
               " has no two pods with counts side by side: differences between pods cannot be told "
               "from the release",
           "run two pods of stable and of the canary (--canary-replicas=2), and give them traffic");
    }
    reply_(std::move(learned_));
  }

  std::shared_ptr<PromWorld> world_;
  PromCalibrating what_;
  Reply<PromCalibrated> reply_;
  std::vector<ports::PodTarget> pods_;  // of the service at hand
  PromHistory history_;
  PromCalibrated learned_;
};

}  // namespace

void calibrate_pods(std::shared_ptr<PromWorld> world, PromCalibrating what,
                    Reply<PromCalibrated> reply) {
  std::make_shared<Calibrating>(std::move(world), std::move(what), std::move(reply))->ask_next();
}

}  // namespace kai::edges
