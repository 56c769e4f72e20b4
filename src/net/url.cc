#include "net/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace kai::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= max ? std::optional(value) : std::nullopt;
}

bool is_ipv4(std::string_view host) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = host.find('.');
    const std::string_view number = host.substr(0, dot);
    if (!parse_number(number, 255) || (number.size() > 1 && number[0] == '0')) return false;
    const bool last = dot == std::string_view::npos;
    if (last != (part == 3)) return false;
    if (!last) host.remove_prefix(dot + 1);
  }
  return true;
}

// WHATWG URL §3.5: a host whose last label is a number is an IPv4 address, in whatever form.
bool looks_like_ipv4(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() && is_digit(last[0]) &&
         (std::ranges::all_of(last, is_digit) || last.starts_with("0x"));
}

bool is_host_name(std::string_view host) {
  const auto allowed = [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == std::string_view::npos && std::ranges::all_of(host, allowed);
}

// No zone: it has a meaning on one machine only. The address itself is checked when it is used.
bool is_ipv6_text(std::string_view host) {
  const auto allowed = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
  return host.find(':') != std::string_view::npos && host.size() <= 45 &&
         std::ranges::all_of(host, allowed);
}

std::unexpected<Error> not_usable(std::string_view why) {
  return fail(ErrorKind::rejected, "URL not usable: " + std::string(why));
}

// "host", "host:port" or "[v6]:port" into `url`.
Result<Unit> take_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos)
    return not_usable("user and password do not belong into a URL");
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return not_usable("no ] after the IPv6 address");
    url.host = lower_case(text.substr(1, end - 1));
    if (!is_ipv6_text(url.host)) return not_usable("no IPv6 address between [ and ]");
    const std::string_view rest = text.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return not_usable("only a port may follow ]");
    if (has_port) port = rest.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    url.host = lower_case(text.substr(0, colon));
    if (has_port) port = text.substr(colon + 1);
    if (!is_host_name(url.host)) return not_usable("no proper host name");
    if (looks_like_ipv4(url.host) && !is_ipv4(url.host)) {
      return not_usable("an IPv4 address is four decimal numbers without leading zeros");
    }
  }
  if (!has_port) return Unit{};
  const std::optional<unsigned> number = parse_number(port, 65535);
  if (!number || *number == 0) return not_usable("the port is not a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(*number);
  return Unit{};
}

}  // namespace

std::string Url::authority() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view Url::path() const { return std::string_view(target).substr(0, target.find('?')); }

Result<Url> parse_url(std::string_view text) {
  if (text.size() > url_bytes_max)
    return not_usable("longer than " + std::to_string(url_bytes_max) + " bytes");
  if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; })) {
    return not_usable("it holds spaces, control bytes or bytes beyond ASCII; percent-encode them");
  }
  if (text.find('#') != std::string_view::npos) return not_usable("it has a fragment (#)");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return not_usable("want http://... or https://...");
  const std::string scheme = lower_case(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return not_usable("want http:// or https://");
  Url url{.tls = scheme == "https"};
  url.port = url.tls ? 443 : 80;
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find_first_of("/?\\");
  if (const Result<Unit> taken = take_authority(rest.substr(0, slash), url); !taken) {
    return std::unexpected(taken.error());
  }
  if (slash == std::string_view::npos) return url;
  if (rest[slash] == '\\') return not_usable("a backslash after the host");
  url.target = (rest[slash] == '?' ? "/" : "") + std::string(rest.substr(slash));
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4U];
    out += hex[byte & 0xfU];
  }
  return out;
}

}  // namespace kai::net
