#include "os/file_errors.h"

#include <cerrno>

#include "os/descriptor.h"

namespace kai::os {

ErrorKind file_error_kind(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::no_data;
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case ELOOP:
    case EEXIST:
    case ENAMETOOLONG:
    case EINVAL:
    case ENXIO:
      return ErrorKind::rejected;
    default:
      return ErrorKind::unavailable;
  }
}

std::unexpected<Error> file_error(std::string_view what, const std::string& path,
                                  int error_number) {
  return fail(file_error_kind(error_number),
              std::string(what) + " " + path + ": " + error_text(error_number));
}

std::unexpected<Error> make_error(std::string_view what, const std::string& path,
                                  int error_number) {
  const ErrorKind kind = file_error_kind(error_number);
  return fail(kind == ErrorKind::no_data ? ErrorKind::rejected : kind,
              std::string(what) + " " + path + ": " + error_text(error_number));
}

}  // namespace kai::os
