#include "app/screen/table.h"

#include <algorithm>

#include "codec/quote.h"

namespace kai::app {

Lines table_of(const std::vector<Row>& rows) {
  std::vector<int> widths;
  Lines lines;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    Line& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = codec::printable(row[i].text);
      line.push_back({text.empty() ? "-" : text, row[i].colour});
      widths[i] = std::max(widths[i], columns_of(line.back().text));
    }
  }
  for (Line& line : lines) {
    Line spaced;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const int blanks = widths[i] - columns_of(line[i].text) + 2;
      spaced.push_back(std::move(line[i]));
      if (i + 1 < line.size())
        spaced.push_back({std::string(static_cast<std::size_t>(blanks), ' ')});
    }
    line = std::move(spaced);
  }
  return lines;
}

}  // namespace kai::app
