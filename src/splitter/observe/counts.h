// What a process counted, for the one that takes over from it: first all, then what is new each
// time. So what the two show together never falls, and no request is counted twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/cell.h"

namespace kai::splitter {

// Version of the form below: a number more when a status, outcome, assignment, refusal or bucket
// gets another place in Cell.
inline constexpr std::int64_t counts_format = 1;
// As many as one process takes from another; more say that versions came and went for years.
inline constexpr std::size_t inherited_cells_max = 4096;

class CountsWriter {
 public:
  // What the tables hold beyond what was written before:
  // {"cells": [{"service", "route", "version", "track", "edges_us": [], "add": [place, count,
  // place, count, ...]}], "refusals": [place, count, ...]}. Without "cells" when nothing is new.
  // The tables outlive the process's last call.
  [[nodiscard]] Tree write_new(const std::vector<const CellTable*>& tables);
  // How many cells were written of.
  [[nodiscard]] std::size_t cells() const { return written_.size(); }

 private:
  using Key = std::pair<CellLabels, std::vector<std::uint64_t>>;
  std::map<Key, std::vector<std::uint64_t>> written_;
  std::array<std::uint64_t, refusal_count> refusals_{};
};

// Adds what write_new() wrote to `table`. `malformed`: it is not of that form; then nothing of the
// cell that is wrong was added; or the table has more than `inherited_cells_max` cells by it.
[[nodiscard]] Result<Unit> add_counts(const Tree& counts, CellTable& table);

// The process that `table` was told by is gone, so nothing is under way there.
void end_attempts(CellTable& table);

}  // namespace kai::splitter
