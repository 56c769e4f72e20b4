#include "app/screen/ending.h"

#include <fmt/format.h>

#include "app/screen/exit_codes.h"
#include "app/screen/progress.h"
#include "app/screen/words.h"
#include "core/rollout/advance.h"

namespace kai::app {
namespace {

std::string by_hand(const core::Record& record) {
  return fmt::format("look with: kai-canary status {0}   clean up with: kai-canary abort {0}",
                     record.plan.target.release);
}

// Nobody owns it now, so whoever is there may go on.
std::string by_hand_or_on(const core::Record& record) {
  return fmt::format("{}   go on with: kai-canary resume {}", by_hand(record),
                     record.plan.target.release);
}

}  // namespace

Line line_of(const Ending& ending) {
  return headline(ending.sentence, colour_of_code(ending.code));
}

Ending ending_of(engine::EngineEnd end, const core::Record& record, const std::string& trouble) {
  switch (end) {
    case engine::EngineEnd::over:
    case engine::EngineEnd::paused: {
      const int code = exit_code_of(record);
      const std::string what_to_do = code < exit_not_confirmed ? "" : "; " + by_hand(record);
      return {code, end_sentence(record) + what_to_do};
    }
    case engine::EngineEnd::lost:
      return {exit_not_confirmed,
              fmt::format("NOT CONFIRMED: somebody else owns this rollout now ({}); {}", trouble,
                          by_hand(record))};
    case engine::EngineEnd::broken:
      return {exit_bug_after_change,
              fmt::format("BUG of ours; the weight is left at {}: {}; {}",
                          format_weight(record.authorised), trouble, by_hand_or_on(record))};
    case engine::EngineEnd::running:
      return {exit_not_confirmed, end_sentence(record) + "; " + by_hand(record)};
  }
  return {exit_not_confirmed, end_sentence(record)};
}

Ending left_as_it_is(const core::Record& record, int number) {
  return {exit_signal + number,
          fmt::format("left as it is: weight {}; {}", format_weight(record.authorised),
                      by_hand_or_on(record))};
}

}  // namespace kai::app
