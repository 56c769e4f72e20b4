#include "os/real_disk.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kai::os {
namespace {

class RealDiskTest : public testing::Test {
 protected:
  RealDiskTest() : made_(disk.make_private_directory("kai-test-")) {
    EXPECT_TRUE(made_.has_value());
    root = *made_;
  }
  ~RealDiskTest() override { EXPECT_TRUE(disk.remove_private_directory(root).has_value()); }

  [[nodiscard]] std::string path(const std::string& name) const { return root + "/" + name; }
  static mode_t mode_of(const std::string& file) {
    struct stat about{};
    EXPECT_EQ(::lstat(file.c_str(), &about), 0);
    return about.st_mode & 07777U;
  }
  template <typename T>
  static void expect_kind(const Result<T>& result, ErrorKind kind, const std::string& part) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, kind) << result.error().message;
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
  }
  std::size_t entries() { return disk.list(root)->size(); }

  RealDisk disk{std::filesystem::temp_directory_path().string()};
  std::string root;

 private:
  Result<std::string> made_;
};

TEST_F(RealDiskTest, WhatWasWrittenIsRead) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(disk.write_new(path("f"), bytes));
  EXPECT_EQ(*disk.read(path("f"), 4), bytes);
  ASSERT_TRUE(disk.replace(path("f"), "new"));
  EXPECT_EQ(*disk.read(path("f"), 4), "new");
  ASSERT_TRUE(disk.replace(path("g"), "made"));
  EXPECT_EQ(*disk.read(path("g"), 4), "made");
  EXPECT_EQ(entries(), 2U);  // no temporary file is left
}

TEST_F(RealDiskTest, FilesAreOursAloneWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const mode_t before = ::umask(mask);
    const std::string name = path("f" + std::to_string(mask));
    EXPECT_TRUE(disk.write_new(name, "x"));
    EXPECT_EQ(mode_of(name), 0600U);
    EXPECT_TRUE(disk.replace(name, "y"));
    EXPECT_EQ(mode_of(name), 0600U);
    const auto directory = disk.make_private_directory("kai-test-");
    ASSERT_TRUE(directory.has_value());
    EXPECT_EQ(mode_of(*directory), 0700U);
    EXPECT_TRUE(disk.remove_private_directory(*directory));
    ::umask(before);
  }
}

TEST_F(RealDiskTest, ReadLimitHoldsExactly) {
  ASSERT_TRUE(disk.write_new(path("f"), std::string(100'000, 'x')));
  EXPECT_EQ(disk.read(path("f"), 100'000)->size(), 100'000U);
  expect_kind(disk.read(path("f"), 99'999), ErrorKind::rejected, "longer than 99999 bytes");
}

TEST_F(RealDiskTest, AbsentFileIsNoData) {
  expect_kind(disk.read(path("f"), 1), ErrorKind::no_data, path("f"));
  expect_kind(disk.list(path("d")), ErrorKind::no_data, path("d"));
}

TEST_F(RealDiskTest, WhatIsNoFileIsRejectedAndDoesNotHang) {
  expect_kind(disk.read(root, 1), ErrorKind::rejected, "it is no file");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  expect_kind(disk.read(path("fifo"), 1), ErrorKind::rejected, "it is no file");
}

TEST_F(RealDiskTest, LinksAreFollowedWhenReading) {
  ASSERT_TRUE(disk.write_new(path("f"), "x"));
  std::filesystem::create_symlink("f", path("link"));
  EXPECT_EQ(*disk.read(path("link"), 1), "x");
}

TEST_F(RealDiskTest, LinksAreNeverWrittenThrough) {
  ASSERT_TRUE(disk.write_new(path("victim"), "safe"));
  std::filesystem::create_symlink("victim", path("link"));
  std::filesystem::create_symlink("nothing", path("dangling"));
  expect_kind(disk.write_new(path("link"), "bad"), ErrorKind::rejected, "File exists");
  expect_kind(disk.write_new(path("dangling"), "bad"), ErrorKind::rejected, "File exists");
  ASSERT_TRUE(disk.replace(path("link"), "new"));
  EXPECT_FALSE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(*disk.read(path("victim"), 4), "safe");
}

TEST_F(RealDiskTest, NewFileDoesNotReplaceAnother) {
  ASSERT_TRUE(disk.write_new(path("f"), "first"));
  expect_kind(disk.write_new(path("f"), "second"), ErrorKind::rejected, "File exists");
  EXPECT_EQ(*disk.read(path("f"), 5), "first");
}

TEST_F(RealDiskTest, MissingDirectoryIsRejectedWhenWriting) {
  expect_kind(disk.write_new(path("d/f"), "x"), ErrorKind::rejected, "No such file or directory");
  expect_kind(disk.replace(path("d/f"), "x"), ErrorKind::rejected, "No such file or directory");
}

TEST_F(RealDiskTest, AppendingMakesTheFileAndAddsToItsEnd) {
  ASSERT_TRUE(disk.append(path("log"), "").has_value());
  EXPECT_EQ(mode_of(path("log")), 0600U);
  ASSERT_TRUE(disk.append(path("log"), "one\n").has_value());
  ASSERT_TRUE(disk.append(path("log"), "two\n").has_value());
  EXPECT_EQ(disk.read(path("log"), 100).value(), "one\ntwo\n");
}

TEST_F(RealDiskTest, WhetherAFileMayBeAppendedToIsToldWithoutMakingIt) {
  EXPECT_TRUE(disk.may_append(path("log")).has_value());
  EXPECT_EQ(disk.read(path("log"), 10).error().kind, ErrorKind::no_data);
  ASSERT_TRUE(disk.append(path("log"), "one\n").has_value());
  EXPECT_TRUE(disk.may_append(path("log")).has_value());
  expect_kind(disk.may_append(root), ErrorKind::rejected, "Is a directory");
  expect_kind(disk.may_append(path("absent/log")), ErrorKind::rejected, "No such file");
  expect_kind(disk.may_append(path("log/below")), ErrorKind::rejected, "Not a directory");
}

TEST_F(RealDiskTest, WhatCannotBeAppendedToIsRejectedAndDoesNotHang) {
  expect_kind(disk.append(root, "x"), ErrorKind::rejected, "Is a directory");
  expect_kind(disk.append(path("absent/log"), "x"), ErrorKind::rejected, "No such file");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);  // nobody reads it
  expect_kind(disk.append(path("fifo"), "x"), ErrorKind::rejected, "fifo");
}

TEST_F(RealDiskTest, DirectoryIsNotReplacedAndNothingIsLeft) {
  std::filesystem::create_directory(path("d"));
  expect_kind(disk.replace(path("d"), "x"), ErrorKind::rejected, "replacing");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(RealDiskTest, ListIsSorted) {
  ASSERT_TRUE(disk.write_new(path("b"), ""));
  std::filesystem::create_directory(path("a"));
  ASSERT_TRUE(disk.write_new(path("C"), ""));
  const auto entries_now = disk.list(root);
  ASSERT_TRUE(entries_now.has_value());
  std::string text;
  for (const DirectoryEntry& entry : *entries_now)
    text += entry.name + (entry.is_directory ? "/ " : " ");
  EXPECT_EQ(text, "C a/ b ");
  expect_kind(disk.list(path("b")), ErrorKind::no_data, "b");
}

TEST_F(RealDiskTest, OnlyOwnPrivateDirectoriesAreRemoved) {
  std::filesystem::create_directory(path("d"));
  expect_kind(disk.remove_private_directory(path("d")), ErrorKind::rejected,
              "not a temporary directory of this process");
  const auto own = disk.make_private_directory("kai-test-");
  ASSERT_TRUE(own.has_value());
  ASSERT_TRUE(disk.write_new(path("kept"), "x"));
  std::filesystem::create_directory_symlink(root, *own + "/link");
  ASSERT_TRUE(disk.remove_private_directory(*own));
  EXPECT_EQ(*disk.read(path("kept"), 1), "x");
  expect_kind(disk.remove_private_directory(*own), ErrorKind::rejected,
              "not a temporary directory");
}

TEST_F(RealDiskTest, DirectoriesAreMadeWithAllThatLeadsToThemAndAreOursAlone) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const std::string top = path("d" + std::to_string(mask));
    const mode_t before = ::umask(mask);
    EXPECT_TRUE(disk.make_directories(top + "/e/f"));
    ::umask(before);
    for (const std::string part : {"", "/e", "/e/f"}) EXPECT_EQ(mode_of(top + part), 0700U) << part;
  }
  ASSERT_EQ(::chmod(path("d0/e").c_str(), 0750), 0);
  EXPECT_TRUE(disk.make_directories(path("d0/e"))) << "it is there";
  EXPECT_EQ(mode_of(path("d0/e")), 0750U) << "and stays as it is";
  ASSERT_TRUE(disk.write_new(path("file"), "x"));
  expect_kind(disk.make_directories(path("file")), ErrorKind::rejected, path("file"));
  expect_kind(disk.make_directories(path("file/below")), ErrorKind::rejected, path("file"));
}

TEST_F(RealDiskTest, OnlyFilesAndLinksAreRemoved) {
  ASSERT_TRUE(disk.write_new(path("file"), "x"));
  std::filesystem::create_symlink("file", path("link"));
  EXPECT_TRUE(disk.remove(path("link")));
  EXPECT_TRUE(disk.read(path("file"), 10)) << "the link went, not what it leads to";
  EXPECT_TRUE(disk.remove(path("file")));
  expect_kind(disk.remove(path("file")), ErrorKind::no_data, path("file"));
  ASSERT_TRUE(disk.make_directories(path("directory")));
  expect_kind(disk.remove(path("directory")), ErrorKind::rejected, path("directory"));
}

}  // namespace
}  // namespace kai::os
