// Service file: what runs on one machine, from the user's text to a LocalRelease, or to every
// mistake at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan/local_release.h"
#include "core/plan/reader.h"
#include "core/plan/settings.h"

namespace kai::core {

inline constexpr std::size_t local_services_max = 64;
inline constexpr std::uint32_t local_instances_max = 64;
// Of a service, so that "<service>@<tag>" still names a backend.
inline constexpr std::size_t local_service_name_max = 63;

// All keys that a service file may have, dotted; "[]" stands for each of a list. Below `canary`
// stand those of the canary block.
inline constexpr std::string_view service_file_keys[] = {"release",
                                                         "services",
                                                         "services[].name",
                                                         "services[].listen",
                                                         "services[].match",
                                                         "services[].match.host",
                                                         "services[].match.path_prefix",
                                                         "services[].run",
                                                         "services[].unit",
                                                         "services[].instances",
                                                         "services[].health",
                                                         "services[].health.path",
                                                         "services[].health.within",
                                                         "services[].stop",
                                                         "services[].stop.signal",
                                                         "services[].stop.within",
                                                         "services[].env",
                                                         "canary",
                                                         "ports",
                                                         "ports.first",
                                                         "ports.last"};

// The name of the release; empty, and a mistake, when the file has none.
[[nodiscard]] std::string read_release_name(Reader& reader, const ServiceFile& file);

// Everything but the name and `canary`. Mistakes go to the reader, as "kai.yaml:7:
// services[0].run"; the answer is then of no use.
[[nodiscard]] LocalRelease read_local_release(Reader& reader, const ServiceFile& file);

}  // namespace kai::core
