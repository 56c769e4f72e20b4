// Snapshot of the sequential rule: mark, version, hash of the configuration, every accumulator as
// little-endian binary64 or uint64, CRC-32. One description of the fields serves size, writing,
// reading and hashing.
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "core/judge/dispersion.h"
#include "core/judge/effects.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/mixture.h"
#include "core/judge/recurrence.h"
#include "core/judge/sequential.h"
#include "core/judge/sequential_state.h"
#include "core/judge/snapshot_words.h"
#include "core/judge/starts.h"
#include "core/judge/verdict.h"

namespace kai::core {
namespace {

constexpr std::uint64_t mark = 0x31454744554a494b;  // "KIJUDGE1"
constexpr std::uint64_t version = 1;

template <class T>
concept Word = std::is_arithmetic_v<T> || std::is_enum_v<T>;

template <Word T>
std::uint64_t word_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<std::uint64_t>(static_cast<double>(value));
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

template <Word T>
T value_of(std::uint64_t word) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<double>(word);
  } else {
    return static_cast<T>(word);
  }
}

// CRC-32 of ISO 3309, bit by bit: a snapshot is small and rare.
std::uint32_t crc_of(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

struct Sizer {
  std::size_t bytes = 0;
  void word(std::uint64_t) { bytes += word_bytes; }
};

// Types of this file, so that the descriptions below are found by them.
struct Hasher : WordHasher {};
struct Writer : WordWriter {};
struct Reader : WordReader {};

template <class Archive, Word T>
void field(Archive& archive, const T& value) {
  archive.word(word_of(value));
}

template <Word T>
void field(Reader& archive, T& value) {
  value = value_of<T>(archive.next());
}

template <class Archive, class... Fields>
void fields(Archive& archive, Fields&... values);

// Ranges one by one, structures by their own description below.
template <class Archive, class T>
void one(Archive& archive, T& value) {
  using Plain = std::remove_const_t<T>;
  if constexpr (Word<Plain>) {
    field(archive, value);
  } else if constexpr (requires { value.begin(); }) {
    for (auto& item : value) one(archive, item);
  } else {
    describe(archive, value);
  }
}

template <class Archive, class... Fields>
void fields(Archive& archive, Fields&... values) {
  (one(archive, values), ...);
}

template <class T, class Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

template <class A, Is<Counts> T>
void describe(A& a, T& v) {
  fields(a, v.n, v.x, v.m, v.y);
}
template <class A, Is<EstimateSums> T>
void describe(A& a, T& v) {
  fields(a, v.requests, v.bad, v.expected);
}
template <class A, Is<StepTotals> T>
void describe(A& a, T& v) {
  fields(a, v.requests, v.baseline_requests);
}
template <class A, Is<Silence> T>
void describe(A& a, T& v) {
  fields(a, v.intervals, v.other_arm);
}
template <class A, Is<PanicFrame> T>
void describe(A& a, T& v) {
  fields(a, v.counts, v.has_young);
}
template <class A, Is<Mixture> T>
void describe(A& a, T& v) {
  fields(a, v.ln_evidence, v.open, v.ln_weight, v.age, v.sum);
}
template <class A, class T>
  requires Is<T, PlainMixture<worse_effects>> || Is<T, PlainMixture<healthier_effects>>
void describe(A& a, T& v) {
  fields(a, v.ln_evidence, v.age, v.sum);
}
template <class A, Is<Recurrence> T>
void describe(A& a, T& v) {
  fields(a, v.striking, v.next, v.kept, v.runs);
}
template <class A, Is<Starts> T>
void describe(A& a, T& v) {
  fields(a, v.begun, v.position, v.regular_used, v.steps_used, v.late_used, v.last_late,
         v.unstarted);
}
template <class A, Is<SeriesState> T>
void describe(A& a, T& v) {
  fields(a, v.worse, v.intolerable, v.at_start, v.healthy, v.healthy_step, v.panic, v.analysis,
         v.step, v.totals, v.recent, v.recurrence, v.canary_silence, v.baseline_silence,
         v.forfeited);
}
template <class A, Is<GateState> T>
void describe(A& a, T& v) {
  fields(a, v.bad, v.good, v.analysis, v.step, v.recent);
}
template <class A, Is<SequentialFacts> T>
void describe(A& a, T& v) {
  fields(a, v.requests, v.bad, v.expected, v.baseline_requests, v.baseline_bad, v.agreeing,
         v.intervals, v.quiet_intervals, v.quiet_expected);
}
template <class A, Is<SequentialVerdict> T>
void describe(A& a, T& v) {
  fields(a, v.outcome, v.reason, v.culprit, v.ln_evidence, v.ln_needed, v.ln_healthy, v.facts);
}
template <class A, Is<RuleState> T>
void describe(A& a, T& v) {
  fields(a, v.seen, v.last_sequence, v.intervals, v.pair_starts, v.gate_starts, v.agreeing,
         v.agreeing_shown, v.gates_agreeing, v.series, v.gates, v.breaches, v.last);
}

void hash_text(Hasher& hasher, std::string_view text) {
  hasher.word(text.size());
  for (const char letter : text) hasher.word(static_cast<unsigned char>(letter));
}

void hash_series(Hasher& hasher, const SeriesSettings& series) {
  hash_text(hasher, series.name);
  hash_text(hasher, series.service);
  fields(hasher, series.kind, series.critical, series.weight, series.tolerance.rho,
         series.tolerance.delta, series.promise.rho, series.promise.delta);
  hasher.word(series.dispersion.size());
  for (const DispersionPoint& point : series.dispersion)
    fields(hasher, point.intervals, point.dispersion);
}

std::uint64_t hash_of(const SequentialConfig& config) {
  Hasher hasher;
  const auto interval = std::chrono::nanoseconds(config.interval).count();
  fields(hasher, config.alpha, config.beta, config.persist, config.planned_intervals,
         config.planned_steps, interval, config.strict_tolerance, config.require_proof,
         config.both_unhealthy_rollback, config.panic);
  hasher.word(config.series.size());
  for (const SeriesSettings& series : config.series) hash_series(hasher, series);
  hasher.word(config.gates.size());
  for (const GateSettings& gate : config.gates)
    fields(hasher, gate.series, gate.limit, gate.weight);
  hasher.word(config.values.size());
  for (const ValueSettings& value : config.values) {
    hash_text(hasher, value.name);
    fields(hasher, value.limit);
  }
  return hasher.hash;
}

bool is_sound(const Mixture& mixture) { return mixture.open <= slots_max; }

// The checksum finds accidents; a state that could make us read past an array is refused as well.
bool is_sound(const RuleState& now, const RuleConstants& constants) {
  for (const SeriesState& series : now.series) {
    if (!is_sound(series.worse) || !is_sound(series.intolerable)) return false;
    if (series.recurrence.next >= constants.recurrence_window) return false;
    if (series.recurrence.kept > constants.recurrence_window) return false;
  }
  for (const GateState& gate : now.gates) {
    if (!is_sound(gate.bad)) return false;
  }
  return now.last.outcome <= Outcome::fail && now.last.reason <= VerdictReason::rejected_input;
}

constexpr std::size_t frame_bytes = 4 * word_bytes;  // mark, version, hash; CRC at the end

}  // namespace

std::size_t SequentialRule::snapshot_bytes() const noexcept {
  Sizer sizer;
  one(sizer, state_->now);
  return sizer.bytes + frame_bytes;
}

std::size_t SequentialRule::snapshot(std::span<std::byte> out) const noexcept {
  const std::size_t bytes = snapshot_bytes();
  if (out.size() < bytes) return 0;
  Writer writer{{.out = out.first(bytes)}};
  writer.word(mark);
  writer.word(version);
  writer.word(hash_of(state_->config));
  one(writer, std::as_const(state_->now));
  writer.word(crc_of(out.first(writer.at)));
  return bytes;
}

Result<SequentialRule> SequentialRule::restore(const SequentialConfig& config,
                                               std::span<const std::byte> bytes) {
  Result<SequentialRule> rule = create(config);
  if (!rule) return rule;
  const auto refuse = [](const char* why) {
    return fail(ErrorKind::malformed, std::string("judge: the saved evidence ") + why);
  };
  if (bytes.size() != rule->snapshot_bytes()) return refuse("has another size than it should have");
  Reader reader{{.in = bytes}};
  if (reader.next() != mark || reader.next() != version)
    return refuse("is not of this version of the judge");
  if (reader.next() != hash_of(config)) return refuse("belongs to another configuration");
  Reader trailer{{.in = bytes.last(word_bytes)}};
  if (trailer.next() != crc_of(bytes.first(bytes.size() - word_bytes))) return refuse("is damaged");
  one(reader, rule->state_->now);
  if (!is_sound(rule->state_->now, rule->state_->constants)) return refuse("is impossible");
  return rule;
}

}  // namespace kai::core
