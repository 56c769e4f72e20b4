#include "splitter/handover/link.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/tree.h"
#include "codec/json.h"
#include "os/descriptor.h"

namespace kai::splitter {
namespace {

constexpr std::size_t header_bytes = 8;
constexpr std::size_t read_bytes = std::size_t{64} << 10;
constexpr std::size_t control_bytes = CMSG_SPACE(Link::frame_descriptors_max * sizeof(int));
constexpr int links_waiting_max = 16;
// Those of the frame that is not all here, and of the one whose beginning came with its end.
constexpr std::size_t descriptors_waiting_max = 2 * Link::frame_descriptors_max;

void append_number(std::string& bytes, std::size_t value) {
  for (std::size_t at = 0; at < 4; ++at) bytes += static_cast<char>(value >> (8 * at) & 0xFFU);
}

std::size_t number_at(std::string_view bytes, std::size_t begin) {
  std::size_t value = 0;
  for (std::size_t at = 0; at < 4; ++at) {
    value |= std::size_t{static_cast<std::uint8_t>(bytes[begin + at])} << (8 * at);
  }
  return value;
}

std::unexpected<Error> gone(std::string_view what) {
  return fail(ErrorKind::unavailable, "the other process " + std::string(what));
}
std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "the other process " + std::string(what));
}

struct PathAddress {
  sockaddr_un raw{};
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&raw); }
};

Result<PathAddress> address_of(const std::string& path) {
  PathAddress address;
  address.raw.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.raw.sun_path) {
    return fail(ErrorKind::rejected, path + ": a socket's path has 1 to 107 bytes");
  }
  std::memcpy(address.raw.sun_path, path.data(), path.size());
  return address;
}

os::Descriptor unix_socket() {
  return os::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

std::unexpected<Error> path_failure(ErrorKind kind, const std::string& path) {
  return fail(kind, path + ": " + os::error_text(errno));
}

// Nobody listens on it any more.
bool is_left_over(const PathAddress& address) {
  const os::Descriptor probe = unix_socket();
  return ::connect(probe.number(), address.get(), sizeof address.raw) != 0 && errno == ECONNREFUSED;
}

// Room for the descriptors of one frame, aligned as the kernel wants it.
struct ControlRoom {
  alignas(cmsghdr) std::array<char, control_bytes> bytes{};
};

void take_descriptors(msghdr& got, std::deque<os::Descriptor>& to) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&got); each != nullptr; each = CMSG_NXTHDR(&got, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < count; ++at) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(each) + at * sizeof number, sizeof number);
      to.emplace_back(number);
    }
  }
}

}  // namespace

Tree message(std::string_view type) {
  Tree body = Tree::map();
  body.set("type", type);
  return body;
}

Result<Unit> Link::send(const Tree& body, std::span<const int> descriptors) {
  const std::string json = codec::write_json(body);
  if (json.size() > frame_bytes_max || descriptors.size() > frame_descriptors_max) {
    return fail(ErrorKind::rejected, "too much to be handed over in one message");
  }
  Output output{.bytes = {}, .descriptors = {descriptors.begin(), descriptors.end()}};
  append_number(output.bytes, json.size());
  append_number(output.bytes, descriptors.size());
  output.bytes += json;
  output_bytes_ += output.bytes.size();
  output_.push_back(std::move(output));
  if (output_bytes_ > output_bytes_max) return gone("reads nothing");
  return flush();
}

Result<Unit> Link::flush() {
  while (!output_.empty()) {
    const Result<bool> goes_on = write_some(output_.front());
    if (!goes_on) return std::unexpected(goes_on.error());
    if (!*goes_on) return Unit{};
    if (output_.front().sent < output_.front().bytes.size()) continue;
    output_bytes_ -= output_.front().bytes.size();
    output_.pop_front();
  }
  return Unit{};
}

// False: there is no room for more now.
Result<bool> Link::write_some(Output& output) {
  iovec piece{.iov_base = output.bytes.data() + output.sent,
              .iov_len = output.bytes.size() - output.sent};
  msghdr out{};
  out.msg_iov = &piece;
  out.msg_iovlen = 1;
  ControlRoom room;
  if (!output.descriptors.empty()) {
    const std::size_t bytes = output.descriptors.size() * sizeof(int);
    out.msg_control = room.bytes.data();
    out.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* const header = CMSG_FIRSTHDR(&out);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(header), output.descriptors.data(), bytes);
  }
  const ssize_t sent = ::sendmsg(socket_.number(), &out, MSG_NOSIGNAL);
  if (sent < 0 && errno == EINTR) return true;
  if (sent < 0 && errno == EAGAIN) return false;
  if (sent < 0) return gone("has gone: " + os::error_text(errno));
  output.sent += static_cast<std::size_t>(sent);
  output.descriptors.clear();
  return true;
}

Result<std::optional<Frame>> Link::receive() {
  while (true) {
    Result<std::optional<Frame>> frame = take_frame();
    if (!frame || frame->has_value()) return frame;
    const Result<bool> goes_on = read_some();
    if (!goes_on) return std::unexpected(goes_on.error());
    if (!*goes_on) return std::nullopt;
  }
}

// False: nothing more is there now.
Result<bool> Link::read_some() {
  std::array<char, read_bytes> bytes;
  iovec piece{.iov_base = bytes.data(), .iov_len = bytes.size()};
  ControlRoom room;
  msghdr got{};
  got.msg_iov = &piece;
  got.msg_iovlen = 1;
  got.msg_control = room.bytes.data();
  got.msg_controllen = room.bytes.size();
  const ssize_t size = ::recvmsg(socket_.number(), &got, MSG_CMSG_CLOEXEC);
  if (size < 0 && errno == EINTR) return true;
  if (size < 0 && errno == EAGAIN) return false;
  if (size < 0) return gone("has gone: " + os::error_text(errno));
  take_descriptors(got, descriptors_);
  if ((static_cast<unsigned>(got.msg_flags) & MSG_CTRUNC) != 0U) {
    return fail(ErrorKind::unavailable, "no descriptor is left for what is handed over");
  }
  if (size == 0) return gone("has ended");
  if (descriptors_.size() > descriptors_waiting_max) return malformed("sends too many descriptors");
  input_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

Result<std::optional<Frame>> Link::take_frame() {
  if (input_.size() < header_bytes) return std::nullopt;
  const std::size_t size = number_at(input_, 0);
  const std::size_t count = number_at(input_, 4);
  if (size > frame_bytes_max || count > frame_descriptors_max) return malformed("sends too much");
  if (input_.size() < header_bytes + size) return std::nullopt;
  // They came with the first byte.
  if (descriptors_.size() < count) return malformed("keeps descriptors back");
  Result<Tree> body = codec::parse_json(std::string_view(input_).substr(header_bytes, size),
                                        {.depth_max = 32, .bytes_max = frame_bytes_max});
  input_.erase(0, header_bytes + size);
  if (!body || body->as_map() == nullptr) return malformed("does not speak JSON");
  Frame frame{.body = std::move(*body), .descriptors = {}};
  for (std::size_t at = 0; at < count; ++at) {
    frame.descriptors.push_back(std::move(descriptors_.front()));
    descriptors_.pop_front();
  }
  return frame;
}

void Link::shut_down() { static_cast<void>(::shutdown(socket_.number(), SHUT_RDWR)); }

bool is_peer_ours(int socket, std::uint32_t own_user) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == own_user;
}

Result<os::Descriptor> connect_to_path(const std::string& path) {
  const Result<PathAddress> address = address_of(path);
  if (!address) return std::unexpected(address.error());
  os::Descriptor socket = unix_socket();
  if (!socket.is_open()) return path_failure(ErrorKind::unavailable, path);
  if (::connect(socket.number(), address->get(), sizeof address->raw) != 0) {
    // EAGAIN: its queue is full, so somebody is there.
    const bool may_pass = errno == ECONNREFUSED || errno == EAGAIN;
    return path_failure(may_pass ? ErrorKind::unavailable : ErrorKind::rejected, path);
  }
  if (is_peer_ours(socket.number(), ::geteuid())) return socket;
  return fail(ErrorKind::rejected, path + ": another user's process listens there");
}

Result<os::Descriptor> listen_on_path(const std::string& path) {
  const Result<PathAddress> address = address_of(path);
  if (!address) return std::unexpected(address.error());
  if (is_left_over(*address)) ::unlink(path.c_str());
  os::Descriptor socket = unix_socket();
  if (!socket.is_open() || ::bind(socket.number(), address->get(), sizeof address->raw) != 0) {
    const bool is_taken = errno == EADDRINUSE;
    return path_failure(is_taken ? ErrorKind::unavailable : ErrorKind::rejected, path);
  }
  // Between bind and listen nobody can connect.
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 ||
      ::listen(socket.number(), links_waiting_max) != 0) {
    return path_failure(ErrorKind::rejected, path);
  }
  return socket;
}

os::Descriptor accept_link(const os::Descriptor& listening) {
  return os::Descriptor(
      ::accept4(listening.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

bool wait_for(int descriptor, bool also_writes, std::int64_t milliseconds) {
  const auto wanted = static_cast<short>(also_writes ? POLLIN | POLLOUT : POLLIN);
  pollfd one{.fd = descriptor, .events = wanted, .revents = 0};
  const auto timeout =
      static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, std::numeric_limits<int>::max()));
  return ::poll(&one, 1, timeout) > 0;
}

}  // namespace kai::splitter
