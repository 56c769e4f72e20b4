// The disk seam: files as whole values. Each call may fail and says why.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kai::os {

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // Whole file. `no_data` when nothing is there, `rejected` when it may not be read, is no file, or
  // is longer than `bytes_max`, `unavailable` otherwise.
  virtual Result<std::string> read(const std::string& path, std::size_t bytes_max) = 0;
  // Makes a new file of mode 0600. `rejected` when something is there already.
  virtual Result<Unit> write_new(const std::string& path, std::string_view bytes) = 0;
  // Replaces a file as a whole: temporary file, sync, rename, sync of the directory. Mode 0600.
  virtual Result<Unit> replace(const std::string& path, std::string_view bytes) = 0;
  // Adds to the end of a file, which is made with mode 0600 when it is not there. Not synced: what
  // a crash of the machine cuts off is lost. `rejected` when it may not be written.
  virtual Result<Unit> append(const std::string& path, std::string_view bytes) = 0;
  // Sorted by name; `no_data` when there is no such directory.
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;
  // A fresh directory of mode 0700 under the system's place for temporary files.
  virtual Result<std::string> make_private_directory(std::string_view prefix) = 0;
  // Removes a directory made by `make_private_directory`, with all that is in it.
  virtual Result<Unit> remove_private_directory(const std::string& path) = 0;
  // Makes a directory and those that lead to it, each with mode 0700; those that are there stay as
  // they are. `rejected` when something else is in the way or it is not allowed.
  virtual Result<Unit> make_directories(const std::string& path) = 0;
  // Removes a file, or a link itself. `no_data` when nothing is there, `rejected` for a directory.
  virtual Result<Unit> remove(const std::string& path) = 0;
  // Whether append() could open or make the file now; makes nothing. `rejected` when not.
  virtual Result<Unit> may_append(const std::string& path) = 0;
};

}  // namespace kai::os
