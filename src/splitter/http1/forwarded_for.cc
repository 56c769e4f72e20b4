#include "splitter/http1/forwarded_for.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/octets.h"

namespace kai::splitter {

std::optional<std::string_view> ForwardedForReader::previous() {
  while (true) {
    while (!rest_.empty()) {
      const std::size_t comma = rest_.rfind(',');
      const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
      const std::string_view entry = without_outer_blanks(rest_.substr(begin));
      rest_ = begin == 0 ? std::string_view() : rest_.substr(0, comma);
      if (!entry.empty()) return entry;
    }
    if (fields_.empty()) return {};
    const Field& last = fields_.back();
    fields_ = fields_.first(fields_.size() - 1);
    if (last.id == FieldId::x_forwarded_for && !last.twin) rest_ = last.value;
  }
}

}  // namespace kai::splitter
