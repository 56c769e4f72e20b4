// HTTP/1.1 messages out of bytes, cut anywhere. No sockets: what a server may send can be tested
// byte by byte.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http_client.h"

namespace kai::net {

inline constexpr std::size_t head_bytes_max = std::size_t{64} << 10;
// Interim answers (1xx) before the answer itself.
inline constexpr int interim_answers_max = 8;

struct HttpRequestHead {
  std::string method;
  std::string target;
  Headers headers = {};

  // First value of a header, compared without regard to case; null when absent.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

// One answer. Interim answers (1xx) are passed over, except 101, which we never ask for.
class ResponseParser {
 public:
  enum class Body { expected, none };  // `none`: the answer to HEAD

  // `body_bytes_max`: of the whole body; empty: no limit, the caller takes the pieces away.
  ResponseParser(Body body, std::optional<std::size_t> body_bytes_max);
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;
  ~ResponseParser();

  // `malformed`: not HTTP/1.x, head or body longer than allowed, too many interim answers. Not to
  // be called again after an error.
  Result<Unit> feed(std::string_view bytes);
  // The other side closed properly. `unavailable` when that cuts the answer short.
  Result<Unit> feed_end();

  [[nodiscard]] bool has_any_byte() const;
  [[nodiscard]] bool has_head() const;
  [[nodiscard]] bool is_done() const;
  // Done, the other side keeps the connection open, and there was no byte too many.
  [[nodiscard]] bool may_reuse_connection() const;
  // Status and headers, no body. Only after has_head().
  [[nodiscard]] HttpResponse& head();
  // Body bytes that came since the last call.
  [[nodiscard]] std::string take_body();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One request after the other of one connection.
class RequestParser {
 public:
  explicit RequestParser(std::size_t body_bytes_max);
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  // Errors as above.
  Result<Unit> feed(std::string_view bytes);
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool keeps_connection() const;
  // Only when done.
  [[nodiscard]] HttpRequestHead& head();
  [[nodiscard]] std::string take_body();
  // Begins with the next request, of which bytes may be there already. Only when done.
  Result<Unit> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kai::net
