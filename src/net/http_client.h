// The HTTP seam: bytes in, bytes out. API server, metrics and hooks are reached through it and
// through nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reply.h"
#include "base/secret.h"
#include "base/time.h"

namespace kai::net {

// How to trust and be trusted. PEM texts, already read; empty means "not given".
struct TlsOptions {
  std::string authorities_pem;  // empty: the system's bundle; never both
  std::string certificate_pem;  // client certificate chain
  Secret key_pem;
  std::string server_name;  // name to verify and to send as SNI; empty: the host of the URL
  bool insecure_skip_verify = false;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t body_bytes_max_default = std::size_t{64} << 20;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https, host, optional port, path and query; no userinfo, no fragment
  // Not empty: the path of the Unix socket that is connected to, whatever host and port the URL
  // names. Those are still told to the server (Host).
  std::string unix_socket = {};
  Headers headers = {};
  Secret authorization =
      {};  // value of the Authorization header; kept apart so that it is never logged
  std::string body = {};
  Duration timeout =
      std::chrono::seconds(10);  // for the whole exchange; a stream: until its head arrived
  Duration silence_max =
      std::chrono::seconds(0);  // a stream only: longest gap between bytes; 0 = none
  std::size_t body_bytes_max =
      body_bytes_max_default;  // a stream: of one delivered piece, not of all
  std::shared_ptr<const TlsOptions> tls = nullptr;
};

struct HttpResponse {
  int status = 0;  // 100..599
  Headers headers = {};
  std::string body = {};

  // First value of a header, compared without regard to case; null when absent.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

// What a stream tells. `on_piece` gets body bytes as they come, after `on_head`; `on_end` comes
// last and once, also after a failure; nothing comes after it or after the stream was destroyed.
struct StreamEvents {
  std::move_only_function<void(const HttpResponse& head)> on_head;  // body empty
  std::move_only_function<void(std::string_view bytes)> on_piece;
  std::move_only_function<void(Result<Unit>)> on_end;
};

// An open stream. Destroying it closes the connection and silences its events.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Any HTTP status is a response. Errors: `unavailable` (refused, reset, name look-up, no such
  // Unix socket, time-out, TLS handshake cut), `rejected` (certificate not trusted or of another
  // name, URL or path of a Unix socket not usable or not permitted),
  // `malformed` (not HTTP, body too long). Redirects are not followed. Nothing but a GET or HEAD is
  // ever sent twice (once more, when a kept connection turned out to be dead before any byte of an
  // answer). The error of a write that was sent without an answer says that the outcome is unknown.
  virtual void send(HttpRequest request, Reply<HttpResponse> reply) = 0;
  [[nodiscard]] virtual std::unique_ptr<HttpStream> open_stream(HttpRequest request,
                                                                StreamEvents events) = 0;
};

}  // namespace kai::net
