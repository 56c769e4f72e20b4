// Locks of the kernel: flock(2).
#pragma once

#include "os/file_locks.h"

namespace kai::os {

// Of the open file, not of the process: two holders in one process exclude each other, too.
// Symbolic links are not followed.
class RealFileLocks final : public FileLocks {
 public:
  Result<std::unique_ptr<FileLock>> try_lock(const std::string& path) override;
  Result<bool> is_locked(const std::string& path) override;
};

}  // namespace kai::os
