#include "edges/file_store/sealed_file.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"

namespace kai::edges {
namespace {

Tree sample() { return Tree(Tree::Map{{"b", 1}, {"a", Tree(Tree::List{"x", 2.5, nullptr})}}); }

TEST(SealedFile, WhatWasSealedComesOutAgain) {
  const std::string bytes = seal(sample());
  const auto out = unseal(bytes);
  ASSERT_TRUE(out.has_value()) << out.error().message;
  EXPECT_EQ(out->content, sample());
  EXPECT_EQ(out->digest, bytes.substr(11, 64));
  EXPECT_EQ(std::ranges::count(bytes, '\n'), 2) << "two lines, each of them JSON";
}

TEST(SealedFile, OneBitMoreOrLessIsMalformed) {
  const std::string whole = seal(sample());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const auto out = unseal(bytes);
    ASSERT_FALSE(out.has_value()) << bit;
    EXPECT_EQ(out.error().kind, ErrorKind::malformed);
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(unseal(whole.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(unseal(whole + "\n").has_value());
}

TEST(SealedFile, AnySealedTreeIsReadBackAsDeepAsARecordMayBe) {
  Tree deep = 1;
  for (int i = 0; i < 65; ++i) deep = Tree(Tree::Map{{"a", std::move(deep)}});
  EXPECT_TRUE(unseal(seal(deep)).has_value());
  EXPECT_FALSE(unseal(seal(Tree(Tree::List{Tree(Tree::List{deep})}))).has_value());
}

TEST(SealedFile, TheLimitIsOfTheContentForWriterAndReader) {
  fakes::FakeDisk disk;
  const std::size_t size = seal(sample()).size() - seal(Tree()).size() + 5;
  const auto written = replace_sealed(disk, {.path = "/f", .bytes_max = size}, sample());
  ASSERT_TRUE(written.has_value()) << written.error().message;
  const auto read = read_sealed(disk, {.path = "/f", .bytes_max = size});
  ASSERT_TRUE(read.has_value() && read->has_value());
  EXPECT_EQ((*read)->digest, *written);
  const auto refused = replace_sealed(disk, {.path = "/g", .bytes_max = size - 1}, sample());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
  EXPECT_FALSE(disk.files.contains("/g"));
  EXPECT_EQ(read_sealed(disk, {.path = "/f", .bytes_max = size - 1}).error().kind,
            ErrorKind::rejected);
  EXPECT_FALSE(read_sealed(disk, {.path = "/g", .bytes_max = size})->has_value());
}

}  // namespace
}  // namespace kai::edges
