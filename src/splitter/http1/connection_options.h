// The Connection field (RFC 9110 §7.6.1): what it says of the connection, and which fields it ends.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "splitter/http1/field.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

// Reads all Connection fields of `fields`, whose ids are set, and marks the fields they name. A
// reason: not a list of tokens, or a protected field is named.
[[nodiscard]] std::optional<Refusal> read_connection_options(std::span<Field> fields,
                                                             ConnectionOptions& options);

}  // namespace kai::splitter
