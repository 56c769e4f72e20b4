// The claim of a release: a lock of the kernel, and beside it a file that says for people who took
// it last.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "edges/file_store/sealed_file.h"
#include "os/disk.h"
#include "os/file_locks.h"
#include "ports/rollout_store.h"

namespace kai::edges {

class Claim {
 public:
  // `directory`: of the release.
  Claim(os::Disk& disk, os::FileLocks& locks, const std::string& directory);

  // Both are called under the lock of the store: what stands in the file belongs to the lock.
  [[nodiscard]] Result<ports::ClaimOutcome> take(const ports::Holder& holder);
  // Empty: it is free. "?" for a holder whose name cannot be read.
  [[nodiscard]] Result<std::optional<ports::Holder>> holder();

  [[nodiscard]] bool is_ours() const { return lock_ != nullptr && lock_->is_in_place(); }
  void give_up() { lock_.reset(); }

 private:
  struct Written {
    ports::Holder holder;
    std::uint64_t transitions = 0;
  };
  // Of nobody when the file is damaged or not there. An error when it cannot be looked at.
  [[nodiscard]] Result<Written> written();

  os::Disk& disk_;
  os::FileLocks& locks_;
  std::string lock_path_;
  SealedPlace place_;
  std::unique_ptr<os::FileLock> lock_;
};

}  // namespace kai::edges
