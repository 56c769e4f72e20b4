#include "os/real_file_locks.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/real_disk.h"

namespace kai::os {
namespace {

namespace fs = std::filesystem;

class RealFileLocksTest : public testing::Test {
 protected:
  RealFileLocksTest() : place(disk.make_private_directory("kai-test-").value()) {}
  ~RealFileLocksTest() override { EXPECT_TRUE(disk.remove_private_directory(place).has_value()); }

  std::unique_ptr<FileLock> lock(const std::string& at) {
    auto taken = locks.try_lock(at);
    EXPECT_TRUE(taken.has_value()) << taken.error().message;
    return taken ? std::move(*taken) : nullptr;
  }

  RealDisk disk{fs::temp_directory_path().string()};
  std::string place;
  std::string path = place + "/claim";
  RealFileLocks locks;
};

TEST_F(RealFileLocksTest, ALockIsHeldByOneAtATimeAndSeenByAll) {
  EXPECT_FALSE(*locks.is_locked(path)) << "there is no file";
  EXPECT_FALSE(fs::exists(path)) << "asking makes none";
  auto ours = lock(path);
  ASSERT_NE(ours, nullptr);
  EXPECT_TRUE(*locks.is_locked(path));
  EXPECT_EQ(lock(path), nullptr);
  EXPECT_TRUE(ours->is_in_place());
  ours.reset();
  EXPECT_FALSE(*locks.is_locked(path));
  EXPECT_NE(lock(path), nullptr) << "free again";
}

TEST_F(RealFileLocksTest, AnotherProcessIsHeldOffUntilItsHolderIsKilled) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = locks.try_lock(path);
    const char sign = held && *held ? 'y' : 'n';
    if (::write(ready[1], &sign, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char sign = 0;
  ASSERT_EQ(::read(ready[0], &sign, 1), 1);
  ASSERT_EQ(sign, 'y');
  EXPECT_TRUE(*locks.is_locked(path));
  EXPECT_EQ(lock(path), nullptr);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(*locks.is_locked(path)) << "at once, without any wait";
  EXPECT_NE(lock(path), nullptr);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(RealFileLocksTest, AProgramThatOutlivesTheHolderKeepsNoLock) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  auto ours = lock(path);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ready[1], STDOUT_FILENO);
    ::execl("/bin/sh", "sh", "-c", "echo; exec sleep 100", nullptr);
    ::_exit(1);
  }
  char sign = 0;
  ASSERT_EQ(::read(ready[0], &sign, 1), 1) << "the program runs";
  ours.reset();
  EXPECT_FALSE(*locks.is_locked(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(RealFileLocksTest, ALockWhoseFileIsGoneIsNotInPlace) {
  auto ours = lock(path);
  fs::remove(path);
  EXPECT_FALSE(ours->is_in_place());
  EXPECT_FALSE(*locks.is_locked(path));
  auto theirs = lock(path);
  ASSERT_NE(theirs, nullptr) << "a new file, a new lock";
  EXPECT_TRUE(theirs->is_in_place());
  EXPECT_FALSE(ours->is_in_place()) << "replaced";
}

TEST_F(RealFileLocksTest, TheFileIsOursAloneWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const std::string name = path + std::to_string(mask);
    const mode_t before = ::umask(mask);
    EXPECT_NE(lock(name), nullptr);
    ::umask(before);
    struct stat about{};
    ASSERT_EQ(::stat(name.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0600U);
  }
}

TEST_F(RealFileLocksTest, WhatIsNoFileIsRefusedAndSaysSo) {
  EXPECT_EQ(locks.try_lock(place + "/no/where").error().kind, ErrorKind::no_data);
  EXPECT_FALSE(*locks.is_locked(place + "/no/where"));
  fs::create_directory(place + "/directory");
  fs::create_symlink("elsewhere", place + "/link");
  ASSERT_EQ(::mkfifo((place + "/fifo").c_str(), 0600), 0);
  for (const std::string name : {"/directory", "/link", "/fifo"}) {
    const auto refused = locks.try_lock(place + name);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::rejected) << name;
    EXPECT_NE(refused.error().message.find(place + name), std::string::npos);
    EXPECT_EQ(locks.is_locked(place + name).error().kind, ErrorKind::rejected) << name;
  }
  EXPECT_FALSE(fs::exists(place + "/elsewhere")) << "no link is followed";
}

}  // namespace
}  // namespace kai::os
