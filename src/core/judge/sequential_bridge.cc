#include "core/judge/sequential_bridge.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/judge.h"
#include "core/judge/latency_edges.h"
#include "core/judge/sequential.h"
#include "core/judge/service_facts.h"
#include "core/judge/snapshot_text.h"
#include "core/judge/snapshot_words.h"

namespace kai::core {
namespace {

constexpr Tolerance latency_tolerance{.rho = 1.1, .delta = 0.002};

Counts counts_of(const ServiceCounts& service, const std::optional<std::size_t>& edge) {
  const auto& [canary, baseline] = service;
  if (!edge) {
    return {.n = canary.requests, .x = canary.errors, .m = baseline.requests, .y = baseline.errors};
  }
  // An edge that is missing in an arm gives no counts for both, until it is back.
  if (*edge >= canary.slower.size() || *edge >= baseline.slower.size()) return {};
  return {.n = canary.timed,
          .x = canary.slower[*edge],
          .m = baseline.timed,
          .y = baseline.slower[*edge]};
}

std::vector<std::size_t> edges_of(const JudgeConfig& config, const ServiceConfig& service) {
  std::vector<std::size_t> edges = service.judged_edges;
  if (!config.latency_max_seconds) return edges;
  const auto limit = edge_near(service.edges, *config.latency_max_seconds);
  if (limit && std::ranges::find(edges, *limit) == edges.end()) edges.push_back(*limit);
  std::ranges::sort(edges);
  return edges;
}

void add_limits(const JudgeConfig& config, const std::vector<ServiceConfig>& services,
                SequentialConfig& out) {
  std::size_t series = 0;
  for (const ServiceConfig& service : services) {
    out.gates.push_back({.series = series++, .limit = (100 - config.success_percent_min) / 100});
    const auto edges = edges_of(config, service);
    for (const std::size_t edge : edges) {
      if (config.latency_max_seconds &&
          edge_near(service.edges, *config.latency_max_seconds) == edge)
        out.gates.push_back({.series = series, .limit = 1 - config.latency_quantile});
      ++series;
    }
  }
  for (GateSettings& gate : out.gates) gate.weight = 1 / static_cast<double>(out.gates.size());
}

// Of the errors without an edge.
const std::vector<DispersionPoint>& dispersion_of(const JudgeConfig& config,
                                                  const ServiceConfig& service,
                                                  const std::optional<std::size_t>& edge) {
  const std::vector<DispersionPoint>* learned = edge ? nullptr : &service.dispersion;
  for (const ServiceConfig::EdgeDispersion& known : service.edge_dispersion) {
    if (known.edge == edge) learned = &known.points;
  }
  return learned == nullptr || learned->empty() ? config.sequential.dispersion : *learned;
}

// One after the other, in the order of the fields; slower[] as long as the service has edges.
template <class Counts, class Use>
void each_count(Counts& service, Use use) {
  for (auto* arm : {&service.canary, &service.baseline}) {
    use(arm->requests);
    use(arm->errors);
    use(arm->timed);
    for (auto& slower : arm->slower) use(slower);
  }
}

std::vector<ServiceCounts> empty_sums(const std::vector<ServiceConfig>& services) {
  std::vector<ServiceCounts> sums(services.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i].canary.slower.resize(services[i].edges.size());
    sums[i].baseline.slower.resize(services[i].edges.size());
  }
  return sums;
}

// The rule's own checksum does not cover the sums.
std::uint64_t hash_of(std::span<const std::uint64_t> words) {
  WordHasher hasher;
  for (const std::uint64_t word : words) hasher.word(word);
  return hasher.hash;
}

}  // namespace

std::vector<SequentialBridge::Source> SequentialBridge::sources_of(const JudgeConfig& config) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    sources.push_back({.service = i, .edge = {}});
    for (const std::size_t edge : edges_of(config, config.services[i]))
      sources.push_back({.service = i, .edge = edge});
  }
  return sources;
}

SequentialConfig sequential_config_of(const JudgeConfig& config) {
  const SequentialOptions& options = config.sequential;
  SequentialConfig out{.alpha = options.alpha,
                       .beta = options.beta,
                       .persist = options.persist,
                       .planned_intervals = options.planned_intervals,
                       .planned_steps = options.planned_steps,
                       .interval = options.interval,
                       .strict_tolerance = options.strict_tolerance,
                       .require_proof = options.require_proof,
                       .both_unhealthy_rollback = options.both_unhealthy_rollback};
  const double service_weight = 1 / static_cast<double>(config.services.size());
  for (const auto& [service, edge] : SequentialBridge::sources_of(config)) {
    const ServiceConfig& settings = config.services[service];
    const std::size_t edges = edges_of(config, settings).size();
    SeriesSettings series{.name = settings.name + (edge ? " slow requests" : " errors"),
                          .service = settings.name,
                          .weight = edges == 0 ? service_weight : service_weight / 2,
                          .tolerance = options.tolerance,
                          .dispersion = dispersion_of(config, settings, edge)};
    if (edge) {
      series.kind = SeriesKind::latency_share;
      series.weight /= static_cast<double>(edges);
      series.tolerance = latency_tolerance;
    }
    out.series.push_back(std::move(series));
  }
  add_limits(config, config.services, out);
  return out;
}

Result<SequentialBridge> SequentialBridge::create(const JudgeConfig& config) {
  auto rule = SequentialRule::create(sequential_config_of(config));
  if (!rule) return std::unexpected(rule.error());
  return SequentialBridge(config, std::move(*rule));
}

SequentialBridge::SequentialBridge(const JudgeConfig& config, SequentialRule rule)
    : interval_(config.sequential.interval),
      services_(config.services),
      latency_quantile_(config.latency_quantile),
      rule_(std::move(rule)),
      sources_(sources_of(config)),
      series_(sources_.size()),
      young_(sources_.size()),
      sums_(empty_sums(config.services)) {}

void SequentialBridge::read(const std::vector<ServiceCounts>& services,
                            std::vector<Counts>& counts) const {
  for (std::size_t i = 0; i < sources_.size(); ++i)
    counts[i] = counts_of(services[sources_[i].service], sources_[i].edge);
}

Verdict SequentialBridge::observe(const Frame& frame) {
  read(frame.services, series_);
  const bool has_young = !frame.young.empty();
  if (has_young) {
    read(frame.young, young_);
    for (Counts& counts : young_) counts.m = counts.y = 0;
  }
  for (std::size_t i = 0; i < sums_.size(); ++i) add(sums_[i], frame.services[i]);
  // Rounded: scrapes are a little early or late, and a missed one makes two intervals.
  const auto intervals = (frame.span + interval_ / 2) / interval_;
  const SequentialVerdict verdict = rule_.observe(
      {.sequence = frame.sequence,
       .span = static_cast<std::uint32_t>(std::clamp<std::int64_t>(intervals, 1, 1'000'000)),
       .ask = frame.ask,
       .step_started = frame.step_started,
       .weight_ppm = frame.weight_ppm,
       .load_ratio = frame.load_ratio,
       .series = series_,
       .young = has_young ? std::span<const Counts>(young_) : std::span<const Counts>(),
       .values = {}});
  return verdict_of(verdict);
}

Verdict SequentialBridge::verdict_of(const SequentialVerdict& verdict) const {
  return {.outcome = verdict.outcome,
          .reason = verdict.reason,
          .culprit = sources_[verdict.culprit].service,
          .facts = facts(),
          .sequential = verdict};
}

std::vector<ServiceFacts> SequentialBridge::facts() const {
  std::vector<ServiceFacts> all;
  for (std::size_t i = 0; i < sums_.size(); ++i)
    all.push_back(facts_of(sums_[i], services_[i], latency_quantile_));
  return all;
}

std::vector<std::uint64_t> SequentialBridge::sum_words() const {
  std::vector<std::uint64_t> words;
  for (const ServiceCounts& service : sums_)
    each_count(service, [&](std::uint64_t count) { words.push_back(count); });
  return words;
}

void SequentialBridge::put_sum_words(std::span<const std::uint64_t> words) {
  std::size_t at = 0;
  for (ServiceCounts& service : sums_)
    each_count(service, [&](std::uint64_t& count) { count = words[at++]; });
}

// The sums, their hash, and the rule's snapshot.
std::string SequentialBridge::saved() const {
  std::vector<std::uint64_t> words = sum_words();
  words.push_back(hash_of(words));
  std::vector<std::byte> bytes(words.size() * word_bytes + rule_.snapshot_bytes());
  WordWriter writer{.out = bytes};
  for (const std::uint64_t word : words) writer.word(word);
  const std::size_t written = rule_.snapshot(writer.out.subspan(writer.at));
  KAI_CHECK(written > 0);
  return snapshot_text(bytes);
}

std::size_t SequentialBridge::saved_size_max() const {
  return snapshot_text_size_max((sum_words().size() + 1) * word_bytes + rule_.snapshot_bytes());
}

Result<SequentialBridge> SequentialBridge::restore(const JudgeConfig& config,
                                                   std::string_view saved) {
  auto bridge = create(config);
  if (!bridge) return bridge;
  const std::size_t sums = bridge->sum_words().size();
  const std::size_t wanted = (sums + 1) * word_bytes + bridge->rule_.snapshot_bytes();
  const auto bytes = snapshot_bytes_in(saved, wanted);
  if (!bytes) return std::unexpected(bytes.error());
  const std::span<const std::byte> in(*bytes);
  if (in.size() != wanted)
    return fail(ErrorKind::malformed,
                "judge: the saved evidence has another size than it should have");
  WordReader reader{.in = in};
  std::vector<std::uint64_t> words;
  for (std::size_t i = 0; i < sums; ++i) words.push_back(reader.next());
  if (reader.next() != hash_of(words))
    return fail(ErrorKind::malformed, "judge: the saved evidence is damaged");
  auto rule = SequentialRule::restore(sequential_config_of(config), in.subspan(reader.at));
  if (!rule) return std::unexpected(rule.error());
  bridge->rule_ = std::move(*rule);
  bridge->put_sum_words(words);
  return bridge;
}

}  // namespace kai::core
