#include "net/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace kai::net {
namespace {

std::unexpected<Error> failure(const std::string& path, int number) {
  switch (number) {
    case ENOENT:
      return fail(ErrorKind::unavailable, "there is no socket " + path);
    case ECONNREFUSED:
      return fail(ErrorKind::unavailable, "nobody listens on " + path);
    case EAGAIN:
      return fail(ErrorKind::unavailable, "too many wait for a connection to " + path);
    case EACCES:
    case EPERM:
      return fail(ErrorKind::rejected, "this user may not connect to " + path);
    default:
      return fail(ErrorKind::unavailable,
                  "connecting to " + path + ": " + std::generic_category().message(number));
  }
}

}  // namespace

Result<int> connect_unix(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path || path.contains('\0')) {
    return fail(ErrorKind::rejected, "the path of a socket has 1 to " +
                                         std::to_string(sizeof address.sun_path - 1) +
                                         " bytes: " + path);
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return failure(path, errno);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  const int number = errno;
  ::close(socket);
  return failure(path, number);
}

}  // namespace kai::net
