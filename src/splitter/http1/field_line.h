// The grammar of one field line (RFC 9112 §5), for heads and trailers.
#pragma once

#include <cstddef>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

struct FieldLineStep {
  Progress progress = Progress::need_more;
  Refusal refusal = Refusal::bad_field_name;  // when refused
  std::size_t line_bytes = 0;                 // when complete: line with its CRLF
  Field field;                                // when complete: name and value only, id not set
};

// Reads the line at the beginning of `input`, which is not an empty line. At most `bytes_max` bytes
// (without CRLF), else field_too_long. The first octet that is wrong decides, so the result does
// not depend on how the input was cut.
[[nodiscard]] FieldLineStep parse_field_line(std::string_view input, std::size_t bytes_max);

}  // namespace kai::splitter
