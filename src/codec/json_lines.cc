#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "codec/json.h"

namespace kai::codec {
namespace {

// Walks over a text that is known to be JSON and counts lines; knows at each value the pointer to
// it.
class LineFinder {
 public:
  LineFinder(std::string_view text, std::string_view pointer) : text_(text), pointer_(pointer) {}

  std::uint32_t find() {
    while (at_ < text_.size()) {
      if (is_value_next() && pointer_here() == pointer_) return line_;
      step();
    }
    return 0;
  }

 private:
  struct Frame {
    bool is_map = false;
    bool wants_key = false;  // of a map: the next text is a key
    std::size_t index = 0;   // of a list
    std::string key;         // of a map
  };

  // A value, not a key, begins at this octet.
  [[nodiscard]] bool is_value_next() const {
    constexpr std::string_view elsewhere = " \t\r\n,:]}";
    if (elsewhere.contains(text_[at_])) return false;
    return frames_.empty() || !frames_.back().wants_key;
  }

  [[nodiscard]] std::string pointer_here() const {
    std::string pointer;
    for (const Frame& frame : frames_) {
      pointer += "/" + (frame.is_map ? escape_pointer(frame.key) : std::to_string(frame.index));
    }
    return pointer;
  }

  // One octet of structure or blank, one text, or one number or word.
  void step() {
    switch (text_[at_]) {
      case '{':
        return open({.is_map = true, .wants_key = true});
      case '[':
        return open({});
      case '}':
      case ']':
        frames_.pop_back();
        break;
      case ',':
        if (frames_.back().is_map) frames_.back().wants_key = true;
        frames_.back().index += 1;
        break;
      case '\n':
        line_ += 1;
        break;
      case '"':
        return pass_text();
      default:
        break;  // blanks, colons, the octets of numbers and words
    }
    // Within a number or word the rest of it is no value of its own.
    constexpr std::string_view ends = " \t\r\n,:]}[{\"";
    const bool is_word = !ends.contains(text_[at_]);
    at_ = is_word ? std::min(text_.find_first_of(ends, at_), text_.size()) : at_ + 1;
  }

  void open(Frame frame) {
    frames_.push_back(std::move(frame));
    at_ += 1;
  }

  void pass_text() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"')
      end += text_[end] == '\\' ? std::size_t{2} : std::size_t{1};
    const std::string_view literal = text_.substr(at_, end + 1 - at_);
    at_ = std::min(end + 1, text_.size());
    if (frames_.empty() || !frames_.back().wants_key) return;
    const Result<Tree> key = parse_json(literal);
    if (key && key->as_text() != nullptr) frames_.back().key = *key->as_text();
    frames_.back().wants_key = false;
  }

  std::string_view text_;
  std::string_view pointer_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::vector<Frame> frames_;
};

}  // namespace

std::uint32_t json_line_of(std::string_view text, std::string_view pointer) {
  return LineFinder(text, pointer).find();
}

}  // namespace kai::codec
