// The seam for locks that the kernel keeps: whoever holds one lets go of it at the latest when the
// process ends, however it ends.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

namespace kai::os {

// Held until it is destroyed. Not passed on to child processes.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // False when the file was removed or replaced meanwhile: somebody else may hold the lock of the
  // same name now.
  [[nodiscard]] virtual bool is_in_place() const = 0;
};

class FileLocks {
 public:
  virtual ~FileLocks() = default;
  // Locks a file, which is made with mode 0600 when it is not there, and never waits. Null: another
  // holder has it, in this process or another one. Errors: `no_data` when its directory is not
  // there; `rejected` when it is no file, may not be written, or the file system knows no locks;
  // `unavailable`.
  virtual Result<std::unique_ptr<FileLock>> try_lock(const std::string& path) = 0;
  // Whether somebody holds it. Makes and changes nothing; yet a try_lock in the same moment may
  // find it held. Errors as above, but a file that is not there is held by nobody.
  virtual Result<bool> is_locked(const std::string& path) = 0;
};

}  // namespace kai::os
