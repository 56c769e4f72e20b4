// The identity cookie: 128 random bits that a client brings back, so that it is the same user next
// time. It holds who, never where: a rollback moves everybody at once.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace kai::splitter {

// As base64url without padding (RFC 4648 §5).
inline constexpr std::size_t identity_bytes = 22;
using Identity = std::array<char, identity_bytes>;

[[nodiscard]] Identity mint_identity(Random& random);
// Exactly of the form that we mint.
[[nodiscard]] bool is_identity(std::string_view text);

inline constexpr std::size_t cookie_name_bytes_max = 64;
inline constexpr std::chrono::seconds cookie_life_max = std::chrono::hours(24) * 400;

enum class CookieTransport : std::uint8_t { plain, tls };

struct IdentityCookie {
  std::string_view name;         // a token of at most cookie_name_bytes_max
  std::chrono::seconds life{0};  // 0: until the browser ends
  CookieTransport transport = CookieTransport::plain;
};

// The value of the Set-Cookie that gives `identity` to the client; views into `buffer`. Left out by
// the caller on 304 and on answers for shared caches (Response::is_shared): a cache would give one
// identity to all.
using CookieBuffer = std::array<char, 160>;
[[nodiscard]] std::string_view write_identity_cookie(const IdentityCookie& cookie,
                                                     const Identity& identity,
                                                     CookieBuffer& buffer);

}  // namespace kai::splitter
