#include "tests/scenarios/table.h"

#include <charconv>
#include <optional>
#include <utility>

namespace kai::scenarios {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// At commas outside quotes.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  bool quoted = false;
  const auto finish = [&] {
    if (!trim(item).empty()) items.emplace_back(trim(item));
    item.clear();
  };
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      finish();
    } else {
      item += c;
    }
  }
  finish();
  return items;
}

// "at 12s", "by 40s", "to 60s".
bool read_time(std::string_view text, Line& line) {
  const std::string_view word = text.substr(0, text.find(' '));
  const std::string_view rest = trim(text.substr(word.size()));
  if (word == "at") {
    line.when = When::at;
  } else if (word == "by") {
    line.when = When::by;
  } else if (word == "to") {
    line.when = When::to;
  } else {
    return false;
  }
  if (!rest.ends_with('s')) return false;
  const char* const end = rest.data() + rest.size() - 1;
  return std::from_chars(rest.data(), end, line.second).ptr == end;
}

std::optional<Line> read_line(std::string_view text, std::size_t number) {
  const std::size_t first = text.find('|');
  const std::size_t second = text.find('|', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Line line{.number = number,
            .text = std::string(trim(text)),
            .seen = split_list(text.substr(first + 1, second - first - 1)),
            .expect = split_list(text.substr(second + 1))};
  if (!read_time(trim(text.substr(0, first)), line) || line.expect.empty()) return std::nullopt;
  return line;
}

}  // namespace

Result<std::vector<Table>> parse_tables(const std::string& file, std::string_view text) {
  std::vector<Table> tables;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view raw = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), raw.size() + 1));
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("scenario ")) {
      tables.push_back({.file = file, .title = std::string(trim(line.substr(9)))});
      continue;
    }
    const auto wrong = [&](std::string_view why) {
      return fail(ErrorKind::malformed,
                  file + ":" + std::to_string(number) + ": " + std::string(why));
    };
    if (tables.empty()) return wrong("a line before the first scenario");
    if (line.starts_with("plan ")) {
      for (std::string& item : split_list(line.substr(5))) tables.back().plan.push_back(item);
      continue;
    }
    auto read = read_line(line, number);
    if (!read) return wrong("want 'at|by|to <seconds>s | what is seen | what must follow'");
    tables.back().lines.push_back(std::move(*read));
  }
  return tables;
}

}  // namespace kai::scenarios
