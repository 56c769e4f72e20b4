// The files of a release's kai-splitter.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "os/disk.h"
#include "os/lasting_process.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

inline constexpr std::size_t splitter_socket_bytes_max = 107;  // what the kernel takes

// In one directory, which is there and ours alone.
struct SplitterFiles {
  std::string directory;  // absolute

  [[nodiscard]] std::string configuration() const { return directory + "/splitter.json"; }
  [[nodiscard]] std::string identity() const { return directory + "/splitter-process.json"; }
  [[nodiscard]] std::string socket() const { return directory + "/control.sock"; }
  [[nodiscard]] std::string state() const { return directory + "/splitter"; }
  [[nodiscard]] std::string log() const { return directory + "/splitter.log"; }
};

// The address without its brackets, which may stand in no label.
[[nodiscard]] std::string listener_name(std::string_view address);
// The text of the configuration file: one listener for each address.
[[nodiscard]] std::string write_configuration(const SplitterFiles& files,
                                              const std::vector<std::string>& listen,
                                              const splitter::SnapshotSpec& first);
// The text of the file that is there, with other addresses.
[[nodiscard]] Result<std::string> move_listeners(os::Disk& disk, const SplitterFiles& files,
                                                 const std::vector<std::string>& listen);
// The addresses in it, sorted. Empty: there is no such file. malformed: it is not one of ours.
[[nodiscard]] Result<std::optional<std::vector<std::string>>> read_listeners(
    os::Disk& disk, const SplitterFiles& files);

// Who was started. Empty: there is no such file, or it does not say; then nobody is known.
[[nodiscard]] std::string write_identity(const os::ProcessIdentity& identity);
[[nodiscard]] Result<std::optional<os::ProcessIdentity>> read_identity(os::Disk& disk,
                                                                       const SplitterFiles& files);

}  // namespace kai::edges
