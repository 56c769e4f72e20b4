// Sockets that never block: what a listener, a client and a backend connection need of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "os/descriptor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/route/address.h"

namespace kai::splitter {

inline constexpr int listen_backlog = 4096;  // the kernel cuts it at net.core.somaxconn

// Whether an address may have sockets already.
enum class Sharing : std::uint8_t {
  none,  // nobody listens there yet; without this a second process would get half of the traffic
  with_first,  // one of ours does
};
// A listening socket that can share its address with further ones of this process (SO_REUSEPORT).
// Port 0 is any free one. unavailable: the address is in use; rejected: it cannot be listened on.
[[nodiscard]] Result<os::Descriptor> listen_on(const SocketAddress& address,
                                               Sharing sharing = Sharing::none);
// Makes a listening socket from elsewhere one that does not block and that no child inherits. False
// when it is no listening internet socket.
[[nodiscard]] bool prepare_listening(int descriptor);
// The same socket once more; not open when there is no descriptor left.
[[nodiscard]] os::Descriptor duplicate(const os::Descriptor& descriptor);
// Throws Bug when `descriptor` is not an internet socket.
[[nodiscard]] SocketAddress local_address(int descriptor);

struct Accepted {
  os::Descriptor descriptor;  // with TCP_NODELAY
  IpAddress peer;             // without_ipv4_mapping
};
enum class AcceptProgress : std::uint8_t { accepted, none_waiting, no_descriptor_left };
// A connection that its client gave up meanwhile is skipped.
[[nodiscard]] AcceptProgress accept_from(int listener, Accepted& accepted);

// A connection on its way to `address`; it is there when the socket gets writable and
// pending_error says 0. Not open when the kernel refuses at once: errno says why.
[[nodiscard]] os::Descriptor connect_to(const SocketAddress& address);
// Whether an error of a new connection tells of this machine's limits (descriptors, ports, memory)
// and nothing of the peer.
[[nodiscard]] bool is_shortage(int error_number);
// The error of a connect or of a failed socket; 0: none.
[[nodiscard]] int pending_error(int descriptor);

struct Transfer {
  std::size_t bytes = 0;
  bool blocked = false;  // no more for now; the next edge will tell
  bool closed = false;   // reading: the peer has sent all it will
  bool failed = false;   // the connection is gone
};
// Reads once, into the room of `buffer`, which is not 0. A short read means that the socket is
// drained, so it counts as blocked.
[[nodiscard]] Transfer read_into(int descriptor, Buffer& buffer);
// Writes once what `buffer` holds and drops what left.
[[nodiscard]] Transfer write_from(int descriptor, Buffer& buffer);
// Reads once and forgets it, at most `bytes_max`.
[[nodiscard]] Transfer read_away(int descriptor, std::size_t bytes_max);

// No more from our side: the peer reads the end behind what was written.
void shut_down_writing(int descriptor);
// The peer gets a reset instead of an end, so that nobody takes what came for all there was.
void reset_on_close(int descriptor);

}  // namespace kai::splitter
