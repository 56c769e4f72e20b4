// The configuration file: what the program is started with, and the snapshot it begins with.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/disk.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

inline constexpr std::size_t configuration_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t listeners_max = 64;

struct Configuration {
  Settings settings;
  SnapshotSpec snapshot;
};

struct ReadConfiguration {
  std::optional<Configuration> configuration;  // if nothing is wrong
  // "FILE:12: /snapshot/routes/0/id: must be ...", one for each mistake.
  std::vector<std::string> mistakes;
};

// Everything that can be checked without the machine is checked, the snapshot as when it is built.
// `file` is named in the mistakes.
[[nodiscard]] ReadConfiguration read_configuration(std::string_view text, const std::string& file);
// The same from the disk; a file that cannot be read is a mistake.
[[nodiscard]] ReadConfiguration read_configuration_file(os::Disk& disk, const std::string& file);

}  // namespace kai::splitter
