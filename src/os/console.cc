#include "os/console.h"

#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kai::os {
namespace {

int number_of(Standard stream) {
  switch (stream) {
    case Standard::input:
      return STDIN_FILENO;
    case Standard::output:
      return STDOUT_FILENO;
    case Standard::error:
      return STDERR_FILENO;
  }
  return STDERR_FILENO;
}

bool wait_until_writable(int descriptor) {
  pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&waiting, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace

bool is_terminal(Standard stream) { return ::isatty(number_of(stream)) == 1; }

std::optional<int> terminal_columns(Standard stream) {
  winsize size{};
  if (::ioctl(number_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

bool print(Standard stream, std::string_view bytes) {
  const int descriptor = number_of(stream);
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait_until_writable(descriptor)) return false;
  }
  return true;
}

}  // namespace kai::os
