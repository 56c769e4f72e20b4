// Settings of a release of one machine: the block in its file, and what has no meaning there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/plan.h"
#include "core/plan/reader.h"
#include "core/plan/settings.h"

namespace kai::core {

// The `canary:` block as a source of settings: without one, an empty block.
[[nodiscard]] ConfigSource canary_block_of(const ServiceFile& file);

// Flags that have no meaning on one machine are mistakes; such keys of the file's `canary:` block,
// which may be the one of a chart, are warnings.
void refuse_foreign_options(Reader& reader, const ServiceFile& file,
                            std::vector<std::string>& warnings);

// The plan of a first install. There is nothing to compare a first version with, and all of its
// users have it already, if there are any yet: on one machine it is watched for as long as a
// promoted one, and may stay idle. Elsewhere the plan is as it was.
[[nodiscard]] Plan for_first_install(Plan plan);

// Whether an option speaks of charts, clusters, Prometheus or checks that can be skipped: none of
// those of one machine can.
[[nodiscard]] bool is_meaningless_locally(std::string_view option);
inline constexpr std::string_view needs_service_file =
    "a release of this machine needs its service file: kai-canary deploy kai.yaml --tag=v1.2.3";
inline constexpr std::string_view meaningless_locally = "has no meaning on one machine";

}  // namespace kai::core
