// The disk seam on the real file system.
#pragma once

#include <map>
#include <set>
#include <string>

#include "os/descriptor.h"
#include "os/disk.h"

namespace kai::os {

// Calls block; they are short. Symbolic links are followed when reading (mounted secrets are
// links), never when making a file: `replace` replaces a link itself. Modes do not depend on the
// umask.
class RealDisk final : public Disk {
 public:
  // `temporary_directory`: the system's place for temporary files, TMPDIR or the system's default.
  explicit RealDisk(std::string temporary_directory);

  Result<std::string> read(const std::string& path, std::size_t bytes_max) override;
  Result<Unit> write_new(const std::string& path, std::string_view bytes) override;
  Result<Unit> replace(const std::string& path, std::string_view bytes) override;
  Result<Unit> append(const std::string& path, std::string_view bytes) override;
  Result<Unit> make_directories(const std::string& path) override;
  Result<Unit> remove(const std::string& path) override;
  Result<Unit> may_append(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  // `prefix` holds no slash. The first one of a prefix also removes those that killed processes of
  // the same user left behind.
  Result<std::string> make_private_directory(std::string_view prefix) override;
  // `rejected` for a directory that this object did not make.
  Result<Unit> remove_private_directory(const std::string& path) override;

 private:
  std::string temporary_directory_;
  void tidy(std::string_view prefix, const std::string& newest);

  std::map<std::string, Descriptor> private_directories_;  // with the lock of each
  std::set<std::string> tidied_;                           // prefixes
};

}  // namespace kai::os
