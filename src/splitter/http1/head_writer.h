// Heads that leave: written anew from validated fields, with exactly one framing field. No received
// head is ever passed on as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/response_policy.h"

namespace kai::splitter {

// A field of ours. Name and value must be valid; they are written as they are.
struct AddedField {
  std::string_view name;
  std::string_view value;
};

enum class PeerTrust : std::uint8_t {
  untrusted,  // what it says about forwarding and identity is removed
  trusted,    // in the listener's trusted_proxies: its word is kept and ours appended
};

struct RequestRewrite {
  PeerTrust trust = PeerTrust::untrusted;
  std::string_view peer_address;     // canonical text of the client connection's other end
  std::string_view scheme = "http";  // of the listener
  std::string_view request_id;       // as chosen by usable_request_id or minted
  std::string_view endpoint;         // "10.0.0.1:8080": Host of a request without one
  bool offers_upgrade = true;        // false: request.upgrade is taken out, too
  bool passes_trailers = false;      // the route wants trailers of answers (TE) and of requests
  bool adds_forwarded = false;       // Forwarded (RFC 7239) beside X-Forwarded-*
  bool adds_via = false;
  std::span<const AddedField> added;
};

// Writes the head that the backend gets into `output` and returns its size; nothing if it does not
// fit (rewritten_bytes_max says what always does). The body follows with request.body as framing.
[[nodiscard]] std::optional<std::size_t> write_request_head(const Request& request,
                                                            const RequestRewrite& rewrite,
                                                            std::span<char> output);

struct ResponseRewrite {
  AnswerPlan plan;
  HttpVersion client_version = HttpVersion::http_1_1;
  std::string_view request_id;
  bool adds_via = false;
  std::span<const AddedField> added;  // Set-Cookie of the identity, X-Kai-Version
};

// The head that the client gets; also for interim answers (which HTTP/1.0 clients must not get) and
// for 101. The body follows with plan.body as framing.
[[nodiscard]] std::optional<std::size_t> write_response_head(const Response& response,
                                                             const ResponseRewrite& rewrite,
                                                             std::span<char> output);

// So many bytes of output are always enough.
[[nodiscard]] std::size_t rewritten_bytes_max(const Request& request,
                                              const RequestRewrite& rewrite);
[[nodiscard]] std::size_t rewritten_bytes_max(const Response& response,
                                              const ResponseRewrite& rewrite);

// The X-Request-Id of a trusted peer if it is one field of 1-128 token octets; else empty, and the
// caller mints one.
inline constexpr std::size_t request_id_bytes_max = 128;
[[nodiscard]] std::string_view usable_request_id(const Request& request, PeerTrust trust);

}  // namespace kai::splitter
