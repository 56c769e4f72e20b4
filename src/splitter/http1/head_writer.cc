#include "splitter/http1/head_writer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/head_output.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"

namespace kai::splitter {
namespace {

constexpr std::string_view via_text = "1.1 kai-splitter";

// What a trusted peer said already, so that we need not say it.
struct SaidByPeer {
  bool host = false;
  bool scheme = false;
};

// Whether a request's field goes on as it is. Fields that we write ourselves do not.
bool passes(const Field& field, const Request& request, const RequestRewrite& rewrite) {
  if (field.named_by_connection || field.twin) return false;
  switch (field.id) {
    case FieldId::other:
    case FieldId::authorization:
    case FieldId::cookie:
    case FieldId::set_cookie:
    case FieldId::cache_control:
    case FieldId::via:
      return true;
    case FieldId::expect:
      return request.expects_continue;
    case FieldId::trailer:
      return rewrite.passes_trailers;
    case FieldId::forwarded:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_proto:
    case FieldId::x_forwarded_other:
    case FieldId::x_real_ip:
    case FieldId::x_kai:
      return rewrite.trust == PeerTrust::trusted;
    case FieldId::content_length:
    case FieldId::transfer_encoding:
    case FieldId::host:
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::te:
    case FieldId::upgrade:
    case FieldId::http2_settings:
    case FieldId::x_forwarded_for:
    case FieldId::x_request_id:
      return false;
  }
  return false;
}

SaidByPeer write_passing_fields(const Request& request, const RequestRewrite& rewrite,
                                HeadOutput& out) {
  SaidByPeer said;
  for (const Field& field : request.fields) {
    if (!passes(field, request, rewrite)) continue;
    said.host |= field.id == FieldId::x_forwarded_host;
    said.scheme |= field.id == FieldId::x_forwarded_proto;
    out.append_field(field.name, field.value);
  }
  return said;
}

// One list of all that was received from a trusted peer, and the peer itself at its end.
void write_forwarded_for(const Request& request, const RequestRewrite& rewrite, HeadOutput& out) {
  std::string_view separator = "X-Forwarded-For: ";
  const auto write = [&](std::string_view entries) {
    if (entries.empty()) return;
    out.append(separator);
    out.append(entries);
    separator = ", ";
  };
  if (rewrite.trust == PeerTrust::trusted) {
    for (const Field& field : request.fields) {
      if (field.id == FieldId::x_forwarded_for && !field.twin) write(field.value);
    }
  }
  write(rewrite.peer_address);
  if (separator == ", ") out.append("\r\n");
}

// RFC 7239 §4: an IPv6 address stands in brackets and quotes.
void write_forwarded(const Request& request, const RequestRewrite& rewrite, HeadOutput& out) {
  const bool ipv6 = rewrite.peer_address.contains(':');
  out.append(ipv6 ? "Forwarded: for=\"[" : "Forwarded: for=");
  out.append(rewrite.peer_address.empty() ? "unknown" : rewrite.peer_address);
  out.append(ipv6 ? "]\"" : "");
  if (!request.authority.empty()) {
    out.append(";host=\"");
    out.append(request.authority);
    out.append("\"");
  }
  out.append(";proto=");
  out.append(rewrite.scheme);
  out.append("\r\n");
}

void write_forwarding(const Request& request, const RequestRewrite& rewrite, SaidByPeer said,
                      HeadOutput& out) {
  write_forwarded_for(request, rewrite, out);
  if (!said.scheme) out.append_field("X-Forwarded-Proto", rewrite.scheme);
  if (!said.host && !request.authority.empty()) {
    out.append_field("X-Forwarded-Host", request.authority);
  }
  if (rewrite.adds_forwarded) write_forwarded(request, rewrite, out);
  if (!rewrite.request_id.empty()) out.append_field("X-Request-Id", rewrite.request_id);
  if (rewrite.adds_via) out.append_field("Via", via_text);
}

void write_connection(const Request& request, const RequestRewrite& rewrite, HeadOutput& out) {
  const bool upgrade = rewrite.offers_upgrade && !request.upgrade.empty();
  const bool trailers = rewrite.passes_trailers && request.accepts_trailers;
  if (upgrade) out.append_field("Upgrade", request.upgrade);
  if (trailers) out.append_field("TE", "trailers");
  if (upgrade || trailers) {
    out.append_field("Connection", upgrade && trailers ? "upgrade, TE"
                                   : upgrade           ? "upgrade"
                                                       : "TE");
  }
}

void write_length(std::uint64_t length, HeadOutput& out) {
  out.append("Content-Length: ");
  out.append_decimal(length);
  out.append("\r\n");
}

void write_framing(const Body& body, HeadOutput& out) {
  switch (body.framing) {
    case BodyFraming::length:
      write_length(body.length, out);
      return;
    case BodyFraming::chunked:
      out.append("Transfer-Encoding: chunked\r\n");
      return;
    case BodyFraming::none:
    case BodyFraming::until_close:
    case BodyFraming::tunnel:
      return;
  }
}

void write_added(std::span<const AddedField> added, HeadOutput& out) {
  for (const AddedField& field : added) out.append_field(field.name, field.value);
}

std::optional<std::size_t> finish(HeadOutput& out) {
  out.append("\r\n");
  if (out.overflowed()) return {};
  return out.size();
}

// Whether an answer's field goes on as it is.
bool passes(const Field& field, const ResponseRewrite& rewrite) {
  if (field.named_by_connection || field.twin) return false;
  if (field.id == FieldId::content_length) return false;
  if (field.id == FieldId::x_request_id) return rewrite.request_id.empty();
  if (field.id == FieldId::trailer) return rewrite.plan.passes_trailers;
  return !is_hop_by_hop(field.id);
}

void write_status_line(const Response& response, HeadOutput& out) {
  out.append("HTTP/1.1 ");
  out.append_decimal(static_cast<std::uint64_t>(response.status));
  out.append(" ");
  out.append(response.reason);
  out.append("\r\n");
}

void write_connection(const Response& response, const ResponseRewrite& rewrite, HeadOutput& out) {
  if (response.body.framing == BodyFraming::tunnel) {
    out.append("Connection: upgrade\r\n");
    out.append_field("Upgrade", response.upgrade);
  } else if (!rewrite.plan.keeps_alive) {
    out.append("Connection: close\r\n");
  } else if (rewrite.client_version == HttpVersion::http_1_0) {
    out.append("Connection: keep-alive\r\n");
  }
}

// Bytes of fields, written as we write them, and of all names that we may add.
std::size_t fields_bytes_max(std::span<const Field> fields) {
  constexpr std::size_t names_of_ours = 512;
  std::size_t bytes = names_of_ours;
  for (const Field& field : fields) bytes += field.name.size() + field.value.size() + 4;
  return bytes;
}

std::size_t added_bytes(std::span<const AddedField> added) {
  std::size_t bytes = 0;
  for (const AddedField& field : added) bytes += field.name.size() + field.value.size() + 4;
  return bytes;
}

}  // namespace

std::optional<std::size_t> write_request_head(const Request& request, const RequestRewrite& rewrite,
                                              std::span<char> output) {
  HeadOutput out(output);
  out.append(request.method_text);
  out.append(" ");
  out.append(request.path);
  out.append(request.query);
  out.append(" HTTP/1.1\r\n");
  out.append_field("Host", request.authority.empty() ? rewrite.endpoint : request.authority);
  const SaidByPeer said = write_passing_fields(request, rewrite, out);
  write_forwarding(request, rewrite, said, out);
  write_added(rewrite.added, out);
  write_connection(request, rewrite, out);
  write_framing(request.body, out);
  return finish(out);
}

std::optional<std::size_t> write_response_head(const Response& response,
                                               const ResponseRewrite& rewrite,
                                               std::span<char> output) {
  HeadOutput out(output);
  write_status_line(response, out);
  for (const Field& field : response.fields) {
    if (passes(field, rewrite)) out.append_field(field.name, field.value);
  }
  if (rewrite.adds_via) out.append_field("Via", via_text);
  if (response.is_interim()) return finish(out);
  if (!rewrite.request_id.empty()) out.append_field("X-Request-Id", rewrite.request_id);
  write_added(rewrite.added, out);
  write_connection(response, rewrite, out);
  write_framing(rewrite.plan.body, out);
  if (response.described_length) write_length(*response.described_length, out);
  return finish(out);
}

std::size_t rewritten_bytes_max(const Request& request, const RequestRewrite& rewrite) {
  return fields_bytes_max(request.fields) + request.method_text.size() + request.path.size() +
         request.query.size() + 3 * request.authority.size() + 2 * rewrite.peer_address.size() +
         2 * rewrite.scheme.size() + rewrite.request_id.size() + rewrite.endpoint.size() +
         request.upgrade.size() + added_bytes(rewrite.added);
}

std::size_t rewritten_bytes_max(const Response& response, const ResponseRewrite& rewrite) {
  return fields_bytes_max(response.fields) + response.reason.size() + response.upgrade.size() +
         rewrite.request_id.size() + added_bytes(rewrite.added);
}

std::string_view usable_request_id(const Request& request, PeerTrust trust) {
  if (trust == PeerTrust::untrusted) return {};
  const FieldLookup found = find_field(request.fields, "x-request-id");
  const bool usable = found.count == 1 && found.value.size() <= request_id_bytes_max;
  return usable && is_token(found.value) ? found.value : std::string_view();
}

}  // namespace kai::splitter
