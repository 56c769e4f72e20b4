#include "os/private_directories.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/real_disk.h"

namespace kai::os {
namespace {

namespace fs = std::filesystem;

// A place for temporary files of its own.
class PrivateDirectoriesTest : public testing::Test {
 protected:
  PrivateDirectoriesTest() : made_(outer_.make_private_directory("kai-test-")), place(*made_) {}
  ~PrivateDirectoriesTest() override { EXPECT_TRUE(outer_.remove_private_directory(place)); }

  // With a file in it, last changed `age` seconds before `now`, locked by nobody.
  std::string abandoned(const std::string& name, std::int64_t age = abandoned_seconds_min) {
    const std::string path = place + "/" + name;
    EXPECT_EQ(::mkdir(path.c_str(), 0700), 0);
    EXPECT_TRUE(outer_.write_new(path + "/chart.tgz", "x"));
    set_age(path, age);
    return path;
  }
  void set_age(const std::string& path, std::int64_t age) const {
    const timespec then{.tv_sec = now - age, .tv_nsec = 0};
    const timespec times[] = {then, then};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), &times[0], 0), 0);
  }
  std::size_t remove() const { return remove_abandoned(place, "kai-helm-", now); }

  static constexpr std::int64_t now = 1'700'000'000;

 private:
  RealDisk outer_{fs::temp_directory_path().string()};
  Result<std::string> made_;

 protected:
  std::string place;
};

TEST_F(PrivateDirectoriesTest, OneThatNobodyOwnsGoesWithItsContent) {
  const std::string path = abandoned("kai-helm-abcdef");
  fs::create_symlink(place, path + "/link");
  set_age(path, abandoned_seconds_min);
  EXPECT_EQ(remove(), 1U);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(place)) << "a link is removed, not followed";
}

TEST_F(PrivateDirectoriesTest, OneThatIsLockedStaysUntilItsOwnerIsKilled) {
  const std::string path = abandoned("kai-helm-abcdef");
  int ready[2];
  ASSERT_EQ(::pipe(&ready[0]), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const Descriptor held = lock_directory(path);
    const char answer = held.is_open() ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &answer, 1));
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(remove(), 0U);
  EXPECT_TRUE(fs::exists(path + "/chart.tgz"));
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_EQ(remove(), 1U);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PrivateDirectoriesTest, YoungForeignAndOpenOnesStay) {
  const std::vector<std::string> kept = {
      abandoned("kai-helm-young1", abandoned_seconds_min - 1), abandoned("kai-helm-future", -10),
      abandoned("other-prefix"), abandoned("kai-helm-abcdefg"), abandoned("kai-helm-abcde")};
  const std::string open = abandoned("kai-helm-opened");
  fs::permissions(open, fs::perms::group_read, fs::perm_options::add);
  set_age(open, abandoned_seconds_min);
  EXPECT_EQ(remove(), 0U);
  for (const std::string& path : kept) EXPECT_TRUE(fs::exists(path + "/chart.tgz")) << path;
  EXPECT_TRUE(fs::exists(open));
}

TEST_F(PrivateDirectoriesTest, LinkWithSuchANameIsNotFollowed) {
  const std::string target = abandoned("precious");
  fs::create_directory_symlink(target, place + "/kai-helm-linked");
  EXPECT_EQ(remove(), 0U);
  EXPECT_TRUE(fs::exists(target + "/chart.tgz"));
}

TEST_F(PrivateDirectoriesTest, DirectoryInsideIsNoneOfOursAndStays) {
  const std::string path = abandoned("kai-helm-nested");
  fs::create_directory(path + "/deep");
  set_age(path, abandoned_seconds_min);
  EXPECT_EQ(remove(), 0U);
  EXPECT_TRUE(fs::exists(path + "/deep"));
}

TEST_F(PrivateDirectoriesTest, OneCallRemovesABoundedNumber) {
  for (std::size_t i = 0; i < abandoned_removed_max + 3; ++i)
    abandoned("kai-helm-" + std::to_string(100'000 + i));
  EXPECT_EQ(remove(), abandoned_removed_max);
  EXPECT_EQ(remove(), 3U);
}

TEST_F(PrivateDirectoriesTest, AHeldOneIsHeldByOneAtATime) {
  const std::string own = place + "/own";
  ASSERT_EQ(::mkdir(own.c_str(), 0700), 0);
  {
    const auto held = hold_directory(own);
    ASSERT_TRUE(held) << held.error().message;
    const auto second = hold_directory(own);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_NE(second.error().message.find("another process holds"), std::string::npos);
  }
  EXPECT_TRUE(hold_directory(own)) << "free again";
  EXPECT_EQ(hold_directory(place + "/nowhere").error().kind, ErrorKind::rejected);
}

TEST_F(PrivateDirectoriesTest, MissingPlaceHasNoneToRemove) {
  EXPECT_EQ(remove_abandoned(place + "/nowhere", "kai-helm-", now), 0U);
  EXPECT_FALSE(lock_directory(place + "/nowhere").is_open());
}

TEST_F(PrivateDirectoriesTest, NextDirectoryOfThatPrefixTakesTheOldOnesAway) {
  const std::string path = abandoned("kai-helm-abcdef");  // of 2023: old for any real clock
  RealDisk disk{place};
  const auto other = disk.make_private_directory("kai-test-");
  ASSERT_TRUE(other);
  EXPECT_TRUE(fs::exists(path)) << "of another prefix";
  const auto next = disk.make_private_directory("kai-helm-");
  ASSERT_TRUE(next);
  EXPECT_FALSE(fs::exists(path));
  set_age(*next, abandoned_seconds_min);
  EXPECT_EQ(remove(), 0U) << "its own is locked";
  EXPECT_TRUE(disk.remove_private_directory(*next));
  EXPECT_TRUE(disk.remove_private_directory(*other));
}

}  // namespace
}  // namespace kai::os
