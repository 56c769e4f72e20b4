// The series of the process and of the configuration in force, in the text format of Prometheus
// (0.0.4).
#pragma once

#include <string>

#include "base/time.h"
#include "splitter/admin/publisher.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

[[nodiscard]] std::string publisher_metrics(const Publisher::Status& status,
                                            const Snapshot& snapshot);
// When it started, by which whoever looks twice knows whether it is the same one.
[[nodiscard]] std::string process_metrics(WallTime started);

}  // namespace kai::splitter
