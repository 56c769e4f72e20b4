// Ending: what a command that ran a rollout says last, and its exit code (user documentation, exit
// codes).
#pragma once

#include <string>

#include "app/screen/line.h"
#include "core/rollout/record.h"
#include "engine/engine.h"

namespace kai::app {

struct Ending {
  int code = 0;
  std::string sentence;  // one line; text from outside in it is not yet made printable
};

[[nodiscard]] Line line_of(const Ending& ending);

// `trouble`: why the engine gave up, when it did. An engine that still runs was waited for long
// enough.
[[nodiscard]] Ending ending_of(engine::EngineEnd end, const core::Record& record,
                               const std::string& trouble);
// After a second signal: everything stays as it is. `number` is the signal's.
[[nodiscard]] Ending left_as_it_is(const core::Record& record, int number);

}  // namespace kai::app
