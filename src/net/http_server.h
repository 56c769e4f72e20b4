// A small HTTP/1.1 server on the loop of the control plane: for its own API and for tests, not for
// user traffic.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.h"
#include "net/http_parser.h"
#include "net/loop.h"
#include "net/tls_context.h"

namespace kai::net {

// The process at the other end of a Unix socket, as the kernel knows it from when it connected.
struct PeerProcess {
  std::uint32_t user = 0;
};

struct HttpServerRequest {
  HttpRequestHead head;
  std::string body;
  std::optional<PeerProcess> peer = std::nullopt;  // of a Unix socket
};

// Where the answer to one request goes, now or later. Calls after the answer is complete, or after
// the asker went, do nothing. A responder that is dropped without an answer leaves the asker
// waiting.
class HttpResponder {
 public:
  struct State;
  // For the server only.
  explicit HttpResponder(std::unique_ptr<State> state);
  HttpResponder(const HttpResponder&) = delete;
  HttpResponder& operator=(const HttpResponder&) = delete;
  ~HttpResponder();

  void send(const HttpResponse& response);
  // An answer in pieces (chunked): begin, any number of pieces, finish.
  void begin(const HttpResponse& head);
  void piece(std::string_view bytes);
  void finish();
  // For tests of clients: any bytes in the place of an answer; the end of the connection without
  // one.
  void raw(std::string_view bytes);
  void close();
  // Nobody reads any more when false.
  [[nodiscard]] bool is_open() const;

 private:
  void write(std::string_view bytes);
  void end();

  std::unique_ptr<State> state_;
};

class HttpServer {
 public:
  static constexpr std::size_t connections_max = 256;  // those beyond are closed at once

  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    // Not empty: listens on a Unix socket of this path, in the place of address and port. A socket
    // that nobody listens on any more is replaced; the caller sees to the directory. Its mode is
    // `unix_mode`.
    std::string unix_path = {};
    std::uint32_t unix_mode = 0600;
    // A listening socket that the server takes as it is, in the place of opening one; `address`,
    // `port` or `unix_path` say what it is. Its path stays another's until resume(). -1: none.
    int listening = -1;
    // Nobody is accepted before resume().
    bool starts_paused = false;
    // Asked of each connection on it before a byte is read, with how many are open: closed at once
    // when false, as is one whose peer the kernel does not tell. Absent: all may come.
    std::move_only_function<bool(const PeerProcess& peer, std::size_t open)> may_connect = {};
    std::optional<ServerTlsOptions> tls = std::nullopt;
    std::size_t body_bytes_max = std::size_t{4} << 20;
    Duration request_timeout =
        std::chrono::seconds(60);  // for a request to be complete; also ends idle connections
  };
  // One call per request, in their order on each connection.
  using Handler = std::move_only_function<void(HttpServerRequest, std::shared_ptr<HttpResponder>)>;

  // `unavailable` when the address is taken, `rejected` when it, the path or the certificate is not
  // usable.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(Loop& loop, Options options,
                                                                  Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  // Closes all connections.
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;  // 0 on a Unix socket
  // Since the start, and now.
  [[nodiscard]] std::size_t connections_accepted() const;
  [[nodiscard]] std::size_t connections_open() const;
  // Closes all connections and goes on listening, as a restarted server does.
  void close_connections();

  // For another process that takes the listening socket over. While it is paused, whoever comes
  // waits in the kernel; the connections that are there go on.
  [[nodiscard]] int listening_descriptor() const;
  void pause();
  void resume();
  // The address is the other process's: the path of a Unix socket stays, answers that were begun
  // are written to their end, all other connections are closed.
  void leave();

 private:
  friend class HttpResponder;
  struct Impl;
  struct Session;
  struct Private {};
  std::shared_ptr<Impl> impl_;

 public:
  // For listen() only.
  HttpServer(Private /*key*/, std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
};

}  // namespace kai::net
