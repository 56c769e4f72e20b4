// Who the client is behind trusted proxies: the entries of X-Forwarded-For from the right.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"

namespace kai::splitter {

// Entries of all X-Forwarded-For fields, the last of the last field first. The caller asks for
// entries as long as the one before was a trusted proxy; the first that is not is the client. An
// entry is text as received, without blanks, and may be anything.
class ForwardedForReader {
 public:
  explicit ForwardedForReader(std::span<const Field> fields) : fields_(fields) {}

  // Nothing when there are no more. Empty entries are skipped.
  [[nodiscard]] std::optional<std::string_view> previous();

 private:
  std::span<const Field> fields_;  // not yet looked at, but for `rest_`
  std::string_view rest_;          // of the field being read
};

}  // namespace kai::splitter
