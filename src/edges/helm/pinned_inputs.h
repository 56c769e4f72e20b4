// Pinned inputs: the bytes of chart and values as they were when the rollout was planned. What is
// judged, rendered again and promoted comes from here, never from the paths once more.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "edges/helm/helm_run.h"

namespace kai::edges {

inline constexpr std::size_t chart_bytes_max = std::size_t{32} << 20U;
inline constexpr std::size_t value_file_bytes_max = std::size_t{4} << 20U;
inline constexpr std::size_t carried_bytes_max = std::size_t{600}
                                                 << 10U;  // base64, chart and value files together

struct PinnedValue {
  core::ValueInput::Kind kind = core::ValueInput::Kind::file;
  std::string text;    // bytes of the file, or "key=value"
  std::string origin;  // path of the file as given; empty otherwise

  friend bool operator==(const PinnedValue&, const PinnedValue&) = default;
};

struct PinnedInputs {
  std::string chart;         // bytes of the archive
  std::string chart_origin;  // as given
  std::vector<PinnedValue> values;

  friend bool operator==(const PinnedInputs&, const PinnedInputs&) = default;
};

// A directory of mode 0700 that goes with its owner.
class PrivateDirectory {
 public:
  [[nodiscard]] static Result<std::shared_ptr<PrivateDirectory>> make(os::Disk& disk);
  PrivateDirectory(os::Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  os::Disk& disk_;
  std::string path_;
};

// Files that Helm can read, of mode 0600. They live as long as `directory`.
struct WrittenInputs {
  std::shared_ptr<PrivateDirectory> directory;
  std::string chart;
  std::vector<core::ValueInput> values;
};

// Values of the environment first, then those of the flags, then registry and tag: Helm gives the
// last word to the last one. rejected or no_data: a file is missing (named), not readable or too
// long.
[[nodiscard]] Result<std::vector<PinnedValue>> pin_values(os::Disk& disk,
                                                          const core::ChartInputs& inputs);

// Reads everything once; a directory is packaged and a reference is pulled by Helm. Errors carry
// Helm's own words.
void pin_inputs(const Helm& helm, const core::ChartInputs& inputs, Reply<PinnedInputs> reply);

[[nodiscard]] Result<WrittenInputs> write_inputs(os::Disk& disk, const PinnedInputs& inputs);

// For the record, with the bytes themselves while they are at most `carried_bytes_max`; else with
// digests and the paths of `written`, and only a process that still has these files can go on. May
// hold secrets of the user's values.
[[nodiscard]] Tree inputs_to_tree(const PinnedInputs& inputs, const WrittenInputs& written);
// rejected: a file is gone or its bytes are not those that were pinned. malformed: not what
// `inputs_to_tree` made.
[[nodiscard]] Result<PinnedInputs> inputs_from_tree(os::Disk& disk, const Tree& tree);

}  // namespace kai::edges
