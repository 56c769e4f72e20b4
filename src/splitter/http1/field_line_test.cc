#include "splitter/http1/field_line.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

// Values are read eight octets at a time: an odd one must be seen at each place of the eight.
TEST(FieldLine, EveryOctetIsJudgedAtEveryPlaceOfAValue) {
  for (std::size_t place = 0; place < 20; ++place) {
    for (int code = 0; code < 256; ++code) {
      std::string line = "A:" + std::string(20, 'v') + "\r\n";
      line[2 + place] = static_cast<char>(code);
      const bool allowed = code == '\t' || (code >= ' ' && code != 0x7F);
      const FieldLineStep step = parse_field_line(line, 100);
      EXPECT_EQ(step.progress, allowed ? Progress::complete : Progress::refused)
          << place << ' ' << code;
      EXPECT_EQ(step.line_bytes, allowed ? line.size() : 0);
    }
  }
}

TEST(FieldLine, EveryOctetIsJudgedInAName) {
  for (int code = 0; code < 256; ++code) {
    const std::string line = "A" + std::string(1, static_cast<char>(code)) + "b: c\r\n";
    const bool token =
        (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
        (code >= 'A' && code <= 'Z') ||
        (code != 0 && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(code)));
    const bool allowed = token || code == ':';
    EXPECT_EQ(parse_field_line(line, 100).progress,
              allowed ? Progress::complete : Progress::refused)
        << code;
  }
}

TEST(FieldLine, APieceOfALineWantsMore) {
  const std::string_view line = "Name: \t value \t\r\n";
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(parse_field_line(line.substr(0, size), 100).progress, Progress::need_more) << size;
  }
  const FieldLineStep step = parse_field_line(line, 100);
  EXPECT_EQ(step.field.name, "Name");
  EXPECT_EQ(step.field.value, "value");
}

TEST(FieldLine, TheLimitCountsBytesWithoutTheLineEnd) {
  EXPECT_EQ(parse_field_line("a: bcdefgh\r\n", 10).progress, Progress::complete);
  EXPECT_EQ(parse_field_line("a: bcdefghi\r\n", 10).refusal, Refusal::field_too_long);
  EXPECT_EQ(parse_field_line("a: bcdefgh", 10).progress, Progress::need_more);
}

}  // namespace
}  // namespace kai::splitter
