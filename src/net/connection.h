// One connection of the control plane: bytes both ways, plain or TLS, as client or as server.
// Nothing of HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/reply.h"
#include "net/loop.h"
#include "net/tls_context.h"

namespace kai::net {

struct Peer {
  std::string host;  // name or address without brackets
  std::uint16_t port = 0;
  std::string unix_socket = {};    // not empty: connects to this path in the place of host and port
  TlsContext tls = nullptr;        // null: plain
  std::string verified_name = {};  // empty: `host`
  bool insecure_skip_verify = false;
};

// What a connection tells after it was opened. Nothing comes after on_closed or after close().
struct ConnectionEvents {
  std::move_only_function<void(std::string_view bytes)> on_bytes;
  // Success: the other side closed properly. Error: reset, cut TLS, unread output; kinds as in
  // HttpClient.
  std::move_only_function<void(Result<Unit>)> on_closed;
};

// Shared with its own pending operations; whoever holds it calls close() when he is done with it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::size_t output_bytes_max = std::size_t{256} << 20;

  explicit Connection(Loop& loop);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // As a client: looks up the name, connects, shakes hands. No time limit of its own: close() ends
  // it. Errors: `unavailable`, or `rejected` for TLS that a person must set right. Replies once,
  // unless closed before.
  void open(Peer peer, Reply<Unit> opened);
  // As a server, over an accepted socket (owned from now on): shakes hands when `tls` is not null.
  void adopt(int socket, TlsContext tls, Reply<Unit> opened);

  // From now on bytes are read and told.
  void start(ConnectionEvents events);
  // Sends in order; never blocks. Failures are told by on_closed.
  void write(std::string_view bytes);
  // Closes properly (TLS: with a close notice) when all is written; then on_closed comes.
  void close_when_written();
  // Closes now and silently. Pending events and the reply of open() do not come any more.
  void close();

  [[nodiscard]] bool is_open() const;
  // Nothing that was given to write() is still on its way to the kernel.
  [[nodiscard]] bool is_all_written() const;
  // What it does at the moment, for the message of a time-out: "looking up the name", "connecting",
  // ...
  [[nodiscard]] std::string_view doing() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kai::net
