// A line of text in pieces, each with its meaning. The one way to a terminal: here foreign text is
// made safe, the width is kept, and colours are put on last.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/screen/colour.h"

namespace kai::app {

// How a stream wants its text.
struct Look {
  bool colour = false;
  bool utf8 = true;  // false: a character beyond ASCII is shown as "?"
  int width = 0;     // columns; 0: lines are not cut
};

struct Span {
  std::string text;  // may be foreign
  Colour colour = Colour::none;

  friend bool operator==(const Span&, const Span&) = default;
};
using Line = std::vector<Span>;
using Lines = std::vector<Line>;

// One line without its end: no control character but those of our colours, no trailing blanks, at
// most `look.width` wide.
[[nodiscard]] std::string text_of(const Line& line, const Look& look);
// Each with its end.
[[nodiscard]] std::string text_of(const Lines& lines, const Look& look);

// "<key padded to 10 columns><text>", in as many lines as `width` needs and at most `lines_max`
// (then it ends in "..."); one when `width` is 0. Breaks at blanks.
[[nodiscard]] Lines keyed(std::string_view key, const std::string& text, Colour colour, int width,
                          int lines_max = 3);

// A sentence that begins with words in capitals ("NOT PROVED after 3m: ..."): they get the colour.
[[nodiscard]] Line headline(const std::string& sentence, Colour colour);

// Columns that `text` takes on a terminal, at least: a wide character takes two.
[[nodiscard]] int columns_of(std::string_view text);
// As much of `text` as fits into `width` columns.
[[nodiscard]] std::string cut_to(std::string_view text, int width);

}  // namespace kai::app
