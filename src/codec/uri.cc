#include "codec/uri.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/number.h"
#include "codec/quote.h"

namespace kai::codec {
namespace {

constexpr std::size_t host_bytes_max = 253;  // RFC 1035 §2.3.4, written with dots
constexpr std::size_t label_bytes_max = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-._~").contains(c);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > label_bytes_max) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  // "_" is no letter of host names, but Compose and Kubernetes tooling resolve such names.
  return std::ranges::all_of(
      label, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > host_bytes_max) return false;
  while (true) {
    const std::size_t dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// Shape only: resolving it finds out whether it is an address. No zone.
bool is_ipv6(std::string_view host) {
  constexpr std::size_t longest = 45;  // with an IPv4 tail
  return host.size() >= 2 && host.size() <= longest && host.contains(':') &&
         std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

bool is_target(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '%') {
      if (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(c) && !std::string_view("/?:@!$&'()*+,;=[]").contains(c)) {
      return false;
    }
  }
  return true;
}

struct HostPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

// Empty when the brackets do not fit.
std::optional<HostPort> split_authority(std::string_view authority) {
  if (!authority.starts_with('[')) {
    const std::size_t colon = authority.find(':');
    if (colon == std::string_view::npos) return HostPort{.host = authority, .port = {}};
    return HostPort{.host = authority.substr(0, colon), .port = authority.substr(colon + 1)};
  }
  const std::size_t end = authority.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view host = authority.substr(1, end - 1);
  const std::string_view rest = authority.substr(end + 1);
  if (!is_ipv6(host) || (!rest.empty() && !rest.starts_with(':'))) return std::nullopt;
  if (rest.empty()) return HostPort{.host = host, .port = {}};
  return HostPort{.host = host, .port = rest.substr(1)};
}

// Looked for first, so that no message quotes a password.
bool holds_user_information(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes != std::string_view::npos) text.remove_prefix(slashes + 2);
  return text.substr(0, text.find_first_of("/?#")).contains('@');
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

}  // namespace

std::string Url::authority() const {
  std::string text = host.contains(':') ? '[' + host + ']' : host;
  if (port != default_port(scheme)) text += ':' + std::to_string(port);
  return text;
}

Result<Url> parse_url(std::string_view text) {
  if (holds_user_information(text)) {
    return fail(ErrorKind::malformed,
                "not a usable URL: it holds user information; give credentials apart from it");
  }
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::malformed, "not a usable URL: " + quote(text) + ": " + std::string(why));
  };
  if (text.size() > url_bytes_max) return refuse("too long");
  Url url;
  std::string_view rest = text;
  const std::size_t scheme_end = std::min(rest.find("://"), rest.size());
  url.scheme = lower(rest.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return refuse("want http:// or https://");
  if (scheme_end == rest.size()) return refuse("want http:// or https://");
  rest.remove_prefix(scheme_end + 3);

  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  const std::string_view target = rest.substr(authority_end);
  if (target.contains('#')) return refuse("a fragment means nothing to a server");
  const auto parts = split_authority(authority);
  if (!parts) return refuse("bad IPv6 address");
  if (!authority.starts_with('[') && !is_name(parts->host)) return refuse("bad host name");
  url.host = lower(parts->host);

  url.port = default_port(url.scheme);
  if (parts->port) {
    const auto port = parse_uint(*parts->port, std::numeric_limits<std::uint16_t>::max());
    if (!port || *port == 0) return refuse("bad port");
    url.port = static_cast<std::uint16_t>(*port);
  }
  if (!is_target(target)) return refuse("a character in the path must be percent-encoded");
  url.target = target.starts_with('/') ? std::string(target) : '/' + std::string(target);
  return url;
}

std::string percent_encode(std::string_view text) {
  constexpr char hex_digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0x0FU];
  }
  return out;
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

}  // namespace kai::codec
