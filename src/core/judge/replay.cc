#include "core/judge/replay.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/judge/judge_fresh.h"

namespace kai::core {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The shortest text that reads as this number: equal texts are equal bits, the sign of a zero
// included.
std::string text(double number) { return fmt::format("{}", number); }
std::string text(const std::optional<double>& number) { return number ? text(*number) : "none"; }
std::string text(std::uint64_t number) { return fmt::format("{}", number); }
std::string text(Outcome outcome) { return std::string(name_of(outcome)); }
std::string text(VerdictReason reason) { return std::string(name_of(reason)); }

void add(Fields& fields, std::size_t service, const ServiceFacts& facts) {
  const auto name = [&](std::string_view field) {
    return fmt::format("{} of service {}", field, service + 1);
  };
  fields.insert(fields.end(),
                {{name("requests"), text(facts.requests)},
                 {name("errors"), text(facts.errors)},
                 {name("baseline_requests"), text(facts.baseline_requests)},
                 {name("baseline_errors"), text(facts.baseline_errors)},
                 {name("success_percent"), text(facts.success_percent)},
                 {name("latency_seconds"), text(facts.latency_seconds)},
                 {name("baseline_latency_seconds"), text(facts.baseline_latency_seconds)}});
}

void add(Fields& fields, const SequentialVerdict& verdict) {
  const SequentialFacts& facts = verdict.facts;
  fields.insert(fields.end(), {{"rule's outcome", text(verdict.outcome)},
                               {"rule's reason", text(verdict.reason)},
                               {"rule's culprit", text(std::uint64_t{verdict.culprit})},
                               {"ln_evidence", text(verdict.ln_evidence)},
                               {"ln_needed", text(verdict.ln_needed)},
                               {"ln_healthy", text(verdict.ln_healthy)},
                               {"requests", text(facts.requests)},
                               {"bad", text(facts.bad)},
                               {"expected", text(facts.expected)},
                               {"baseline_requests", text(facts.baseline_requests)},
                               {"baseline_bad", text(facts.baseline_bad)},
                               {"agreeing", text(std::uint64_t{facts.agreeing})},
                               {"intervals", text(facts.intervals)},
                               {"quiet_intervals", text(facts.quiet_intervals)},
                               {"quiet_expected", text(facts.quiet_expected)}});
}

Fields fields_of(const Verdict& verdict) {
  Fields fields{{"outcome", text(verdict.outcome)},
                {"reason", text(verdict.reason)},
                {"culprit", text(std::uint64_t{verdict.culprit})},
                {"services", text(std::uint64_t{verdict.facts.size()})},
                {"sequential", verdict.sequential ? "there" : "not there"}};
  for (std::size_t i = 0; i < verdict.facts.size(); ++i) add(fields, i, verdict.facts[i]);
  if (verdict.sequential) add(fields, *verdict.sequential);
  return fields;
}

std::size_t series_of(const JudgeConfig& config) {
  std::size_t series = 0;
  for (const ServiceConfig& service : config.services) series += 2 + service.judged_edges.size();
  return series;
}

}  // namespace

std::string difference_of(const Verdict& was, const Verdict& is) {
  const Fields before = fields_of(was);
  const Fields after = fields_of(is);
  // A difference in the number of fields is one in an earlier field.
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    if (before[i] == after[i]) continue;
    return fmt::format("{} was {}, is {}", before[i].first, before[i].second, after[i].second);
  }
  return {};
}

// The oldest owner is dead the longest.
void Replay::take(std::size_t line, std::uint64_t owner, const JudgeEntry& entry) {
  const auto [at, is_new] = owners_.try_emplace(owner);
  if (is_new && !lost_.empty()) at->second.why_not = lost_;
  if (const auto* const began = std::get_if<JudgeBegan>(&entry)) {
    begin(at->second, line, *began);
  } else {
    observe(at->second, line, std::get<FrameJudged>(entry));
  }
  if (owners_.size() > replayed_owners_max) owners_.erase(owners_.begin());
}

void Replay::lose(std::size_t line, std::string why) {
  lost_ = fmt::format("line {} is lost", line);
  owners_.clear();
  leave_unchecked(line, std::move(why));
}

void Replay::begin(Owner& owner, std::size_t line, const JudgeBegan& began) {
  owner.judge.reset();
  if (series_of(began.config) > replayed_series_max) {
    owner.why_not =
        fmt::format("the judge of line {} has more than {} series", line, replayed_series_max);
    return;
  }
  auto judge = began.evidence.empty() ? Judge::create(began.config)
                                      : Judge::restore(began.config, began.evidence);
  if (!judge) {
    owner.why_not =
        fmt::format("the judge of line {} cannot begin: {}", line, judge.error().message);
    return;
  }
  owner.judge = std::move(*judge);
  owner.last_sequence = began.evidence.empty() ? 0 : began.frames;
}

void Replay::observe(Owner& owner, std::size_t line, const FrameJudged& judged) {
  if (!owner.judge) return leave_unchecked(line, owner.why_not);
  if (judged.frame.sequence != owner.last_sequence + 1) {
    owner.why_not =
        fmt::format("frames are missing before line {}: it is number {}, after number {}", line,
                    judged.frame.sequence, owner.last_sequence);
    owner.judge.reset();
    return leave_unchecked(line, owner.why_not);
  }
  owner.last_sequence = judged.frame.sequence;
  std::string difference = difference_of(judged.verdict, judge_fresh(*owner.judge, judged.frame));
  if (difference.empty()) {
    result_.same += 1;
    return;
  }
  result_.different += 1;
  if (!result_.first_different) result_.first_different = {line, std::move(difference)};
}

void Replay::leave_unchecked(std::size_t line, std::string why) {
  result_.unchecked += 1;
  if (!result_.first_unchecked) result_.first_unchecked = {line, std::move(why)};
}

}  // namespace kai::core
