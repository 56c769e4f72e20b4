#include "app/screen/findings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/screen/judge_plan.h"

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

Colour colour_of(Severity severity) {
  if (severity == Severity::note) return Colour::none;
  return severity == Severity::warning ? Colour::attention : Colour::bad;
}

void add(Lines& lines, Lines more) { std::ranges::move(more, std::back_inserter(lines)); }

void add_keyed(Lines& lines, std::string_view key, const std::string& text) {
  add(lines, keyed(key, text, Colour::none, 0));
}

// What one says may take several lines, as a template error of Helm does.
void add_finding(Lines& lines, const Finding& finding) {
  std::string_view rest = finding.message;
  Line first{{std::string(word_of(finding.severity)), colour_of(finding.severity)},
             {fmt::format(" {}: {}", finding.check, rest.substr(0, rest.find('\n')))}};
  lines.push_back(std::move(first));
  while (rest.find('\n') != std::string_view::npos) {
    rest.remove_prefix(rest.find('\n') + 1);
    lines.push_back({{"    " + std::string(rest.substr(0, rest.find('\n')))}});
  }
  if (!finding.remedy.empty()) lines.push_back({{"    -> " + finding.remedy}});
}

void add_notes(Lines& lines, const std::vector<Finding>& findings) {
  bool first = true;
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::note) continue;
    if (std::exchange(first, false)) lines.emplace_back();
    add_finding(lines, finding);
  }
}

Line answer_of(const core::Plan& plan, const engine::Prepared& prepared, Asked asked) {
  const std::string name = plan.target.release + ": ";
  if (asked == Asked::files) {
    return {{name},
            {"the files and options make a plan", Colour::good},
            {fmt::format("; {} was not asked, so whether a rollout could start is not known. Ask "
                         "it with: --dry-run=server",
                         plan.local ? "this machine" : "the cluster")}};
  }
  return exit_code_of(prepared.findings) == 0
             ? Line{{name}, {"a rollout could start", Colour::good}}
             : Line{{name}, {"a rollout could not start", Colour::bad}};
}

std::string limits_text(const core::Plan& plan) {
  std::string text = fmt::format("success at least {:g}%", plan.limits.success_percent_min);
  if (plan.limits.latency_max) {
    text += fmt::format(", p{:g} at most {}", plan.limits.latency_quantile * 100,
                        format_duration(*plan.limits.latency_max));
  }
  if (plan.limits.judge == core::JudgeRule::sequential) return text;  // its own section says when
  return text + fmt::format("; checked every {}, and once more before promotion",
                            format_duration(plan.timing.interval));
}

std::string release_text(const core::Plan& plan, const std::string& name_space) {
  if (plan.local)
    return fmt::format("{} on this machine, as {} describes it", plan.target.release,
                       plan.local->file);
  return fmt::format("{} in namespace {}, context {}", plan.target.release,
                     name_space.empty() ? "(of the context)" : name_space,
                     plan.target.context.empty() ? "(current)" : plan.target.context);
}

}  // namespace

std::string steps_text(const core::Plan& plan) {
  std::string text;
  for (const core::Step& step : plan.steps) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} for {}", format_weight(step.weight), format_duration(step.bake_time));
  }
  return text;
}

Lines findings_lines(const std::vector<Finding>& findings) {
  Lines lines;
  for (const Finding& finding : findings) {
    if (blocks(finding)) add_finding(lines, finding);
  }
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::warning) add_finding(lines, finding);
  }
  return lines;
}

Lines mistakes_lines(const std::vector<core::Mistake>& mistakes) {
  Lines lines;
  for (const core::Mistake& mistake : mistakes)
    lines.push_back({{fmt::format("{}: {}", mistake.where, mistake.message)}});
  return lines;
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

Lines plan_lines(const core::Plan& plan, const engine::Prepared& prepared, Asked asked) {
  const core::Record& record = prepared.record;
  Lines lines{answer_of(plan, prepared, asked)};
  add(lines, findings_lines(prepared.findings));
  lines.emplace_back();
  add_keyed(lines, "release", release_text(plan, record.plan.target.name_space));
  if (asked == Asked::cluster) {
    add_keyed(lines, "versions",
              (record.stable_version.empty() ? "(nothing)" : record.stable_version) + " -> " +
                  record.canary_version);
  } else {
    add_keyed(lines, "tag", plan.inputs.tag);
  }
  add_keyed(lines, "steps", steps_text(plan));
  add_keyed(lines, "limits", limits_text(plan));
  for (const engine::Section& section : prepared.sections) {
    lines.emplace_back();
    lines.push_back({{section.title}});
    for (const std::string& line : section.lines) lines.push_back({{"  " + line}});
  }
  if (prepared.judge) {
    lines.emplace_back();
    lines.push_back({{"judge"}});
    for (Line& line : judge_plan_lines(plan, *prepared.judge)) {
      line.insert(line.begin(), Span{"  "});
      lines.push_back(std::move(line));
    }
  }
  add_notes(lines, prepared.findings);
  return lines;
}

Tree plan_tree(const core::Plan& plan, const engine::Prepared& prepared, Asked asked) {
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
  if (prepared.judge) tree.set("judge", judge_plan_tree(plan, *prepared.judge));
  Tree& findings = tree.set("findings", Tree::list());
  for (const Finding& finding : prepared.findings) {
    Tree& item = findings.push_back(Tree::map());
    item.set("check", finding.check);
    item.set("severity", word_of(finding.severity));
    item.set("message", finding.message);
    item.set("remedy", finding.remedy);
  }
  // Absent when it is not known.
  if (asked == Asked::cluster) tree.set("couldStart", exit_code_of(prepared.findings) == 0);
  return tree;
}

}  // namespace kai::app
