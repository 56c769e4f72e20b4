// A sealed file: JSON behind a line with its digest, replaced as a whole. What comes out is what
// went in, or an error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"
#include "os/disk.h"

namespace kai::edges {

struct Sealed {
  Tree content;
  std::string digest;  // SHA-256 in hexadecimal, of the content as it was written
};

// Two lines: `{"sha256":"..."}`, and the content.
[[nodiscard]] std::string seal(const Tree& content);
// `malformed`: cut off, changed, or never sealed.
[[nodiscard]] Result<Sealed> unseal(std::string_view bytes);

struct SealedPlace {
  std::string path;
  std::size_t bytes_max = 0;  // of the content
};

// Empty: there is no such file. Errors name it: `malformed` as unseal(), else as os::Disk::read.
[[nodiscard]] Result<std::optional<Sealed>> read_sealed(os::Disk& disk, const SealedPlace& place);

// The digest of what was written. `rejected` when it is longer than `bytes_max`; after
// `unavailable` the old content or the new one is there.
[[nodiscard]] Result<std::string> replace_sealed(os::Disk& disk, const SealedPlace& place,
                                                 const Tree& content);

}  // namespace kai::edges
