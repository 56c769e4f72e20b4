// The series of the configuration in force, in the text format of Prometheus (0.0.4).
#pragma once

#include <string>

#include "splitter/admin/publisher.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

[[nodiscard]] std::string publisher_metrics(const Publisher::Status& status,
                                            const Snapshot& snapshot);

}  // namespace kai::splitter
