// Internet addresses as values: of endpoints, of clients, and the networks that rules name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kai::splitter {

enum class AddressFamily : std::uint8_t { ipv4, ipv6 };

struct IpAddress {
  AddressFamily family = AddressFamily::ipv4;
  // In network order; IPv4 has the first four and zeros behind them.
  std::array<std::uint8_t, 16> octets{};

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

// Addresses with the same first bits.
struct Network {
  IpAddress base;  // the other bits are zero
  std::uint8_t prefix_bits = 0;

  [[nodiscard]] bool contains(const IpAddress& address) const;
  friend bool operator==(const Network&, const Network&) = default;
};

// "10.0.0.1" or "::1"; no zone, no brackets, no leading zeros in IPv4. Nothing for anything else.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);
// "10.0.0.1:8080" or "[::1]:8080"; a port of 1-65535.
[[nodiscard]] std::optional<SocketAddress> parse_socket_address(std::string_view text);
// "10.0.0.0/8", "2001:db8::/32", or an address alone. Bits behind the prefix must be zero.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

// A client of an IPv6 socket that speaks IPv4 (::ffff:a.b.c.d) is the IPv4 address.
[[nodiscard]] IpAddress without_ipv4_mapping(const IpAddress& address);

// Canonical text: dotted quad, or RFC 5952. At most address_text_bytes_max bytes, written to
// `buffer`; no allocation.
inline constexpr std::size_t address_text_bytes_max = 45;
using AddressText = std::array<char, address_text_bytes_max + 1>;
[[nodiscard]] std::string_view write_ip_address(const IpAddress& address, AddressText& buffer);
[[nodiscard]] std::string format_ip_address(const IpAddress& address);
// "10.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string format_socket_address(const SocketAddress& address);

}  // namespace kai::splitter
