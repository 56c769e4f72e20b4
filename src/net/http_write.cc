#include "net/http_write.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"
#include "net/header_name.h"

namespace kai::net {
namespace {

constexpr std::array<std::string_view, 6> own_headers{
    "host", "authorization", "connection", "content-length", "transfer-encoding", "expect"};

bool is_own_header(std::string_view name) {
  return std::ranges::any_of(own_headers,
                             [&](std::string_view own) { return same_header_name(own, name); });
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

Result<Unit> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) return fail(ErrorKind::rejected, "the method is not usable");
  if (!is_header_value(request.authorization.reveal())) {
    return fail(ErrorKind::rejected, "the credentials hold a line break or another control byte");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return fail(ErrorKind::rejected, "a header name is not usable");
    if (is_own_header(name))
      return fail(ErrorKind::rejected, "the header " + name + " cannot be set");
    if (!is_header_value(value))
      return fail(ErrorKind::rejected, "the value of header " + name + " is not usable");
  }
  return Unit{};
}

// Port left out when it is the scheme's own: some servers compare the text.
std::string host_value(const Url& url) {
  std::string text = url.authority();
  if (url.port == (url.tls ? 443 : 80)) text.resize(text.rfind(':'));
  return text;
}

std::string_view reason_of(int status) {
  return status < 300 ? "OK" : status < 400 ? "Elsewhere" : status < 500 ? "Refused" : "Failed";
}

}  // namespace

Result<std::string> write_request(const HttpRequest& request, const Url& url) {
  if (const Result<Unit> checked = check_request(request); !checked)
    return std::unexpected(checked.error());
  std::string out = request.method + " " + url.target + " HTTP/1.1\r\n";
  add_header(out, "Host", host_value(url));
  if (!request.authorization.empty())
    add_header(out, "Authorization", request.authorization.reveal());
  bool named = false;
  for (const auto& [name, value] : request.headers) {
    add_header(out, name, value);
    named = named || same_header_name(name, "user-agent");
  }
  if (!named) add_header(out, "User-Agent", "kai");
  const bool without_body =
      request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  if (!without_body) add_header(out, "Content-Length", std::to_string(request.body.size()));
  out += "\r\n";
  out += request.body;
  return out;
}

std::string write_response_head(const HttpResponse& response, Framing framing) {
  KAI_CHECK(response.status >= 100 && response.status <= 999);
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += reason_of(response.status);
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    KAI_CHECK(is_token(name) && is_header_value(value));
    add_header(out, name, value);
  }
  switch (framing) {
    case Framing::length:
      add_header(out, "Content-Length", std::to_string(response.body.size()));
      break;
    case Framing::chunks:
      add_header(out, "Transfer-Encoding", "chunked");
      break;
    case Framing::until_close:
      add_header(out, "Connection", "close");
      break;
    case Framing::none:
      break;
  }
  return out + "\r\n";
}

std::string write_chunk(std::string_view bytes) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string out(size.data(), end);
  out += "\r\n";
  out += bytes;
  return out + "\r\n";
}

}  // namespace kai::net
