#include "splitter/route/address.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "base/check.h"
#include "codec/number.h"

namespace kai::splitter {
namespace {

int system_family(AddressFamily family) {
  return family == AddressFamily::ipv4 ? AF_INET : AF_INET6;
}

// Without a leading zero but for 0 itself.
template <typename Number>
std::optional<Number> parse_digits(std::string_view text) {
  const auto value = codec::parse_uint(text, std::numeric_limits<Number>::max());
  if (!value || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return static_cast<Number>(*value);
}

// Whether the bits of `octet` behind its first `bits` are zero.
std::uint8_t first_bits(std::uint8_t octet, std::size_t bits) {
  if (bits >= 8) return octet;
  return static_cast<std::uint8_t>(octet & (0xFF00U >> bits));
}

IpAddress first_bits(const IpAddress& address, std::size_t bits) {
  IpAddress result = address;
  for (std::size_t at = 0; at < result.octets.size(); ++at) {
    const std::size_t left = bits > 8 * at ? bits - 8 * at : 0;
    result.octets[at] = first_bits(result.octets[at], left);
  }
  return result;
}

}  // namespace

bool Network::contains(const IpAddress& address) const {
  return address.family == base.family && first_bits(address, prefix_bits) == base;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  AddressText buffer{};  // inet_pton wants a zero at the end
  if (text.size() >= buffer.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, buffer.begin());
  IpAddress address;
  address.family = text.contains(':') ? AddressFamily::ipv6 : AddressFamily::ipv4;
  const int done = ::inet_pton(system_family(address.family), buffer.data(), address.octets.data());
  if (done != 1) return std::nullopt;
  return address;
}

std::optional<SocketAddress> parse_socket_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_digits<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto ip = parse_ip_address(host);
  if (!ip || !port || *port == 0) return std::nullopt;
  if (brackets != (ip->family == AddressFamily::ipv6)) return std::nullopt;
  return SocketAddress{.ip = *ip, .port = *port};
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_ip_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  const std::uint8_t bits_max = base->family == AddressFamily::ipv4 ? 32 : 128;
  if (slash == std::string_view::npos) return Network{.base = *base, .prefix_bits = bits_max};
  const auto bits = parse_digits<std::uint8_t>(text.substr(slash + 1));
  if (!bits || *bits > bits_max || first_bits(*base, *bits) != *base) return std::nullopt;
  return Network{.base = *base, .prefix_bits = *bits};
}

IpAddress without_ipv4_mapping(const IpAddress& address) {
  constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (address.family == AddressFamily::ipv4) return address;
  if (!std::ranges::equal(mapped, std::span(address.octets).first<12>())) return address;
  IpAddress result;
  std::ranges::copy(std::span(address.octets).last<4>(), result.octets.begin());
  return result;
}

std::string_view write_ip_address(const IpAddress& address, AddressText& buffer) {
  // glibc writes IPv6 as RFC 5952 wants it; the buffer is never too small.
  const char* const text = ::inet_ntop(system_family(address.family), address.octets.data(),
                                       buffer.data(), socklen_t{address_text_bytes_max + 1});
  KAI_CHECK(text != nullptr);
  return text;
}

std::string format_ip_address(const IpAddress& address) {
  AddressText buffer{};
  return std::string(write_ip_address(address, buffer));
}

std::string format_socket_address(const SocketAddress& address) {
  const std::string ip = format_ip_address(address.ip);
  const std::string host = address.ip.family == AddressFamily::ipv6 ? "[" + ip + "]" : ip;
  return host + ":" + std::to_string(address.port);
}

}  // namespace kai::splitter
