// JSON (RFC 8259) to a Tree and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"

namespace kai::codec {

struct JsonLimits {
  std::size_t depth_max = 64;                      // lists and maps inside each other
  std::size_t bytes_max = std::size_t{64} << 20U;  // of the text
  std::size_t nodes_max = 4'000'000;   // values; a byte of text can cost 50 bytes of memory
  bool refuses_repeated_keys = false;  // for what people write: of two equal keys one is a mistake
};

// One JSON text and nothing after it. Integers within int64 stay integers, all others become
// doubles. Of two equal keys the last one wins, unless they are refused. malformed (with the
// position): not JSON, not UTF-8, a number beyond the range of a double, or over a limit.
[[nodiscard]] Result<Tree> parse_json(std::string_view text, JsonLimits limits = {});

// The line, from 1, on which the value at an RFC 6901 pointer begins; 0 if nothing is there. `text`
// is what parse_json() took.
[[nodiscard]] std::uint32_t json_line_of(std::string_view text, std::string_view pointer);

// The writers keep the tree's values: what they write parses to an equal tree, but for NaN and
// infinity (written as null) and text that is not UTF-8 (each bad byte becomes U+FFFD). A double
// always has "." or "e", so it stays one.
[[nodiscard]] std::string write_json(const Tree& tree);  // compact, keys in the order of the tree
[[nodiscard]] std::string write_json_pretty(
    const Tree& tree);  // two spaces per level, ends without a line break
// Compact with sorted keys (by bytes): equal trees give equal bytes. For digests and comparison.
[[nodiscard]] std::string canonical_json(const Tree& tree);

}  // namespace kai::codec
