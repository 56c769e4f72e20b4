#include "app/screen/status.h"

#include <fmt/format.h>

#include "app/screen/words.h"
#include "core/rollout/advance.h"

namespace kai::app {
namespace {

void add(Lines& lines, std::string_view key, const std::string& text,
         Colour colour = Colour::none) {
  for (Line& line : keyed(key, text, colour, 0)) lines.push_back(std::move(line));
}

// What somebody who runs it is doing.
std::string doing(core::Phase phase) {
  switch (phase) {
    case core::Phase::progressing:
      return "running";
    case core::Phase::paused:
    case core::Phase::promoting:
      return word_of(phase);
    case core::Phase::promoted:
      return "promoted, finishing";
    case core::Phase::rolled_back:
      return "rolling back";
  }
  return "running";
}

bool is_on_the_way_out(const core::Record& record) {
  return record.phase == core::Phase::promoted || record.phase == core::Phase::rolled_back;
}

std::string next_action(const core::Record& record, bool held) {
  const std::string& release = record.plan.target.release;
  if (is_paused(record) && record.reason.code == "waits_for_promotion")
    return fmt::format("kai-canary promote {0}   or   kai-canary abort {0}", release);
  if (is_paused(record))
    return fmt::format("kai-canary resume {0}   or   kai-canary abort {0}", release);
  if (held && is_on_the_way_out(record)) return "nothing to do";
  if (held) return fmt::format("nothing to do; stop it with: kai-canary abort {}", release);
  return fmt::format(
      "the traffic stays as it is. Clean up with: kai-canary abort {0}   or go on with: kai-canary "
      "resume {0}",
      release);
}

Line answer_of(const StatusView& view) {
  const core::Record& record = *view.record;
  const bool held = view.holder.has_value();
  const bool stands = is_over(record) || is_paused(record);
  Line line{{fmt::format("{}/{}: ", view.name_space, view.release)}};
  line.push_back(stands || held ? Span{stands ? word_of(record.phase) : doing(record.phase),
                                       colour_of(record.phase, record.end)}
                                : Span{state_word(view), Colour::attention});
  if (is_over(record)) {
    line.push_back({" " + ago(record.updated_at, view.now)});
  } else if (is_paused(record)) {
    line.push_back({" at " + format_weight(record.authorised)});
  } else {
    line.push_back({(held ? ": " : ", nobody runs it: ") + words_of(record)});
    if (const std::string wait = waited(record); held && !wait.empty())
      line.push_back({", " + wait});
  }
  return line;
}

Tree reason_tree(const core::Reason& reason) {
  return Tree(Tree::Map{{"code", reason.code}, {"sentence", reason.sentence}});
}

std::string state_in_list(const core::Record& record) {
  if (is_over(record) || is_paused(record)) return word_of(record.phase);
  return record.phase == core::Phase::progressing ? word_of(record.phase) : doing(record.phase);
}

}  // namespace

std::string ago(WallTime then, WallTime now) { return format_duration(now - then) + " ago"; }

std::string word_of(core::Phase phase) {
  return phase == core::Phase::rolled_back ? "rolled back" : std::string(name_of(phase));
}

Colour colour_of(core::Phase phase, core::End end) {
  switch (phase) {
    case core::Phase::progressing:
      return Colour::none;
    case core::Phase::paused:
      return Colour::attention;
    case core::Phase::promoting:
    case core::Phase::promoted:
      return Colour::good;
    case core::Phase::rolled_back: {
      core::Record ended;
      ended.phase = phase;
      ended.end = end;
      ended.settled = true;
      return end == core::End::none ? Colour::bad : colour_of_code(core::exit_code_of(ended));
    }
  }
  return Colour::none;
}

std::string state_word(const StatusView& view) {
  if (!view.record || view.record->rollout.empty()) return "none";
  if (is_over(*view.record) || is_paused(*view.record)) return word_of(view.record->phase);
  if (!view.holder_asked) return "under way";
  return view.holder ? "running" : "left alone";
}

Lines status_lines(const StatusView& view, bool wide) {
  if (!view.record || view.record->rollout.empty()) {
    return {{{fmt::format("{}/{}: no rollout was ever started for this release", view.name_space,
                          view.release)}}};
  }
  const core::Record& record = *view.record;
  Lines lines{answer_of(view)};
  if (!record.reason.sentence.empty()) add(lines, "reason", record.reason.sentence);
  if (!record.judged.sentence.empty()) add(lines, "judge", record.judged.sentence);
  if (!is_over(record)) {
    add(lines, "weight",
        fmt::format("{} authorised, {}", format_weight(record.authorised), applied_text(record)));
    if (const std::string unknown = unknown_text(record); !unknown.empty())
      add(lines, "unknown", unknown, Colour::attention);
  }
  add(lines, "rollout", fmt::format("{}   {}", record.rollout, versions_of(record)));
  add(lines, "started",
      fmt::format("{}; last change {}", ago(record.started_at, view.now),
                  ago(record.updated_at, view.now)));
  if (view.holder) {
    add(lines, "holder",
        fmt::format("{}@{} process {}, since {}", view.holder->name, view.holder->host,
                    view.holder->process, format_wall_time(view.holder->since)));
  }
  if (wide) {
    add(lines, "stage",
        fmt::format("{}, for {}", name_of(record.stage), format_duration(record.in_stage)));
    add(lines, "record",
        fmt::format("epoch {}, seq {}, schema {}", record.epoch, record.seq, record.schema));
  }
  if (!is_over(record)) add(lines, "next", next_action(record, view.holder.has_value()));
  return lines;
}

Tree status_tree(const StatusView& view) {
  Tree tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"}, {"kind", "RolloutStatus"}});
  tree.set("state", state_word(view));
  tree.set("release", view.release);
  tree.set("namespace", view.name_space);
  if (!view.record || view.record->rollout.empty()) return tree;
  const core::Record& record = *view.record;
  tree.set("rollout", record.rollout);
  tree.set("stableVersion", record.stable_version);
  tree.set("canaryVersion", record.canary_version);
  tree.set("phase", name_of(record.phase));
  tree.set("stage", name_of(record.stage));
  tree.set("settled", record.settled);
  tree.set("end", name_of(record.end));
  tree.set("step", std::int64_t{record.step} + 1);
  tree.set("steps", static_cast<std::int64_t>(record.plan.steps.size()));
  tree.set("weightPercent", static_cast<double>(record.authorised.hundredths()) / 100);
  tree.set("applied", name_of(record.applied));
  tree.set("reason", reason_tree(record.reason));
  if (record.judged.frames > 0) {
    tree.set(
        "judged",
        Tree(Tree::Map{{"intervals", static_cast<std::int64_t>(record.judged.frames)},
                       {"canaryRequests", static_cast<std::int64_t>(record.judged.canary_requests)},
                       {"sentence", record.judged.sentence}}));
  }
  tree.set("startedAt", format_wall_time(record.started_at));
  tree.set("updatedAt", format_wall_time(record.updated_at));
  if (view.holder) {
    tree.set("holder", Tree(Tree::Map{{"name", view.holder->name},
                                      {"host", view.holder->host},
                                      {"process", view.holder->process}}));
  }
  return tree;
}

Row list_header(bool wide) {
  Row row{"NAMESPACE", "RELEASE", "ROLLOUT", "STATE", "WEIGHT", "VERSIONS"};
  if (wide) row.insert(row.end(), {"STAGE", "STARTED", "CHANGED"});
  row.push_back("REASON");
  return row;
}

Row list_row(const core::Record& record, WallTime now, bool wide) {
  Row row{record.plan.target.name_space,
          record.plan.target.release,
          record.rollout,
          {state_in_list(record), colour_of(record.phase, record.end)},
          format_weight(record.authorised),
          versions_of(record)};
  if (wide) {
    row.insert(row.end(), {std::string(name_of(record.stage)), ago(record.started_at, now),
                           ago(record.updated_at, now)});
  }
  row.push_back(record.reason.sentence);
  return row;
}

}  // namespace kai::app
