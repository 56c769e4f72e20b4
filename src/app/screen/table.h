// Tables: columns as wide as their widest cell, two blanks between them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/screen/line.h"

namespace kai::app {

struct Cell {
  std::string text;  // may be foreign
  Colour colour = Colour::none;

  // NOLINTNEXTLINE(google-explicit-constructor): a row is written as a list of texts
  Cell(std::string text_in, Colour colour_in = Colour::none)
      : text(std::move(text_in)), colour(colour_in) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Cell(const char* text_in) : text(text_in) {}
};
using Row = std::vector<Cell>;

// A cell without text is shown as "-", so that the columns can be told apart.
[[nodiscard]] Lines table_of(const std::vector<Row>& rows);

}  // namespace kai::app
