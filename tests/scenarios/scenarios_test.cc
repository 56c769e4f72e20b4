// Runs every table of this folder. A line that does not hold is printed with what was expected and
// what was seen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/scenarios/story.h"
#include "tests/scenarios/table.h"

namespace kai::scenarios {
namespace {

constexpr std::size_t tables_min = 25;

std::vector<Table> all_tables() {
  std::vector<std::filesystem::path> files;
  const std::string folder = std::string(KAI_SOURCE_DIR) + "/tests/scenarios";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const bool is_table = entry.path().extension() == ".txt";
    if (is_table && entry.path().filename() != "CMakeLists.txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Table> all;
  for (const auto& file : files) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    auto tables = parse_tables(file.filename().string(), text.str());
    if (!tables) {
      ADD_FAILURE() << tables.error().message;
      continue;
    }
    std::ranges::move(*tables, std::back_inserter(all));
  }
  return all;
}

// The first of the words that do not hold; empty when all do.
std::string missing(const Story& story, const Line& line) {
  for (const std::string& words : line.expect) {
    const auto holds = story.holds(words);
    if (!holds) return holds.error().message;
    if (!*holds) return words;
  }
  return {};
}

Result<Unit> see_all(Story& story, const Line& line) {
  while (line.when == When::at && story.second() + 1 < line.second) story.tick();
  for (const std::string& words : line.seen) {
    if (auto seen = story.see(words); !seen) return seen;
  }
  return Unit{};
}

// Lets time pass as the line wants it; what did not hold, or nothing.
std::string play(Story& story, const Line& line) {
  if (line.when == When::at) {
    story.tick();
    return story.second() == line.second ? missing(story, line) : "a line in the past";
  }
  std::string wrong = "time that passes";
  while (story.second() < line.second) {
    story.tick();
    wrong = missing(story, line);
    if (wrong.empty() == (line.when == When::by)) break;
  }
  return wrong;
}

class Scenario : public testing::TestWithParam<Table> {};

TEST_P(Scenario, Holds) {
  const Table& table = GetParam();
  auto story = Story::begin(table.plan);
  ASSERT_TRUE(story) << table.file << ", " << table.title << ": " << story.error().message;
  for (const Line& line : table.lines) {
    const std::string where = table.file + ":" + std::to_string(line.number) + ": " + line.text;
    const auto seen = see_all(*story, line);
    ASSERT_TRUE(seen) << where << "\n  " << seen.error().message;
    const std::string wrong = play(*story, line);
    ASSERT_TRUE(wrong.empty()) << where << "\n  expected: " << wrong
                               << "\n  seen:     " << story->describe();
  }
}

std::string name_of(const testing::TestParamInfo<Table>& table) {
  std::string name;
  bool start = true;
  for (const char c : table.param.title) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter) name += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = !letter;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Tables, Scenario, testing::ValuesIn(all_tables()), name_of);

TEST(Tables, AreManyAndNoneIsEmpty) {
  const std::vector<Table> tables = all_tables();
  EXPECT_GE(tables.size(), tables_min);
  for (const Table& table : tables) EXPECT_FALSE(table.lines.empty()) << table.title;
}

TEST(Tables, AWrongLineIsNamed) {
  const auto tables = parse_tables("x.txt", "scenario a\nat 1s | pods ready\n");
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().kind, ErrorKind::malformed);
  EXPECT_NE(tables.error().message.find("x.txt:2"), std::string::npos);
  EXPECT_FALSE(Story::begin({"pigs fly"}));
  auto story = Story::begin({});
  ASSERT_TRUE(story);
  EXPECT_FALSE(story->see("pigs fly"));
  EXPECT_FALSE(story->holds("pigs fly"));
}

}  // namespace
}  // namespace kai::scenarios
