#include "core/judge/judge_log_tree.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/tree_reader.h"
#include "core/judge/judge_config_tree.h"
#include "core/judge/log_parts.h"

namespace kai::core {
namespace {

using log::list_of;
using log::named;
using log::number;
using log::number_in;
using log::optional_in;
using log::optional_tree;
using log::part;
using log::parts;
using log::small;
using log::whole;

// Frames.

Tree arm_tree(const ArmCounts& arm) {
  return Tree(Tree::Map{{"requests", whole(arm.requests)},
                        {"errors", whole(arm.errors)},
                        {"timed", whole(arm.timed)},
                        {"slower", list_of(arm.slower, whole)}});
}

ArmCounts arm_in(TreeReader& reader) {
  ArmCounts arm{.requests = reader.count("requests"),
                .errors = reader.count("errors"),
                .timed = reader.count("timed"),
                .slower = {}};
  for (const Tree& count : reader.list("slower")) {
    const std::int64_t slower = count.as_int() != nullptr ? *count.as_int() : -1;
    if (slower < 0) reader.mistake("slower", "list of counts");
    arm.slower.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(slower, 0)));
  }
  return arm;
}

Tree counts_tree(const ServiceCounts& service) {
  return Tree(
      Tree::Map{{"canary", arm_tree(service.canary)}, {"baseline", arm_tree(service.baseline)}});
}

ServiceCounts counts_in(TreeReader& reader) {
  return {.canary = part(reader, "canary", reader.map("canary"), arm_in),
          .baseline = part(reader, "baseline", reader.map("baseline"), arm_in)};
}

Tree frame_tree(const Frame& frame) {
  return Tree(Tree::Map{{"sequence", whole(frame.sequence)},
                        {"span", frame.span.count()},
                        {"ask", name_of(frame.ask)},
                        {"check", frame.check},
                        {"stepStarted", frame.step_started},
                        {"services", list_of(frame.services, counts_tree)},
                        {"young", list_of(frame.young, counts_tree)},
                        {"weightPpm", whole(frame.weight_ppm)},
                        {"loadRatio", number(frame.load_ratio)}});
}

Frame frame_in(TreeReader& reader) {
  return {.sequence = reader.count("sequence"),
          .span = reader.duration("span"),
          .ask = named(reader, "ask", ask_from(reader.text("ask"))),
          .check = reader.yes_no("check"),
          .step_started = reader.yes_no("stepStarted"),
          .services = parts(reader, "services", counts_in),
          .young = parts(reader, "young", counts_in),
          .weight_ppm = small<std::uint32_t>(reader, "weightPpm"),
          .load_ratio = number_in(reader, "loadRatio")};
}

// Verdicts.

Tree facts_tree(const ServiceFacts& facts) {
  return Tree(Tree::Map{{"requests", whole(facts.requests)},
                        {"errors", whole(facts.errors)},
                        {"baselineRequests", whole(facts.baseline_requests)},
                        {"baselineErrors", whole(facts.baseline_errors)},
                        {"successPercent", optional_tree(facts.success_percent)},
                        {"latencySeconds", optional_tree(facts.latency_seconds)},
                        {"baselineLatencySeconds", optional_tree(facts.baseline_latency_seconds)}});
}

ServiceFacts facts_in(TreeReader& reader) {
  return {.requests = reader.count("requests"),
          .errors = reader.count("errors"),
          .baseline_requests = reader.count("baselineRequests"),
          .baseline_errors = reader.count("baselineErrors"),
          .success_percent = optional_in(reader, "successPercent"),
          .latency_seconds = optional_in(reader, "latencySeconds"),
          .baseline_latency_seconds = optional_in(reader, "baselineLatencySeconds")};
}

Tree rule_facts_tree(const SequentialFacts& facts) {
  return Tree(Tree::Map{{"requests", whole(facts.requests)},
                        {"bad", whole(facts.bad)},
                        {"expected", number(facts.expected)},
                        {"baselineRequests", whole(facts.baseline_requests)},
                        {"baselineBad", whole(facts.baseline_bad)},
                        {"agreeing", whole(facts.agreeing)},
                        {"intervals", whole(facts.intervals)},
                        {"quietIntervals", whole(facts.quiet_intervals)},
                        {"quietExpected", number(facts.quiet_expected)}});
}

SequentialFacts rule_facts_in(TreeReader& reader) {
  return {.requests = reader.count("requests"),
          .bad = reader.count("bad"),
          .expected = number_in(reader, "expected"),
          .baseline_requests = reader.count("baselineRequests"),
          .baseline_bad = reader.count("baselineBad"),
          .agreeing = small<std::uint32_t>(reader, "agreeing"),
          .intervals = reader.count("intervals"),
          .quiet_intervals = reader.count("quietIntervals"),
          .quiet_expected = number_in(reader, "quietExpected")};
}

Tree rule_verdict_tree(const SequentialVerdict& verdict) {
  return Tree(Tree::Map{{"outcome", name_of(verdict.outcome)},
                        {"reason", name_of(verdict.reason)},
                        {"culprit", whole(verdict.culprit)},
                        {"lnEvidence", number(verdict.ln_evidence)},
                        {"lnNeeded", number(verdict.ln_needed)},
                        {"lnHealthy", number(verdict.ln_healthy)},
                        {"facts", rule_facts_tree(verdict.facts)}});
}

SequentialVerdict rule_verdict_in(TreeReader& reader) {
  return {.outcome = named(reader, "outcome", outcome_from(reader.text("outcome"))),
          .reason = named(reader, "reason", reason_from(reader.text("reason"))),
          .culprit = reader.count("culprit"),
          .ln_evidence = number_in(reader, "lnEvidence"),
          .ln_needed = number_in(reader, "lnNeeded"),
          .ln_healthy = number_in(reader, "lnHealthy"),
          .facts = part(reader, "facts", reader.map("facts"), rule_facts_in)};
}

Tree verdict_tree(const Verdict& verdict) {
  Tree tree(Tree::Map{{"outcome", name_of(verdict.outcome)},
                      {"reason", name_of(verdict.reason)},
                      {"culprit", whole(verdict.culprit)},
                      {"facts", list_of(verdict.facts, facts_tree)}});
  if (verdict.sequential) tree.set("sequential", rule_verdict_tree(*verdict.sequential));
  return tree;
}

Verdict verdict_in(TreeReader& reader) {
  Verdict verdict{.outcome = named(reader, "outcome", outcome_from(reader.text("outcome"))),
                  .reason = named(reader, "reason", reason_from(reader.text("reason"))),
                  .culprit = reader.count("culprit"),
                  .facts = parts(reader, "facts", facts_in)};
  const Tree& sequential = reader.any("sequential");
  if (!sequential.is_null())
    verdict.sequential = part(reader, "sequential", sequential, rule_verdict_in);
  return verdict;
}

template <typename T>
Result<T> whole_or_error(const TreeReader& reader, T value) {
  if (!reader.is_good()) return std::unexpected(reader.error());
  return value;
}

}  // namespace

Tree to_tree(const JudgeBegan& began) {
  return Tree(Tree::Map{{"config", to_tree(began.config)},
                        {"evidence", began.evidence},
                        {"frames", whole(began.frames)}});
}

Tree to_tree(const FrameJudged& judged) {
  return Tree(Tree::Map{{"frame", frame_tree(judged.frame)},
                        {"verdict", verdict_tree(judged.verdict)},
                        {"sentence", judged.sentence}});
}

Result<JudgeBegan> judge_began_from(const Tree& tree) {
  TreeReader reader(tree, "judge");
  return whole_or_error(
      reader, JudgeBegan{.config = part(reader, "config", reader.map("config"), judge_config_in),
                         .evidence = reader.text("evidence"),
                         .frames = reader.count("frames")});
}

Result<FrameJudged> frame_judged_from(const Tree& tree) {
  TreeReader reader(tree, "verdict");
  return whole_or_error(
      reader, FrameJudged{.frame = part(reader, "frame", reader.map("frame"), frame_in),
                          .verdict = part(reader, "verdict", reader.map("verdict"), verdict_in),
                          .sentence = reader.text("sentence")});
}

}  // namespace kai::core
