// A record and who holds it, as text and as JSON.
#pragma once

#include <optional>
#include <string>

#include "app/screen/line.h"
#include "app/screen/table.h"
#include "base/time.h"
#include "base/tree.h"
#include "ports/rollout_store.h"

namespace kai::app {

struct StatusView {
  std::string name_space;
  std::string release;
  std::optional<core::Record> record;   // empty: there never was a rollout
  std::optional<ports::Holder> holder;  // empty: nobody runs it
  WallTime now;
  bool holder_asked = true;  // false: whether anybody runs it is not known
};

// The first line is the answer. `wide`: also what only a developer wants to know.
[[nodiscard]] Lines status_lines(const StatusView& view, bool wide = false);
[[nodiscard]] Tree status_tree(const StatusView& view);
// In a word or two: "promoted", "rolled back", "paused", "running", "left alone", "none"; "under
// way" when nobody was asked for the holder.
[[nodiscard]] std::string state_word(const StatusView& view);

// Of a list over releases, where nobody was asked for the holders.
[[nodiscard]] Row list_header(bool wide);
[[nodiscard]] Row list_row(const core::Record& record, WallTime now, bool wide);

// "2h03m ago".
[[nodiscard]] std::string ago(WallTime then, WallTime now);
// "rolled back", else the phase's own name.
[[nodiscard]] std::string word_of(core::Phase phase);
// As the last line of the rollout has it: a canary that went for no fault of its own is not red.
[[nodiscard]] Colour colour_of(core::Phase phase, core::End end);

}  // namespace kai::app
