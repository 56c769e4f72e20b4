#include "splitter/loop/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/check.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/route/address.h"

namespace kai::splitter {
namespace {

// The kernel's form of an address.
struct RawAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

RawAddress raw_of(const SocketAddress& address) {
  RawAddress raw;
  if (address.ip.family == AddressFamily::ipv4) {
    sockaddr_in ipv4{.sin_family = AF_INET, .sin_port = htons(address.port)};
    std::memcpy(&ipv4.sin_addr, address.ip.octets.data(), sizeof ipv4.sin_addr);
    std::memcpy(&raw.storage, &ipv4, sizeof ipv4);
    raw.size = sizeof ipv4;
    return raw;
  }
  sockaddr_in6 ipv6{.sin6_family = AF_INET6, .sin6_port = htons(address.port)};
  std::memcpy(&ipv6.sin6_addr, address.ip.octets.data(), sizeof ipv6.sin6_addr);
  std::memcpy(&raw.storage, &ipv6, sizeof ipv6);
  raw.size = sizeof ipv6;
  return raw;
}

SocketAddress address_of(const RawAddress& raw) {
  SocketAddress address;
  if (raw.storage.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &raw.storage, sizeof ipv4);
    std::memcpy(address.ip.octets.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    address.port = ntohs(ipv4.sin_port);
    return address;
  }
  KAI_CHECK(raw.storage.ss_family == AF_INET6);
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &raw.storage, sizeof ipv6);
  address.ip.family = AddressFamily::ipv6;
  std::memcpy(address.ip.octets.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
  address.port = ntohs(ipv6.sin6_port);
  return address;
}

int family_of(const SocketAddress& address) {
  return address.ip.family == AddressFamily::ipv4 ? AF_INET : AF_INET6;
}

os::Descriptor stream_socket(const SocketAddress& address) {
  return os::Descriptor(
      ::socket(family_of(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void set_flag(int descriptor, int level, int option) {
  const int on = 1;
  static_cast<void>(::setsockopt(descriptor, level, option, &on, sizeof on));
}

Transfer transfer_of(ssize_t result, std::size_t wanted) {
  if (result >= 0) {
    const auto bytes = static_cast<std::size_t>(result);
    return {.bytes = bytes, .blocked = bytes < wanted};
  }
  if (errno == EAGAIN) return {.blocked = true};
  return {.failed = true};
}

template <typename Call>
ssize_t uninterrupted(Call call) {
  while (true) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

std::unexpected<Error> listen_failure(const SocketAddress& address, int error_number) {
  const bool taken = error_number == EADDRINUSE;
  return fail(
      taken ? ErrorKind::unavailable : ErrorKind::rejected,
      "cannot listen on " + format_socket_address(address) + ": " + os::error_text(error_number));
}

}  // namespace

Result<os::Descriptor> listen_on(const SocketAddress& address, Sharing sharing) {
  RawAddress raw = raw_of(address);
  if (sharing == Sharing::none) {
    // Without SO_REUSEPORT this fails if anybody listens there, with it or without.
    const os::Descriptor probe = stream_socket(address);
    set_flag(probe.number(), SOL_SOCKET, SO_REUSEADDR);
    if (::bind(probe.number(), raw.get(), raw.size) != 0 || ::listen(probe.number(), 1) != 0) {
      return listen_failure(address, errno);
    }
  }
  os::Descriptor socket = stream_socket(address);
  set_flag(socket.number(), SOL_SOCKET, SO_REUSEADDR);
  set_flag(socket.number(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(socket.number(), raw.get(), raw.size) != 0 ||
      ::listen(socket.number(), listen_backlog) != 0) {
    return listen_failure(address, errno);
  }
  return socket;
}

bool prepare_listening(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) {
    return false;
  }
  int family = 0;
  size = sizeof family;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return false;
  if (family != AF_INET && family != AF_INET6) return false;
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

os::Descriptor duplicate(const os::Descriptor& descriptor) {
  return os::Descriptor(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 0));
}

SocketAddress local_address(int descriptor) {
  RawAddress raw;
  KAI_CHECK(::getsockname(descriptor, raw.get(), &raw.size) == 0);
  return address_of(raw);
}

AcceptProgress accept_from(int listener, Accepted& accepted) {
  while (true) {
    RawAddress raw;
    os::Descriptor descriptor(
        ::accept4(listener, raw.get(), &raw.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (descriptor.is_open()) {
      set_flag(descriptor.number(), IPPROTO_TCP, TCP_NODELAY);
      accepted = {.descriptor = std::move(descriptor),
                  .peer = without_ipv4_mapping(address_of(raw).ip)};
      return AcceptProgress::accepted;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return AcceptProgress::no_descriptor_left;
    }
    if (errno == EAGAIN) return AcceptProgress::none_waiting;
    // Errors of the network that accept4(2) wants to be treated like EAGAIN: the next one counts.
  }
}

os::Descriptor connect_to(const SocketAddress& address) {
  os::Descriptor socket = stream_socket(address);
  if (!socket.is_open()) return socket;
  set_flag(socket.number(), IPPROTO_TCP, TCP_NODELAY);
  RawAddress raw = raw_of(address);
  if (::connect(socket.number(), raw.get(), raw.size) != 0 && errno != EINPROGRESS) {
    const int error_number = errno;
    socket.close();
    errno = error_number;
  }
  return socket;
}

bool is_shortage(int error_number) {
  // EADDRNOTAVAIL: no local port is left; ENOSPC: no watch of epoll.
  constexpr std::array errors = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, ENOSPC};
  return std::ranges::find(errors, error_number) != errors.end();
}

int pending_error(int descriptor) {
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) return errno;
  return error_number;
}

Transfer read_into(int descriptor, Buffer& buffer) {
  const std::size_t wanted = buffer.room_bytes();
  KAI_CHECK(wanted > 0);
  const ssize_t result =
      uninterrupted([&] { return ::recv(descriptor, buffer.room(), wanted, 0); });
  Transfer transfer = transfer_of(result, wanted);
  transfer.closed = result == 0;
  buffer.extend(transfer.bytes);
  return transfer;
}

Transfer write_from(int descriptor, Buffer& buffer) {
  const std::string_view bytes = buffer.view();
  const ssize_t result =
      uninterrupted([&] { return ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  const Transfer transfer = transfer_of(result, bytes.size());
  buffer.drop_front(transfer.bytes);
  return transfer;
}

Transfer read_away(int descriptor, std::size_t bytes_max) {
  std::array<char, 16'384> waste;
  const std::size_t wanted = std::min(bytes_max, waste.size());
  const ssize_t result = uninterrupted([&] { return ::recv(descriptor, waste.data(), wanted, 0); });
  Transfer transfer = transfer_of(result, wanted);
  transfer.closed = result == 0 && wanted > 0;
  return transfer;
}

void shut_down_writing(int descriptor) { static_cast<void>(::shutdown(descriptor, SHUT_WR)); }

void reset_on_close(int descriptor) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
}

}  // namespace kai::splitter
