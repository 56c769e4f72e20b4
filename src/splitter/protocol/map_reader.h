// Reads a JSON map key by key: what is missing, of another kind, out of range or unknown becomes a
// finding, and reading goes on with a harmless value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "splitter/protocol/findings.h"

namespace kai::splitter {

// A place in a document: the value there and the pointer to it.
struct Place {
  const Tree& tree;
  std::string pointer;
};

struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

class MapReader {
 public:
  // A finding if the value is no map; everything is missing then, and not told again. `place` and
  // `findings` outlive the reader.
  MapReader(const Place& place, Findings& findings);

  // Required: a finding if it is missing. An empty text is refused.
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::int64_t whole(std::string_view key, Range range);
  // Optional: `otherwise` if it is missing or null.
  [[nodiscard]] std::string text_or(std::string_view key, std::string_view otherwise);
  [[nodiscard]] std::int64_t whole_or(std::string_view key, Range range, std::int64_t otherwise);
  [[nodiscard]] bool yes_no_or(std::string_view key, bool otherwise);

  // Lists and maps: nothing if missing or null.
  [[nodiscard]] std::vector<Place> list(std::string_view key, std::size_t size_max);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::size_t size_max);
  [[nodiscard]] std::optional<Place> map(std::string_view key);
  // {"name": "text", ...}
  struct NamedText {
    std::string name;
    std::string text;
  };
  [[nodiscard]] std::vector<NamedText> named_texts(std::string_view key, std::size_t size_max);

  [[nodiscard]] bool has(std::string_view key) const;  // present and not null
  // A finding at `key`, or at this map for "".
  void mistake(std::string_view key, std::string message);
  // Known, but not built yet: a finding unless it is missing or null.
  void not_yet(std::string_view key);
  // After the last key: each one that nobody has asked for is a finding.
  void finish();

 private:
  [[nodiscard]] const Tree* find(std::string_view key);
  [[nodiscard]] const Tree* need(std::string_view key);
  [[nodiscard]] std::string pointer_to(std::string_view key) const;
  [[nodiscard]] std::int64_t checked_whole(const Tree& value, std::string_view key, Range range);

  const Place& place_;
  Findings& findings_;
  bool is_map_ = false;
  std::vector<std::string> asked_;
};

}  // namespace kai::splitter
