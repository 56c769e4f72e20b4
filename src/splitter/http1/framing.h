// Body framing (RFC 9112 §6): what the framing fields of a head say, before anybody looks at the
// method or the status.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

// 1-19 digits, at most 2^63-1, nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view text);

// The framing that `fields` (ids set) declare: length, chunked, or none when they are silent. A
// reason: both fields, either twice, or any value that two readers could take in two ways.
[[nodiscard]] std::expected<Body, Refusal> declared_body(std::span<const Field> fields,
                                                         HttpVersion version);

}  // namespace kai::splitter
