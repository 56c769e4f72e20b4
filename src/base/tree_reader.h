// TreeReader: fields of a map, each required to be there and of its kind; the first that is not is
// remembered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"

namespace kai {

class TreeReader {
 public:
  // `tree` outlives the reader; `what` is named in the error.
  TreeReader(const Tree& tree, std::string_view what) : tree_(tree), what_(what) {}

  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::int64_t whole(std::string_view key);
  [[nodiscard]] std::uint64_t count(std::string_view key);  // whole and >= 0
  [[nodiscard]] double number(std::string_view key);
  [[nodiscard]] bool yes_no(std::string_view key);
  [[nodiscard]] Duration duration(std::string_view key);  // whole nanoseconds >= 0
  [[nodiscard]] WallTime time(std::string_view key);      // RFC 3339
  [[nodiscard]] const Tree& any(std::string_view key);    // null node when absent: no mistake
  [[nodiscard]] const Tree::List& list(std::string_view key);
  [[nodiscard]] const Tree& map(std::string_view key);

  void mistake(std::string_view key, std::string_view wanted);
  [[nodiscard]] bool is_good() const { return error_.empty(); }
  [[nodiscard]] Error error() const;  // `malformed`

 private:
  [[nodiscard]] const Tree* find(std::string_view key, std::string_view wanted);

  const Tree& tree_;
  std::string what_;
  std::string error_;
};

}  // namespace kai
