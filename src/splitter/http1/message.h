// What policy makes of a head: a request or an answer that may go on. Views into the parsed buffer.
//
// The way of one exchange, each step pure (tests/http1/pipes.cc walks it without sockets):
//   parse_request_head -> judge_request -> routing -> judge_for_route -> write_request_head
//     -> BodyForwarder(request.body -> request.body.framing), client to backend
//   parse_response_head -> judge_response -> plan_answer -> write_response_head
//     -> BodyForwarder(response.body -> plan.body.framing), backend to client; again after 1xx
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"

namespace kai::splitter {

// Methods that rules speak of; all other tokens are `other` and pass.
enum class Method : std::uint8_t { other, get, head, post, put, patch, del, options };
enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

enum class BodyFraming : std::uint8_t {
  none,         // no body follows the head
  length,       // exactly Body::length bytes
  chunked,      // RFC 9112 §7.1
  until_close,  // answers only: all bytes until the sender closes
  tunnel,       // after 101: opaque bytes both ways
};

struct Body {
  BodyFraming framing = BodyFraming::none;
  std::uint64_t length = 0;  // of BodyFraming::length, at most 2^63-1

  friend bool operator==(const Body&, const Body&) = default;
};

inline constexpr std::size_t host_bytes_max = 255;

struct Request {
  Method method = Method::other;
  std::string_view method_text;
  HttpVersion version = HttpVersion::http_1_1;

  // What goes to the backend as target is `path` followed by `query`, unchanged octets.
  std::string_view path;   // begins with '/', or is "*"
  std::string_view query;  // empty, or begins with '?'
  bool has_dot_segments = false;

  // Host (or the authority of an absolute target) as received; empty only in HTTP/1.0.
  std::string_view authority;
  // For routing: lower case, without port; IPv6 keeps its brackets. Empty if there is none.
  [[nodiscard]] std::string_view host() const { return {host_octets.data(), host_size}; }
  std::array<char, host_bytes_max> host_octets;
  std::uint8_t host_size = 0;

  Body body;
  bool keeps_alive = false;       // the client wants to use the connection again
  bool expects_continue = false;  // HTTP/1.1 and `Expect: 100-continue`
  bool accepts_trailers = false;  // HTTP/1.1 and `TE: trailers`
  std::string_view upgrade;       // a listed protocol that the client asks to switch to, or empty
  std::span<const Field> fields;  // all, in order; the writer knows which go on
  std::size_t head_bytes = 0;     // where the body begins in the buffer
};

struct Response {
  int status = 0;  // 100-599
  HttpVersion version = HttpVersion::http_1_1;
  std::string_view reason;
  Body body;
  // Content-Length that describes a body which is not sent (HEAD, 304): passed on as data.
  std::optional<std::uint64_t> described_length;
  bool keeps_alive = false;  // the backend connection may be used again after the body
  std::optional<std::uint32_t> keep_alive_seconds;  // Keep-Alive: timeout
  std::string_view upgrade;                         // protocol of a 101
  bool is_shared = false;         // marked `public` or `s-maxage`: no identity cookie on it
  std::span<const Field> fields;  // all, in order
  std::size_t head_bytes = 0;

  // Another answer to the same request follows.
  [[nodiscard]] bool is_interim() const { return status < 200 && status != 101; }
};

}  // namespace kai::splitter
