#include "app/screen/progress.h"

#include <fmt/format.h>

#include "app/screen/exit_codes.h"
#include "app/screen/words.h"
#include "core/rollout/advance.h"

namespace kai::app {
namespace {

using core::Phase;

// What a person does about a pause.
std::string way_on(const core::Record& record) {
  const std::string& release = record.plan.target.release;
  return record.reason.code == "waits_for_promotion" ? "Promote with: kai-canary promote " + release
                                                     : "Resume with: kai-canary resume " + release;
}

// Some sentences of the judge say what happens and when by themselves; people look for them.
bool says_itself(const core::Reason& reason) {
  return reason.sentence.starts_with("ROLLBACK ") || reason.sentence.starts_with("NOT PROVED ");
}

// Paused and promoted are said by the sentence of the end.
std::optional<Line> phase_line(const ports::RolloutEvent& event, const core::Record& record) {
  switch (record.phase) {
    case Phase::rolled_back:
      if (says_itself(record.reason)) return Line{{event.sentence, Colour::bad}};
      return Line{{"rolling back", Colour::bad},
                  {fmt::format(" after {}: {}", format_duration(record.total), event.sentence)}};
    case Phase::promoting:
      return Line{{"every check passed", Colour::good}, {": " + event.sentence}};
    case Phase::progressing:
    case Phase::paused:
    case Phase::promoted:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Line> line_of(const ports::RolloutEvent& event, const ports::RolloutView& view) {
  const core::Record& record = view.record;
  if (event.kind == "phase") return phase_line(event, record);
  if (event.kind == "stage" && is_over(record)) return std::nullopt;  // the last sentence says it
  if (event.kind == "stage") return Line{{words_of(record)}};
  if (event.code == "step_passed")
    return Line{{"step passed", Colour::good}, {": " + event.sentence}};
  if (event.kind == "weight")
    return Line{{fmt::format("weight {} {}", event.sentence, event.code)}};
  if (event.kind == "verdict") return Line{{"check: " + event.sentence}};
  if (event.kind == "drift") return Line{{"drift", Colour::attention}, {": " + event.sentence}};
  return event.sentence.empty() ? std::nullopt : std::optional(Line{{event.sentence}});
}

std::string heartbeat_of(const ports::RolloutView& view) {
  const core::Record& record = view.record;
  std::string text = words_of(record);
  if (const std::string wait = waited(record); !wait.empty()) text += ", " + wait;
  text += fmt::format("; weight {}, {}", format_weight(record.authorised), applied_text(record));
  if (!view.evidence_sentence.empty()) text += "; " + view.evidence_sentence;
  if (const std::string unknown = unknown_text(record); !unknown.empty()) text += "; " + unknown;
  return text;
}

std::string end_sentence(const core::Record& record) {
  const std::string after = format_duration(record.total);
  const int code = exit_code_of(record);
  if (code >= exit_not_confirmed)
    return fmt::format("NOT CONFIRMED: {}: {}", words_of(record), record.reason.sentence);
  switch (record.phase) {
    case Phase::promoted:
      return fmt::format("PROMOTED after {}: {}; {}", after, versions_of(record),
                         record.reason.sentence);
    case Phase::paused:
      return fmt::format("PAUSED: {}; weight {}. {}", record.reason.sentence,
                         format_weight(record.authorised), way_on(record));
    case Phase::rolled_back:
      if (record.end == core::End::aborted) {
        return fmt::format("ABORTED after {}: {}{}", after, record.reason.sentence,
                           record.first_install ? "" : "; weight 0%, canary removed");
      }
      if (record.end == core::End::promotion_failed) {
        return fmt::format("PROMOTION FAILED after {}: {}; stable is as it was", after,
                           record.reason.sentence);
      }
      if (record.end == core::End::not_proved && says_itself(record.reason))
        return record.reason.sentence + "; returned to stable";
      if (record.end == core::End::not_proved)
        return fmt::format("NOT PROVED after {}: {}; returned to stable", after,
                           record.reason.sentence);
      if (record.end == core::End::superseded)
        return fmt::format("SUPERSEDED after {}: {}; canary removed", after,
                           record.reason.sentence);
      if (record.end == core::End::refused)
        return fmt::format("REFUSED: {}; canary removed before any traffic",
                           record.reason.sentence);
      if (record.end == core::End::cannot_measure)
        return fmt::format("CANNOT MEASURE: {}; canary removed before any traffic",
                           record.reason.sentence);
      if (says_itself(record.reason)) return record.reason.sentence;
      return fmt::format("ROLLBACK after {}: {}", after, record.reason.sentence);
    case Phase::progressing:
    case Phase::promoting:
      break;
  }
  return words_of(record) + ": " + record.reason.sentence;
}

}  // namespace kai::app
