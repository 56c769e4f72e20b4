// What an error number of a call on a file means to the caller.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kai::os {

// What a person must change is `rejected`, what is simply not there `no_data`, and what may pass
// `unavailable`.
[[nodiscard]] ErrorKind file_error_kind(int error_number);

// "reading /a/b: No such file or directory".
[[nodiscard]] std::unexpected<Error> file_error(std::string_view what, const std::string& path,
                                                int error_number);

// Of a file or directory to be made: absence is the absence of its directory, a person's matter,
// and so `rejected`.
[[nodiscard]] std::unexpected<Error> make_error(std::string_view what, const std::string& path,
                                                int error_number);

}  // namespace kai::os
