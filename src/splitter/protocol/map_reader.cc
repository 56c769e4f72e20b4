#include "splitter/protocol/map_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "codec/quote.h"
#include "splitter/protocol/findings.h"

namespace kai::splitter {
namespace {

std::string range_text(Range range) {
  return "a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max);
}

}  // namespace

MapReader::MapReader(const Place& place, Findings& findings)
    : place_(place), findings_(findings), is_map_(place.tree.as_map() != nullptr) {
  if (!is_map_) findings_.add(place_.pointer, "must be a map");
}

std::string MapReader::pointer_to(std::string_view key) const {
  return place_.pointer + "/" + escape_pointer(key);
}

const Tree* MapReader::find(std::string_view key) {
  asked_.emplace_back(key);
  const Tree* const value = place_.tree.get(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Tree* MapReader::need(std::string_view key) {
  const Tree* const value = find(key);
  if (value == nullptr && is_map_) mistake("", "lacks '" + std::string(key) + "'");
  return value;
}

bool MapReader::has(std::string_view key) const {
  const Tree* const value = place_.tree.get(key);
  return value != nullptr && !value->is_null();
}

void MapReader::mistake(std::string_view key, std::string message) {
  findings_.add(key.empty() ? place_.pointer : pointer_to(key), std::move(message));
}

void MapReader::not_yet(std::string_view key) {
  if (find(key) != nullptr) mistake(key, "not yet: this version cannot do it");
}

std::string MapReader::text(std::string_view key) {
  const Tree* const value = need(key);
  if (value == nullptr) return {};
  const std::string* const text = value->as_text();
  if (text == nullptr || text->empty()) {
    mistake(key, "must be a text that is not empty");
    return {};
  }
  return *text;
}

std::string MapReader::text_or(std::string_view key, std::string_view otherwise) {
  return has(key) ? text(key) : (asked_.emplace_back(key), std::string(otherwise));
}

std::int64_t MapReader::checked_whole(const Tree& value, std::string_view key, Range range) {
  const std::int64_t* const number = value.as_int();
  if (number != nullptr && *number >= range.min && *number <= range.max) return *number;
  mistake(key, "must be " + range_text(range));
  return range.min;
}

std::int64_t MapReader::whole(std::string_view key, Range range) {
  const Tree* const value = need(key);
  return value == nullptr ? range.min : checked_whole(*value, key, range);
}

std::int64_t MapReader::whole_or(std::string_view key, Range range, std::int64_t otherwise) {
  const Tree* const value = find(key);
  return value == nullptr ? otherwise : checked_whole(*value, key, range);
}

bool MapReader::yes_no_or(std::string_view key, bool otherwise) {
  const Tree* const value = find(key);
  if (value == nullptr) return otherwise;
  if (const bool* const yes_no = value->as_bool()) return *yes_no;
  mistake(key, "must be true or false");
  return otherwise;
}

std::vector<Place> MapReader::list(std::string_view key, std::size_t size_max) {
  const Tree* const value = find(key);
  if (value == nullptr) return {};
  const Tree::List* const entries = value->as_list();
  if (entries == nullptr) {
    mistake(key, "must be a list");
    return {};
  }
  if (entries->size() > size_max) {
    mistake(key, "has " + std::to_string(entries->size()) + " entries; at most " +
                     std::to_string(size_max) + " are possible");
    return {};
  }
  std::vector<Place> places;
  for (const Tree& entry : *entries) {
    places.push_back(
        {.tree = entry, .pointer = pointer_to(key) + "/" + std::to_string(places.size())});
  }
  return places;
}

std::vector<std::string> MapReader::texts(std::string_view key, std::size_t size_max) {
  std::vector<std::string> texts;
  for (const Place& place : list(key, size_max)) {
    const std::string* const text = place.tree.as_text();
    if (text == nullptr || text->empty()) {
      findings_.add(place.pointer, "must be a text that is not empty");
    }
    // Kept in any case: the index of a text is its index in the document.
    texts.push_back(text == nullptr ? std::string() : *text);
  }
  return texts;
}

std::optional<Place> MapReader::map(std::string_view key) {
  const Tree* const value = find(key);
  if (value == nullptr) return std::nullopt;
  return Place{.tree = *value, .pointer = pointer_to(key)};
}

std::vector<MapReader::NamedText> MapReader::named_texts(std::string_view key,
                                                         std::size_t size_max) {
  const std::optional<Place> place = map(key);
  if (!place) return {};
  const Tree::Map* const entries = place->tree.as_map();
  if (entries == nullptr || entries->empty() || entries->size() > size_max) {
    mistake(key, "must be a map of 1 to " + std::to_string(size_max) + " texts");
    return {};
  }
  std::vector<NamedText> result;
  for (const auto& [name, value] : *entries) {
    const std::string* const text = value.as_text();
    if (text == nullptr) {
      findings_.add(place->pointer + "/" + escape_pointer(name), "must be a text");
      continue;
    }
    result.push_back({.name = name, .text = *text});
  }
  return result;
}

void MapReader::finish() {
  if (!is_map_) return;
  for (const auto& [key, value] : *place_.tree.as_map()) {
    if (std::ranges::find(asked_, key) != asked_.end()) continue;
    findings_.add(pointer_to(key), "unknown key " + codec::quote(key));
  }
}

}  // namespace kai::splitter
