// Golden files: what a person sees, kept as text that a reviewer can read. A difference fails with
// both lines; KAI_WRITE_GOLDEN=1 (`make golden`) writes what was seen instead, to be looked at in
// the diff of the commit.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace kai::fakes {

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// "-12 old", "+12 new" for each line that differs; empty when none does.
inline std::string difference(std::string_view wanted, std::string_view seen) {
  const auto old_lines = lines_of(wanted), new_lines = lines_of(seen);
  std::string text;
  for (std::size_t i = 0; i < std::max(old_lines.size(), new_lines.size()); ++i) {
    const bool same = i < old_lines.size() && i < new_lines.size() && old_lines[i] == new_lines[i];
    if (same) continue;
    const std::string number = std::to_string(i + 1) + " ";
    if (i < old_lines.size()) text += "-" + number + old_lines[i] + "\n";
    if (i < new_lines.size()) text += "+" + number + new_lines[i] + "\n";
  }
  if (text.empty() && wanted != seen) text = "the last line end differs\n";
  return text;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline bool writes_golden() {
  const char* const wish = std::getenv("KAI_WRITE_GOLDEN");
  return wish != nullptr && std::string_view(wish) == "1";
}

// `text` is what the whole file at `path` says.
inline void expect_golden(const std::string& path, const std::string& text) {
  if (writes_golden()) {
    std::ofstream(path) << text;
    return;
  }
  const std::string wanted = read_file(path);
  EXPECT_EQ(difference(wanted, text), "") << path << " says something else; look at both, then "
                                          << "`make golden` if the new one is right";
}

// `text` stands in the page at `path` between the lines "<!-- begin NAME -->" and
// "<!-- end NAME -->".
inline void expect_golden_part(const std::string& path, const std::string& name,
                               const std::string& text) {
  const std::string page = read_file(path);
  const std::string begin = "<!-- begin " + name + " -->\n", end = "<!-- end " + name + " -->\n";
  const std::size_t from = page.find(begin), to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to)
      << path << " has no part " << name;
  const std::size_t start = from + begin.size();
  if (writes_golden()) {
    std::ofstream(path) << page.substr(0, start) << text << page.substr(to);
    return;
  }
  EXPECT_EQ(difference(page.substr(start, to - start), text), "")
      << "part " << name << " of " << path << " says something else";
}

// The same for data: it stands in the page as a block of `language`.
inline void expect_golden_block(const std::string& path, const std::string& name,
                                const std::string& language, const std::string& text) {
  expect_golden_part(path, name, "```" + language + "\n" + text + "```\n");
}

}  // namespace kai::fakes
