// What all workers counted, as Prometheus reads it (text format 0.0.4).
#pragma once

#include <string>
#include <vector>

#include "splitter/observe/cell.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// The cells of one route and backend are added up over the tables; the latency edges are those of
// the route in `in_force`. Label values are those of the configuration; nothing that a client or a
// backend sent gets here.
[[nodiscard]] std::string write_exposition(const std::vector<const CellTable*>& tables,
                                           const Snapshot& in_force);

}  // namespace kai::splitter
