#include "os/descriptor.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace kai::os {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  close();
  number_ = std::exchange(other.number_, -1);
  return *this;
}

void Descriptor::close() {
  // Never repeated on EINTR: on Linux the descriptor is gone in any case.
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string error_text(int error_number) { return std::generic_category().message(error_number); }

}  // namespace kai::os
