// A disk whose replace() fails on demand, at each of the places where it can.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/fake_disk.h"

namespace kai::fakes {

// before: nothing was written, as on a full disk. within: half of a temporary file is left. after:
// a rename that happened and a directory that was not synced: the call fails, the file is new.
class FailingDisk final : public os::Disk {
 public:
  enum class Fault { nothing, before, within, after };
  explicit FailingDisk(FakeDisk& below) : below_(below) {}
  Fault fault = Fault::nothing;
  std::function<void()> before_read;  // may break it

  Result<std::string> read(const std::string& path, std::size_t bytes_max) override {
    if (before_read) before_read();
    return below_.read(path, bytes_max);
  }
  Result<Unit> replace(const std::string& path, std::string_view bytes) override {
    if (fault == Fault::nothing) return below_.replace(path, bytes);
    if (fault == Fault::within) below_.files[path + ".Xa7b2c"] = bytes.substr(0, bytes.size() / 2);
    if (fault == Fault::after) below_.files[path] = bytes;
    return fail(ErrorKind::unavailable, "syncing " + path + ": Input/output error");
  }
  Result<Unit> write_new(const std::string& path, std::string_view bytes) override {
    return below_.write_new(path, bytes);
  }
  Result<Unit> append(const std::string& path, std::string_view bytes) override {
    return below_.append(path, bytes);
  }
  Result<std::vector<os::DirectoryEntry>> list(const std::string& path) override {
    return below_.list(path);
  }
  Result<std::string> make_private_directory(std::string_view prefix) override {
    return below_.make_private_directory(prefix);
  }
  Result<Unit> remove_private_directory(const std::string& path) override {
    return below_.remove_private_directory(path);
  }
  Result<Unit> make_directories(const std::string& path) override {
    return below_.make_directories(path);
  }
  Result<Unit> remove(const std::string& path) override { return below_.remove(path); }
  Result<Unit> may_append(const std::string& path) override { return below_.may_append(path); }

 private:
  FakeDisk& below_;
};

}  // namespace kai::fakes
