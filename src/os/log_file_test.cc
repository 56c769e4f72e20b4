#include "os/log_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

namespace kai::os {
namespace {

class LogFileTest : public testing::Test {
 protected:
  ~LogFileTest() override { std::filesystem::remove(path); }
  void write(const std::string& text) const { std::ofstream(path) << text; }

  std::string path = testing::TempDir() + "kai-log-file-" + std::to_string(::getpid());
};

TEST_F(LogFileTest, TheTailBeginsWithALine) {
  write("one\ntwo\nthree\n");
  EXPECT_EQ(read_tail(path, 100), "one\ntwo\nthree\n");
  EXPECT_EQ(read_tail(path, 14), "one\ntwo\nthree\n");
  EXPECT_EQ(read_tail(path, 13), "two\nthree\n");
  EXPECT_EQ(read_tail(path, 10), "two\nthree\n");
  EXPECT_EQ(read_tail(path, 9), "three\n");
  EXPECT_EQ(read_tail(path, 6), "three\n");
}

TEST_F(LogFileTest, AnEndlessLineIsCut) {
  write("one\n" + std::string(1000, 'x'));
  EXPECT_EQ(read_tail(path, 10), std::string(10, 'x'));
  EXPECT_EQ(read_tail(path, 1), "x");
}

TEST_F(LogFileTest, WhatIsNoFileIsSaid) {
  EXPECT_EQ(read_tail(path, 10).error().kind, ErrorKind::no_data);
  EXPECT_EQ(read_tail(testing::TempDir(), 10).error().kind, ErrorKind::rejected);
  EXPECT_EQ(read_tail("/dev/zero", 10).error().kind, ErrorKind::rejected);
  write("");
  EXPECT_EQ(read_tail(path, 10), "");
}

TEST_F(LogFileTest, OnlyALongerFileIsEmptiedAndItsWriterGoesOn) {
  std::ofstream writer(path, std::ios::app);
  writer << "12345" << std::flush;
  cut_file(path, 5);
  EXPECT_EQ(read_tail(path, 100), "12345");
  writer << "6" << std::flush;
  cut_file(path, 5);
  EXPECT_EQ(read_tail(path, 100), "");
  writer << "7" << std::flush;
  EXPECT_EQ(read_tail(path, 100), "7");
  cut_file(path + "-none", 5);
}

}  // namespace
}  // namespace kai::os
