#include "app/screen/findings.h"

#include <algorithm>

#include <fmt/format.h>

namespace kai::app {
namespace {

using ports::Finding;
using ports::Severity;

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::refused:
      return "refused";
    case Severity::unreachable:
      return "unreachable";
    case Severity::locked:
      return "locked";
    case Severity::cannot_measure:
      return "cannot measure";
  }
  return "refused";
}

int code_of(Severity severity) {
  switch (severity) {
    case Severity::note:
    case Severity::warning:
      return 0;
    case Severity::unreachable:
      return 3;
    case Severity::refused:
      return 4;
    case Severity::locked:
      return 5;
    case Severity::cannot_measure:
      return 6;
  }
  return 4;
}

std::string finding_text(const Finding& finding) {
  std::string text =
      fmt::format("{} {}: {}\n", word_of(finding.severity), finding.check, finding.message);
  if (!finding.remedy.empty()) text += fmt::format("    -> {}\n", finding.remedy);
  return text;
}

std::string steps_text(const core::Plan& plan) {
  std::string text;
  for (const core::Step& step : plan.steps) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} for {}", format_weight(step.weight), format_duration(step.bake_time));
  }
  return text;
}

std::string limits_text(const core::Plan& plan) {
  std::string text = fmt::format("success at least {:g}%", plan.limits.success_percent_min);
  if (plan.limits.latency_max) {
    text += fmt::format(", p{:g} at most {}", plan.limits.latency_quantile * 100,
                        format_duration(*plan.limits.latency_max));
  }
  return text + fmt::format("; checked every {}, and once more before promotion",
                            format_duration(plan.timing.interval));
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, bool notes) {
  std::string text;
  for (const Finding& finding : findings) {
    if (notes || finding.severity != Severity::note) text += finding_text(finding);
  }
  return text;
}

std::string mistakes_text(const std::vector<core::Mistake>& mistakes) {
  std::string text;
  for (const core::Mistake& mistake : mistakes)
    text += fmt::format("{}: {}\n", mistake.where, mistake.message);
  return text;
}

int exit_code_of(const std::vector<Finding>& findings) {
  int code = 0;
  for (const int candidate : {3, 5, 4, 6}) {
    const auto same = [&](const Finding& finding) {
      return code_of(finding.severity) == candidate;
    };
    if (code == 0 && std::ranges::any_of(findings, same)) code = candidate;
  }
  return code;
}

std::string plan_text(const core::Plan& plan, const engine::Prepared& prepared) {
  const core::Record& record = prepared.record;
  std::string text = fmt::format("release   {} in namespace {}, context {}\n", plan.target.release,
                                 record.plan.target.name_space,
                                 plan.target.context.empty() ? "(current)" : plan.target.context);
  text += fmt::format("versions  {} -> {}\n",
                      record.stable_version.empty() ? "(nothing)" : record.stable_version,
                      record.canary_version);
  text += fmt::format("steps     {}\n", steps_text(plan));
  text += fmt::format("limits    {}\n", limits_text(plan));
  for (const engine::Section& section : prepared.sections) {
    text += fmt::format("\n{}\n", section.title);
    for (const std::string& line : section.lines) text += fmt::format("  {}\n", line);
  }
  if (!prepared.findings.empty()) text += "\n" + findings_text(prepared.findings, true);
  text += exit_code_of(prepared.findings) == 0 ? "\nA rollout could start.\n"
                                               : "\nA rollout could not start.\n";
  return text;
}

Tree plan_tree(const core::Plan& plan, const engine::Prepared& prepared) {
  Tree tree;
  tree.set("apiVersion", "kai-canary.dev/v1");
  tree.set("kind", "Plan");
  tree.set("release", plan.target.release);
  tree.set("namespace", prepared.record.plan.target.name_space);
  tree.set("stableVersion", prepared.record.stable_version);
  tree.set("canaryVersion", prepared.record.canary_version);
  Tree& steps = tree.set("steps", Tree::list());
  for (const core::Step& step : plan.steps) {
    Tree& item = steps.push_back(Tree::map());
    item.set("weightPercent", static_cast<double>(step.weight.hundredths()) / 100);
    item.set("bakeSeconds", seconds_of(step.bake_time));
  }
  Tree& sections = tree.set("sections", Tree::list());
  for (const engine::Section& section : prepared.sections) {
    Tree& item = sections.push_back(Tree::map());
    item.set("title", section.title);
    Tree& lines = item.set("lines", Tree::list());
    for (const std::string& line : section.lines) lines.push_back(line);
  }
  Tree& findings = tree.set("findings", Tree::list());
  for (const Finding& finding : prepared.findings) {
    Tree& item = findings.push_back(Tree::map());
    item.set("check", finding.check);
    item.set("severity", word_of(finding.severity));
    item.set("message", finding.message);
    item.set("remedy", finding.remedy);
  }
  tree.set("couldStart", exit_code_of(prepared.findings) == 0);
  return tree;
}

}  // namespace kai::app
