#include "splitter/http1/chunk_syntax.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>

#include "splitter/http1/progress.h"

namespace kai::splitter {
namespace {

TEST(ChunkSyntax, ReadsSizesUpTo63Bits) {
  EXPECT_EQ(parse_chunk_line("1aF\r\n", 0).size, 0x1AFU);
  EXPECT_EQ(parse_chunk_line("7fffffffffffffff\r\n", 0).size, chunk_bytes_max);
  EXPECT_EQ(parse_chunk_line("8000000000000000\r\n", 0).progress, Progress::refused);
  EXPECT_EQ(parse_chunk_line("00000000000000001\r\n", 0).progress, Progress::refused);
}

TEST(ChunkSyntax, OnlyALineThatWeWouldWriteIsCanonical) {
  EXPECT_TRUE(parse_chunk_line("0\r\n", 0).is_canonical);
  EXPECT_TRUE(parse_chunk_line("1F\r\n", 0).is_canonical);
  EXPECT_FALSE(parse_chunk_line("01\r\n", 0).is_canonical);
  EXPECT_FALSE(parse_chunk_line("1;a\r\n", 9).is_canonical);
}

TEST(ChunkSyntax, ExtensionsAreCountedWithTheirSemicolons) {
  const ChunkLineStep step = parse_chunk_line("1 ; a = \"b\" \t;c\r\nx", 100);
  EXPECT_EQ(step.progress, Progress::complete);
  EXPECT_EQ(step.extension_bytes, 14U);
  EXPECT_EQ(step.line_bytes, 17U);
  EXPECT_EQ(parse_chunk_line("1;abc\r\n", 4).progress, Progress::complete);
  EXPECT_EQ(parse_chunk_line("1;abc\r\n", 3).progress, Progress::refused);
  EXPECT_EQ(parse_chunk_line("1;abcd", 4).progress, Progress::refused);
}

TEST(ChunkSyntax, OnlyLineFeedEndsTheLineBehindCarriageReturn) {
  EXPECT_EQ(parse_chunk_line("5\rX", 100).progress, Progress::refused);
  EXPECT_EQ(parse_chunk_line("5;a\r\r\n", 100).progress, Progress::refused);
}

TEST(ChunkSyntax, APieceOfALineWantsMore) {
  const std::string_view line = "1F ;a=\"\\\"\"; b = c\r\n";
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(parse_chunk_line(line.substr(0, size), 100).progress, Progress::need_more) << size;
  }
  EXPECT_EQ(parse_chunk_line(line, 100).progress, Progress::complete);
}

}  // namespace
}  // namespace kai::splitter
