#include "edges/helm/volatile_values.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "codec/base64.h"

namespace kai::edges {
namespace {

using Lines = std::vector<std::string_view>;

// With their line breaks: joined, they are the text again.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

bool is_pem(const Lines& lines) {
  return !lines.empty() && lines.front().starts_with("-----BEGIN ");
}

// A value that is made up as a whole has no line that stays, but for the frame of a certificate,
// which also varies in length.
bool is_one_value(const Lines& one, const Lines& again) {
  if (is_pem(one) && is_pem(again)) return true;
  if (one.size() != again.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i] == again[i]) return false;
  }
  return true;
}

std::string kept_text(std::string_view one, std::string_view again, std::string_view stable) {
  const Lines ours = lines_of(one);
  const Lines others = lines_of(again);
  const Lines before = lines_of(stable);
  if (is_one_value(ours, others)) return std::string(stable);
  // More than values has changed, or which lines are the same is not known.
  if (before.size() != ours.size() || others.size() != ours.size()) return std::string(one);
  std::string text;
  for (std::size_t i = 0; i < ours.size(); ++i) text += ours[i] == others[i] ? ours[i] : before[i];
  return text;
}

bool is_encoded(const Tree& object, std::string_view pointer) {
  const bool secret = object.text_or("/kind", "") == "Secret";
  return pointer.starts_with("/binaryData/") || (secret && pointer.starts_with("/data/"));
}

Tree kept_value(TwoRenders values, const Tree& stable, bool encoded) {
  const std::string* const one = values.one.as_text();
  const std::string* const again = values.again.as_text();
  const std::string* const before = stable.as_text();
  if (one == nullptr || again == nullptr || before == nullptr) return stable;
  if (!encoded) return kept_text(*one, *again, *before);
  const auto plain_one = codec::base64_decode_lines(*one);
  const auto plain_again = codec::base64_decode_lines(*again);
  const auto plain_before = codec::base64_decode_lines(*before);
  if (!plain_one || !plain_again || !plain_before) return stable;
  const std::string kept = kept_text(*plain_one, *plain_again, *plain_before);
  return kept == *plain_before ? *before : codec::base64_encode(kept);
}

const Tree* named(const Tree& list, const std::string& name) {
  if (list.as_list() == nullptr) return nullptr;
  const auto found = std::ranges::find_if(
      *list.as_list(), [&](const Tree& item) { return item.text_or("/name", "") == name; });
  return found == list.as_list()->end() ? nullptr : &*found;
}

// Where stable has what `object` has at `pointer`. A variable may stand at another position there.
const Tree* place_in(const Tree& stable, const Tree& object, std::string_view pointer) {
  const Tree* there = &stable;
  const Tree* here = &object;
  while (!pointer.empty() && there != nullptr && here != nullptr) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string step(pointer.substr(0, end));
    pointer.remove_prefix(end);
    const bool list = here->as_list() != nullptr;
    here = here->at(step);
    const std::string* const name = here == nullptr || !list ? nullptr : here->text_at("/name");
    there = name == nullptr ? there->at(step) : named(*there, *name);
  }
  return here == nullptr ? nullptr : there;
}

}  // namespace

Tree with_stable_values(TwoRenders renders, const Tree& stable,
                        const std::vector<std::string>& pointers) {
  Tree kept = renders.one;
  for (const std::string& pointer : pointers) {
    if (pointer.empty()) continue;  // the object itself is in one render only
    const Tree* const again = renders.again.at(pointer);
    const Tree* const before = place_in(stable, renders.one, pointer);
    Tree* const place = kept.at(pointer);
    if (again == nullptr || before == nullptr || place == nullptr) continue;
    *place =
        kept_value({.one = *place, .again = *again}, *before, is_encoded(renders.one, pointer));
  }
  return kept;
}

}  // namespace kai::edges
