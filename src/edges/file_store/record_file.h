// The record of a release in its file, compare-and-swap by the digest of what stands there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/record.h"
#include "edges/file_store/sealed_file.h"
#include "os/disk.h"
#include "ports/rollout_store.h"

namespace kai::edges {

// All but load() are called under the lock of the store.
class RecordFile {
 public:
  // `directory`: of the release.
  RecordFile(os::Disk& disk, const std::string& directory);

  // Empty: there is none. Errors name the file and say what to do about it.
  [[nodiscard]] Result<std::optional<ports::Stored>> load();
  [[nodiscard]] Result<ports::SaveOutcome> save(const core::Record& record,
                                                const std::string& version);
  // Adds to the inbox and leaves all else as it stands, fields of a newer writer included.
  // `rejected`: no rollout, or too many commands wait.
  [[nodiscard]] Result<Unit> submit(const core::Command& command);

 private:
  struct Found {
    Tree record;
    std::uint64_t generation = 0;  // +1 with each write, so that no two writes are the same bytes
    std::string version;
  };
  [[nodiscard]] Result<std::optional<Found>> find();
  [[nodiscard]] Result<std::string> write(Tree record, std::uint64_t last_generation);

  os::Disk& disk_;
  SealedPlace place_;
};

}  // namespace kai::edges
