#include "app/screen/line.h"

#include <algorithm>

#include "codec/quote.h"
#include "codec/utf8.h"

namespace kai::app {
namespace {

constexpr std::size_t key_columns = 10;

// Wide and full-width blocks (Unicode UAX #11, rounded up to whole blocks: too wide is cut early,
// too narrow would break the line).
bool is_wide(char32_t code) {
  return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
         (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
         (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
         (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) ||
         (code >= 0x20000 && code <= 0x3FFFD);
}

// Calls take(bytes, columns) for each character until it answers false.
template <typename F>
void each_character(std::string_view text, F take) {
  while (!text.empty()) {
    const codec::Utf8Char character = codec::first_char(text);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (!take(text.substr(0, size), is_wide(character.code) ? 2 : 1)) return;
    text.remove_prefix(size);
  }
}

// A terminal that does not speak UTF-8 may take a byte of it for the start of a command.
std::string ascii_of(const std::string& text) {
  std::string ascii;
  each_character(text, [&](std::string_view bytes, int) {
    if (bytes.size() == 1) {
      ascii += bytes;
    } else {
      ascii += '?';
    }
    return true;
  });
  return ascii;
}

void drop_trailing_blanks(Line& line) {
  while (!line.empty()) {
    std::string& last = line.back().text;
    last.erase(last.find_last_not_of(' ') + 1);
    if (!last.empty()) return;
    line.pop_back();
  }
}

// The first part of `text` that fits, up to a blank where there is one; takes it off.
std::string take_part(std::string_view& text, int width) {
  std::string part = cut_to(text, width);
  const std::size_t blank = part.rfind(' ');
  if (part.size() < text.size() && text[part.size()] != ' ' && blank != std::string::npos &&
      blank > 0)
    part.erase(blank);
  text.remove_prefix(part.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return part;
}

}  // namespace

int columns_of(std::string_view text) {
  int columns = 0;
  each_character(text, [&](std::string_view, int wide) {
    columns += wide;
    return true;
  });
  return columns;
}

std::string cut_to(std::string_view text, int width) {
  std::string kept;
  int columns = 0;
  each_character(text, [&](std::string_view bytes, int wide) {
    columns += wide;
    if (columns > width) return false;
    kept += bytes;
    return true;
  });
  return kept;
}

std::string text_of(const Line& line, const Look& look) {
  Line safe;
  int left = look.width;
  for (const Span& span : line) {
    std::string text = codec::printable(span.text);
    if (!look.utf8) text = ascii_of(text);
    if (look.width > 0) text = cut_to(text, left);
    left -= columns_of(text);
    safe.push_back({std::move(text), span.colour});
  }
  drop_trailing_blanks(safe);
  std::string text;
  for (const Span& span : safe) text += look.colour ? paint(span.colour, span.text) : span.text;
  return text;
}

std::string text_of(const Lines& lines, const Look& look) {
  std::string text;
  for (const Line& line : lines) text += text_of(line, look) + "\n";
  return text;
}

Lines keyed(std::string_view key, const std::string& text, Colour colour, int width,
            int lines_max) {
  std::string start(key);
  start.resize(std::max(key_columns, start.size() + 1), ' ');
  const std::string safe = codec::printable(text);
  const int room = width == 0 ? 0 : std::max(width - static_cast<int>(start.size()), 1);
  if (room == 0 || columns_of(safe) <= room) return {{{start}, {safe, colour}}};
  Lines lines;
  std::string_view rest = safe;
  while (!rest.empty() && std::ssize(lines) < lines_max) {
    lines.push_back({{start}, {take_part(rest, room), colour}});
    start.assign(start.size(), ' ');
  }
  if (!rest.empty()) {
    std::string& last = lines.back()[1].text;
    last = cut_to(last, std::max(room - 3, 0)) + "...";
  }
  return lines;
}

Line headline(const std::string& sentence, Colour colour) {
  std::size_t end = 0;
  while (end < sentence.size() &&
         ((sentence[end] >= 'A' && sentence[end] <= 'Z') || sentence[end] == ' '))
    ++end;
  // "ROLLBACK after": the blank before the first small letter is no part of it.
  while (end > 0 && sentence[end - 1] == ' ') --end;
  return {{sentence.substr(0, end), colour}, {sentence.substr(end)}};
}

}  // namespace kai::app
