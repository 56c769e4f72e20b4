#include "splitter/loop/slab_pool.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "base/check.h"

namespace kai::splitter {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

TEST(Buffer, HoldsNoMemoryWhileItIsCleared) {
  SlabPool pool(mebibyte, mebibyte);
  Buffer buffer(pool);
  EXPECT_EQ(pool.lent_bytes(), 0U);
  ASSERT_TRUE(buffer.reserve(1));
  EXPECT_EQ(pool.lent_bytes(), slab_bytes[0]);
  buffer.clear();
  EXPECT_EQ(pool.lent_bytes(), 0U);
}

TEST(Buffer, KeepsItsBytesWhileItGrows) {
  SlabPool pool(mebibyte, mebibyte);
  Buffer buffer(pool);
  std::string model;
  for (std::size_t round = 0; model.size() + 997 <= Buffer::bytes_max; ++round) {
    const std::string piece(997, static_cast<char>('a' + round % 26));
    ASSERT_TRUE(buffer.reserve(piece.size()));
    buffer.append(piece);
    model += piece;
    if (round % 3 == 0) {
      buffer.drop_front(101);
      model.erase(0, 101);
    }
    ASSERT_EQ(buffer.view(), model);
  }
}

TEST(Buffer, RefusesMoreThanItsLargestSlab) {
  SlabPool pool(mebibyte, mebibyte);
  Buffer buffer(pool);
  ASSERT_TRUE(buffer.reserve(Buffer::bytes_max));
  buffer.extend(Buffer::bytes_max);
  EXPECT_FALSE(buffer.reserve(1));
  buffer.drop_front(1);
  EXPECT_TRUE(buffer.reserve(1));
  EXPECT_FALSE(buffer.reserve(2));
}

TEST(Buffer, RefusesWhatThePoolMayNotLend) {
  SlabPool pool(slab_bytes[0], mebibyte);
  Buffer first(pool);
  Buffer second(pool);
  ASSERT_TRUE(first.reserve(10));
  EXPECT_FALSE(second.reserve(10));
  first.clear();
  EXPECT_TRUE(second.reserve(10));
}

TEST(Buffer, AppendingWithoutRoomIsABug) {
  SlabPool pool(mebibyte, mebibyte);
  Buffer buffer(pool);
  EXPECT_THROW(buffer.append("x"), Bug);
  EXPECT_THROW(buffer.drop_front(1), Bug);
}

}  // namespace
}  // namespace kai::splitter
