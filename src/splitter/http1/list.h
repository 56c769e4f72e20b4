// Comma-separated lists in field values (RFC 9110 §5.6.1): empty elements are allowed and skipped.
#pragma once

#include <cstddef>
#include <string_view>

#include "splitter/http1/octets.h"

namespace kai::splitter {

// Takes the elements off the front one by one, without outer white space.
class ListReader {
 public:
  explicit ListReader(std::string_view list) : rest_(list) {}

  // The next element that is not empty; false when there is none.
  [[nodiscard]] bool next(std::string_view& element) {
    while (!rest_.empty()) {
      const std::size_t comma = rest_.find(',');
      element = without_outer_blanks(rest_.substr(0, comma));
      rest_ = comma == std::string_view::npos ? std::string_view() : rest_.substr(comma + 1);
      if (!element.empty()) return true;
    }
    return false;
  }

 private:
  std::string_view rest_;
};

}  // namespace kai::splitter
