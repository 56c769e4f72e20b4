#include "core/judge/snapshot_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kai::core {
namespace {

std::vector<std::byte> words(const std::vector<std::uint64_t>& all) {
  std::vector<std::byte> bytes;
  for (const std::uint64_t word : all) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes.push_back(static_cast<std::byte>((word >> shift) & 0xffU));
  }
  return bytes;
}

constexpr std::size_t enough = 1 << 20;

TEST(SnapshotText, EveryWordComesBack) {
  std::vector<std::uint64_t> all{0, 1, ~std::uint64_t{0}, 0x8000000000000000, 63, 64, 0, 0};
  for (std::uint64_t i = 0; i < 64; ++i) all.push_back(std::uint64_t{1} << i);
  all.resize(all.size() + 200);  // longer than one run
  all.push_back(7);
  const auto bytes = words(all);
  const auto back = snapshot_bytes_in(snapshot_text(bytes), enough);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, bytes);
}

TEST(SnapshotText, ZerosAreShort) {
  EXPECT_EQ(snapshot_text(words(std::vector<std::uint64_t>(63))).size(), 2U);
  EXPECT_EQ(snapshot_text(words(std::vector<std::uint64_t>(64))).size(), 4U);
  EXPECT_EQ(snapshot_text({}), "");
  EXPECT_TRUE(snapshot_bytes_in("", enough).value().empty());
}

TEST(SnapshotText, WhatIsCutOrDamagedIsRefused) {
  const std::string text = snapshot_text(words({~std::uint64_t{0}, 0, 5}));
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    const auto back = snapshot_bytes_in(text.substr(0, cut), enough);
    // A text that ends between two words is whole; the snapshot in it then has another size.
    EXPECT_TRUE(!back || back->size() < 3 * 8) << cut;
  }
  for (const char* damaged : {"AAAAAAAAAA", "AAAAAAAAAA!", "AAAAAAAAAA_", ".", ".A", ".!", "._ "}) {
    EXPECT_FALSE(snapshot_bytes_in(damaged, enough).has_value()) << damaged;
    EXPECT_EQ(snapshot_bytes_in(damaged, enough).error().kind, ErrorKind::malformed);
  }
}

TEST(SnapshotText, MoreThanWasAskedForIsRefused) {
  const std::string text = snapshot_text(words({1, 2, 3}));
  EXPECT_TRUE(snapshot_bytes_in(text, 24).has_value());
  EXPECT_FALSE(snapshot_bytes_in(text, 23).has_value());
  EXPECT_FALSE(snapshot_bytes_in("._._._", 1000).has_value());
}

}  // namespace
}  // namespace kai::core
