// A world of stores on real files: disk and locks are the system's, time is a test's.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "edges/file_store/file_store.h"
#include "os/real_disk.h"
#include "os/real_file_locks.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_directory.h"

namespace kai::fakes {

struct FileWorld {
  TestDirectory root;
  FakeTimers timers;
  os::RealDisk disk{std::filesystem::temp_directory_path().string()};
  os::RealFileLocks locks;
  std::string directory = root.at("state/kai");  // not there yet

  edges::FileStoreSeams seams() {
    return {.disk = disk, .locks = locks, .timers = timers, .steady = timers.clock()};
  }
  std::unique_ptr<ports::RolloutStore> make_store() {
    return std::make_unique<edges::FileStore>(seams(), directory);
  }
  [[nodiscard]] std::string at(const std::string& name) const { return directory + "/" + name; }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    ask(Reply<T>([&](Result<T> result) { got = std::move(result); }));
    EXPECT_FALSE(got.has_value()) << "a reply before the asking call returned";
    timers.advance(std::chrono::seconds(5));
    if (!got) return fail(ErrorKind::malformed, "no reply came");
    return std::move(*got);
  }
};

}  // namespace kai::fakes
