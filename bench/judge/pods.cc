#include "bench/judge/pods.h"

#include <algorithm>
#include <cmath>

namespace kai::bench {
namespace {

constexpr int intervals = 72;
constexpr int history_intervals = 240;
constexpr int late_onset = 20;
constexpr double requests_per_pod = 15.0 * 200 / 10;
constexpr double base = 0.01;

// Log-normal noise of mean 1 that remembers the interval before.
class Noise {
 public:
  Noise(double spread, double memory) : spread_(spread), memory_(memory) {}
  double next(fakes::Traffic& traffic) {
    const double z = traffic.normal();
    state_ = started_ ? memory_ * state_ + std::sqrt(1 - memory_ * memory_) * z : z;
    started_ = true;
    return std::exp(spread_ * state_ - spread_ * spread_ / 2);
  }

 private:
  double spread_;
  double memory_;
  double state_ = 0;
  bool started_ = false;
};

struct Pod {
  double constant = 1;
  Noise noise{0, 0};
};

// What a scenario does to all pods in one interval, and to one pod.
class Weather {
 public:
  Weather(const RoughTraffic& rough, fakes::Traffic& traffic)
      : rough_(rough), traffic_(traffic), split_(traffic.uniform()) {}

  Pod pod() {
    Pod pod;
    if (rough_.scenario == "pods differ") pod.constant = std::exp(0.2 * traffic_.normal() - 0.02);
    if (rough_.scenario == "pod noise 15s") pod.noise = Noise(0.47, 0);
    if (rough_.scenario == "pod noise 2min") pod.noise = Noise(0.47, 0.88);
    return pod;
  }
  [[nodiscard]] bool has_pod_noise() const { return rough_.scenario.starts_with("pod noise"); }

  // Of all pods. `t` < 0 in the history.
  void begin(int t) {
    factor_ = rough_.scenario == "shared bursts" ? shared_.next(traffic_) : 1;
    extra_ = 0;
    if (t < 0) return;
    if (rough_.scenario == "trend x3") factor_ = 1 + 2.0 * t / (intervals - 1);
    if (rough_.scenario == "shared outage" && t >= 16 && t <= 19) extra_ = 0.3;
  }

  double share(Pod& pod, int t, bool canary) {
    const double noise = has_pod_noise() ? pod.noise.next(traffic_) : 1;
    double share = base * factor_ * pod.constant * noise + extra_;
    if (t >= 0) share += canary ? canary_extra(t) : baseline_extra(t);
    return std::clamp(share, 0.0, 1.0);
  }

 private:
  [[nodiscard]] double baseline_extra(int t) const {
    return rough_.scenario == "old-version blip 15s 20%" && t == 8 ? 0.2 : 0;
  }
  [[nodiscard]] double canary_extra(int t) const {
    const int onset = is_late(rough_.scenario) ? late_onset : 0;
    return (t >= onset ? rough_.more : 0) + blip(t);
  }
  [[nodiscard]] double blip(int t) const {
    const std::string& name = rough_.scenario;
    if (name == "blip 15s 5%") return t == 8 ? 0.05 : 0;
    if (name == "blip 15s 20%" || name == "blip 20 %, then late") return t == 8 ? 0.2 : 0;
    if (name == "blip 15s 100%" || name == "blip 100 %, then late") return t == 8 ? 1 : 0;
    if (name == "blip 15s 20% split")
      return t == 8 ? 0.2 * split_ : t == 9 ? 0.2 * (1 - split_) : 0;
    if (name == "blip 30s 20% split")
      return t == 8 ? 0.2 * split_ : t == 9 ? 0.2 : t == 10 ? 0.2 * (1 - split_) : 0;
    return 0;
  }

  const RoughTraffic& rough_;
  fakes::Traffic& traffic_;
  double split_;
  Noise shared_{1.0, 0.7};
  double factor_ = 1;
  double extra_ = 0;
};

// Incidents of geometric size with mean 4: one client that retries.
std::uint64_t clumped(fakes::Traffic& traffic, std::uint64_t requests, double share) {
  const std::uint64_t incidents = traffic.poisson(static_cast<double>(requests) * share / 4);
  std::uint64_t bad = 0;
  for (std::uint64_t i = 0; i < incidents; ++i) {
    const double u = 1 - traffic.uniform();
    bad += 1 + static_cast<std::uint64_t>(std::log(u) / std::log(0.75));
  }
  return std::min(bad, requests);
}

void count(fakes::Traffic& traffic, const std::string& scenario, double share, std::uint64_t& all,
           std::uint64_t& bad) {
  if (scenario == "retry clusters") {
    all = traffic.poisson(requests_per_pod);
    bad = clumped(traffic, all, share);
  } else {
    traffic.arm(requests_per_pod, share, all, bad);
  }
}

}  // namespace

bool is_late(const std::string& scenario) {
  return scenario == "late start" || scenario.ends_with("then late");
}

Stream rough_stream(fakes::Traffic& traffic, const RoughTraffic& rough) {
  Weather weather(rough, traffic);
  const auto replicas = static_cast<std::size_t>(rough.baseline_pods);
  Pod canary = weather.pod();
  std::vector<Pod> pods;
  for (std::size_t j = 0; j < replicas; ++j) pods.push_back(weather.pod());
  core::ReplicaHistory history;
  for (int t = -history_intervals; t < 0; ++t) {
    weather.begin(t);
    auto& requests = history.requests.emplace_back(replicas);
    auto& errors = history.errors.emplace_back(replicas);
    for (std::size_t j = 0; j < replicas; ++j)
      count(traffic, rough.scenario, weather.share(pods[j], t, false), requests[j], errors[j]);
  }
  Stream stream{
      .weight = 1.0 / (1 + rough.baseline_pods), .base = base, .canary = base + rough.more};
  for (int t = 0; t < intervals; ++t) {
    weather.begin(t);
    core::Counts& counts = stream.intervals.emplace_back();
    count(traffic, rough.scenario, weather.share(canary, t, true), counts.n, counts.x);
    for (Pod& pod : pods) {
      std::uint64_t all = 0, bad = 0;
      count(traffic, rough.scenario, weather.share(pod, t, false), all, bad);
      counts.m += all;
      counts.y += bad;
    }
  }
  stream.dispersion = core::with_floor(core::learn_dispersion(history), history);
  return stream;
}

}  // namespace kai::bench
