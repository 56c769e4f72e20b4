#include "base/error.h"

namespace kai {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::rejected:
      return "rejected";
    case ErrorKind::no_data:
      return "no_data";
    case ErrorKind::malformed:
      return "malformed";
  }
  return "malformed";
}

Error in_context(std::string_view where, Error error) {
  error.message.insert(0, ": ");
  error.message.insert(0, where);
  return error;
}

}  // namespace kai
