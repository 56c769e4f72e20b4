#include "app/screen/json_path.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "codec/json.h"
#include "codec/quote.h"

namespace kai::app {
namespace {

constexpr std::string_view what_works =
    "; what works: text, {.a.b}, {.list[0]}, {.list[*].c}, {.a['b']}, {\"\\n\"}, {range "
    ".list[*]}...{end}";

std::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorKind::rejected, "jsonpath: " + what + std::string(what_works));
}

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// A double without the ".0" that only a parser needs.
std::string scalar_text(const Tree& tree) {
  if (const auto* text = tree.as_text()) return codec::printable(*text);
  if (const auto* real = tree.as_double()) return fmt::format("{}", *real);
  return codec::printable(codec::write_json(tree));
}

std::string joined(const std::vector<const Tree*>& found) {
  std::string text;
  for (const Tree* const tree : found) text += (text.empty() ? "" : " ") + scalar_text(*tree);
  return text;
}

}  // namespace

class JsonPath::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<std::vector<Part>> run() {
    while (!rest_.empty()) {
      const std::size_t brace = rest_.find('{');
      if (brace > 0) parts_.push_back({.text = std::string(rest_.substr(0, brace))});
      if (brace == std::string_view::npos) break;
      rest_.remove_prefix(brace + 1);
      if (const auto taken = take_braces(); !taken) return std::unexpected(taken.error());
    }
    if (in_range_) return refuse("{range} without {end}");
    const auto is_text = [](const Part& part) { return part.kind == Part::Kind::text; };
    if (std::ranges::all_of(parts_, is_text))
      return refuse("no path in it; put it into braces, as in '{.phase}'");
    return std::move(parts_);
  }

 private:
  // Behind "{" up to its "}".
  Result<Unit> take_braces() {
    skip_blanks();
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      if (auto taken = take_literal(); !taken) return taken;
    } else if (take_word("end")) {
      if (!std::exchange(in_range_, false)) return refuse("{end} without {range}");
      parts_.push_back({.kind = Part::Kind::end, .text = {}, .steps = {}});
    } else {
      const bool range = take_word("range");
      if (range && std::exchange(in_range_, true)) return refuse("a {range} inside another");
      skip_blanks();
      auto steps = take_steps();
      if (!steps) return std::unexpected(steps.error());
      parts_.push_back({.kind = range ? Part::Kind::range : Part::Kind::path,
                        .text = {},
                        .steps = std::move(*steps)});
    }
    skip_blanks();
    if (rest_.empty()) return refuse("a '{' without its '}'");
    if (!rest_.starts_with('}')) return refuse("cannot read " + codec::quote(rest_, 40));
    rest_.remove_prefix(1);
    return Unit{};
  }

  Result<Unit> take_literal() {
    const char quote = rest_.front();
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        parts_.push_back({.text = std::move(text)});
        return Unit{};
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) {
        ++i;
        text += rest_[i] == 'n' ? '\n' : rest_[i] == 't' ? '\t' : rest_[i];
      } else {
        text += rest_[i];
      }
    }
    return refuse("a text without its end: " + codec::quote(rest_, 40));
  }

  Result<std::vector<Step>> take_steps() {
    std::vector<Step> steps;
    const std::string_view all = rest_;
    if (rest_.starts_with('$') || rest_.starts_with('@')) rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '}' && rest_.front() != ' ') {
      const bool taken = rest_.front() == '.' ? take_key(steps) : take_bracket(steps);
      if (!taken) return refuse("cannot read " + codec::quote(all, 40));
    }
    if (rest_.data() == all.data()) return refuse("an empty path");
    return steps;
  }

  // ".a"; "." alone is the whole.
  bool take_key(std::vector<Step>& steps) {
    rest_.remove_prefix(1);
    const auto* const end = std::ranges::find_if_not(rest_, is_key_character);
    const std::string_view key(rest_.begin(), end);
    const bool whole = steps.empty() && (rest_.starts_with('}') || rest_.starts_with('['));
    if (key.empty()) return whole;
    rest_.remove_prefix(key.size());
    steps.emplace_back(std::string(key));
    return true;
  }

  // "[0]", "[-1]", "[*]", "['a']".
  bool take_bracket(std::vector<Step>& steps) {
    const std::size_t end = rest_.find(']');
    if (!rest_.starts_with('[') || end == std::string_view::npos) return false;
    const std::string_view inside = rest_.substr(1, end - 1);
    const bool quoted = inside.size() > 2 && inside.front() == '\'' && inside.back() == '\'';
    std::int64_t index = 0;
    const auto number = std::from_chars(inside.data(), inside.data() + inside.size(), index);
    const bool whole = number.ec == std::errc{} && number.ptr == inside.data() + inside.size();
    if (inside == "*") {
      steps.emplace_back(All{});
    } else if (quoted) {
      steps.emplace_back(std::string(inside.substr(1, inside.size() - 2)));
    } else if (whole) {
      steps.emplace_back(index);
    } else {
      return false;
    }
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool take_word(std::string_view word) {
    const bool is_it = rest_.starts_with(word) && rest_.size() > word.size() &&
                       (rest_[word.size()] == ' ' || rest_[word.size()] == '}');
    if (is_it) rest_.remove_prefix(word.size());
    return is_it;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string_view rest_;
  std::vector<Part> parts_;
  bool in_range_ = false;
};

Result<JsonPath> JsonPath::parse(std::string_view text) {
  if (text.size() > json_path_bytes_max)
    return refuse(fmt::format("longer than {} bytes", json_path_bytes_max));
  auto parts = Parser(text).run();
  if (!parts) return std::unexpected(parts.error());
  JsonPath path;
  path.parts_ = std::move(*parts);
  return path;
}

std::vector<const Tree*> JsonPath::find(const Tree& from, const std::vector<Step>& steps) {
  std::vector<const Tree*> found{&from};
  for (const Step& step : steps) {
    std::vector<const Tree*> next;
    for (const Tree* const tree : found) {
      const auto* const list = tree->as_list();
      const auto* const map = tree->as_map();
      if (const auto* const key = std::get_if<std::string>(&step)) {
        if (const Tree* const value = map != nullptr ? tree->get(*key) : nullptr)
          next.push_back(value);
      } else if (const auto* const index = std::get_if<std::int64_t>(&step)) {
        const std::int64_t size = list != nullptr ? std::ssize(*list) : 0;
        const std::int64_t at = *index < 0 ? size + *index : *index;
        if (at >= 0 && at < size) next.push_back(&(*list)[static_cast<std::size_t>(at)]);
      } else if (list != nullptr) {
        for (const Tree& item : *list) next.push_back(&item);
      } else if (map != nullptr) {
        for (const auto& [name, item] : *map) next.push_back(&item);
      }
    }
    found = std::move(next);
  }
  return found;
}

// The parts from `from` up to the next {end}, for one item of a range.
void JsonPath::append(std::string& out, const Tree& tree, std::size_t from) const {
  for (std::size_t i = from; parts_[i].kind != Part::Kind::end; ++i) {
    const Part& part = parts_[i];
    out += part.kind == Part::Kind::text ? part.text : joined(find(tree, part.steps));
  }
}

std::string JsonPath::text_from(const Tree& tree) const {
  std::string out;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.kind == Part::Kind::text) out += part.text;
    if (part.kind == Part::Kind::path) out += joined(find(tree, part.steps));
    if (part.kind != Part::Kind::range) continue;
    std::size_t end = i + 1;
    while (parts_[end].kind != Part::Kind::end) ++end;  // the parser saw that there is one
    for (const Tree* const item : find(tree, part.steps)) append(out, *item, i + 1);
    i = end;
  }
  return out;
}

}  // namespace kai::app
