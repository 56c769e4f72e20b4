// A disk in memory.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "os/disk.h"

namespace kai::fakes {

class FakeDisk final : public os::Disk {
 public:
  // Path -> bytes; directories are what leads to them. A test reads and writes it freely.
  std::map<std::string, std::string> files;
  // What calls on these paths answer instead: a full disk, a missing right.
  std::map<std::string, Error> broken;
  // "replace /a/b", one line per call that changes something.
  std::vector<std::string> log;

  Result<std::string> read(const std::string& path, std::size_t bytes_max) override;
  Result<Unit> write_new(const std::string& path, std::string_view bytes) override;
  Result<Unit> replace(const std::string& path, std::string_view bytes) override;
  Result<Unit> append(const std::string& path, std::string_view bytes) override;
  Result<Unit> make_directories(const std::string& path) override;
  Result<Unit> remove(const std::string& path) override;
  Result<Unit> may_append(const std::string& path) override;
  Result<std::vector<os::DirectoryEntry>> list(const std::string& path) override;
  Result<std::string> make_private_directory(std::string_view prefix) override;
  Result<Unit> remove_private_directory(const std::string& path) override;

  // Made and not yet removed.
  [[nodiscard]] const std::set<std::string>& private_directories() const {
    return private_directories_;
  }

 private:
  Result<Unit> check(const std::string& path) const;
  [[nodiscard]] bool is_directory(const std::string& path) const;

  std::set<std::string> made_directories_;
  std::set<std::string> private_directories_;
  int last_directory_ = 0;
};

}  // namespace kai::fakes
