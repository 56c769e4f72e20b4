#include "splitter/http1/connection_options.h"

#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/list.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

// Options that every proxy takes out anyway need no search through the fields.
bool read_common(std::string_view option, ConnectionOptions& options) {
  if (equals_lower(option, "keep-alive")) {
    options.keep_alive = true;
  } else if (equals_lower(option, "close")) {
    options.close = true;
  } else if (equals_lower(option, "upgrade")) {
    options.upgrade = true;
  } else {
    return equals_lower(option, "te");
  }
  return true;
}

std::optional<Refusal> read_option(std::string_view option, std::span<Field> fields,
                                   ConnectionOptions& options) {
  if (!is_token(option)) return Refusal::bad_connection;
  if (read_common(option, options)) return {};
  if (is_protected(classify_field_name(option).id)) return Refusal::protected_option;
  for (Field& field : fields) {
    if (equals_in_any_case(field.name, option)) field.named_by_connection = true;
  }
  return {};
}

}  // namespace

std::optional<Refusal> read_connection_options(std::span<Field> fields,
                                               ConnectionOptions& options) {
  for (const Field& field : fields) {
    if (field.id != FieldId::connection) continue;
    ListReader list(field.value);
    std::string_view option;
    while (list.next(option)) {
      if (const auto refusal = read_option(option, fields, options)) return refusal;
    }
  }
  return {};
}

}  // namespace kai::splitter
