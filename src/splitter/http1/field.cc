#include "splitter/http1/field.h"

#include <cstddef>
#include <span>
#include <string_view>

#include "splitter/http1/octets.h"

namespace kai::splitter {
namespace {

// Folds case and `_` to `-`; `twin` becomes true where an underscore was folded.
bool equals_folded(std::string_view name, std::string_view lower, bool& twin) {
  if (name.size() != lower.size()) return false;
  bool underscore = false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool folded = name[at] == '_' && lower[at] == '-';
    if (!folded && to_lower(name[at]) != lower[at]) return false;
    underscore |= folded;
  }
  twin = underscore;
  return true;
}

// Which known name has `name`'s length; several per length are tried in turn.
FieldId match(std::string_view name, bool& twin) {
  const auto is = [&](std::string_view lower) { return equals_folded(name, lower, twin); };
  switch (name.size()) {
    case 2:
      return is("te") ? FieldId::te : FieldId::other;
    case 3:
      return is("via") ? FieldId::via : FieldId::other;
    case 4:
      return is("host") ? FieldId::host : FieldId::other;
    case 6:
      if (is("cookie")) return FieldId::cookie;
      return is("expect") ? FieldId::expect : FieldId::other;
    case 7:
      if (is("upgrade")) return FieldId::upgrade;
      return is("trailer") ? FieldId::trailer : FieldId::other;
    case 9:
      if (is("forwarded")) return FieldId::forwarded;
      return is("x-real-ip") ? FieldId::x_real_ip : FieldId::other;
    case 10:
      if (is("connection")) return FieldId::connection;
      if (is("keep-alive")) return FieldId::keep_alive;
      return is("set-cookie") ? FieldId::set_cookie : FieldId::other;
    case 12:
      return is("x-request-id") ? FieldId::x_request_id : FieldId::other;
    case 13:
      if (is("cache-control")) return FieldId::cache_control;
      return is("authorization") ? FieldId::authorization : FieldId::other;
    case 14:
      if (is("content-length")) return FieldId::content_length;
      return is("http2-settings") ? FieldId::http2_settings : FieldId::other;
    case 15:
      return is("x-forwarded-for") ? FieldId::x_forwarded_for : FieldId::other;
    case 16:
      if (is("proxy-connection")) return FieldId::proxy_connection;
      return is("x-forwarded-host") ? FieldId::x_forwarded_host : FieldId::other;
    case 17:
      if (is("transfer-encoding")) return FieldId::transfer_encoding;
      return is("x-forwarded-proto") ? FieldId::x_forwarded_proto : FieldId::other;
    case 18:
      return is("proxy-authenticate") ? FieldId::proxy_authenticate : FieldId::other;
    case 19:
      return is("proxy-authorization") ? FieldId::proxy_authorization : FieldId::other;
    default:
      return FieldId::other;
  }
}

FieldId match_prefix(std::string_view name, bool& twin) {
  constexpr std::string_view kai = "x-kai-";
  constexpr std::string_view forwarded = "x-forwarded-";
  if (equals_folded(name.substr(0, kai.size()), kai, twin)) return FieldId::x_kai;
  if (equals_folded(name.substr(0, forwarded.size()), forwarded, twin)) {
    return FieldId::x_forwarded_other;
  }
  return FieldId::other;
}

bool has_underscore(std::string_view name) { return name.contains('_'); }

}  // namespace

FieldName classify_field_name(std::string_view name) {
  FieldName result;
  result.id = match(name, result.twin);
  if (result.id == FieldId::other && !name.empty() && to_lower(name.front()) == 'x') {
    result.id = match_prefix(name, result.twin);
    // `X-Forwarded-My_Port` is a twin of X-Forwarded-My-Port just as well.
    if (result.id != FieldId::other) result.twin = has_underscore(name);
  }
  if (result.twin && !is_protected(result.id)) return {};
  return result;
}

bool is_protected(FieldId id) {
  switch (id) {
    case FieldId::content_length:
    case FieldId::transfer_encoding:
    case FieldId::host:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::forwarded:
    case FieldId::x_forwarded_for:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_proto:
    case FieldId::x_forwarded_other:
    case FieldId::x_real_ip:
    case FieldId::x_kai:
    case FieldId::x_request_id:
    case FieldId::via:
    case FieldId::authorization:
    case FieldId::cookie:
    case FieldId::set_cookie:
      return true;
    case FieldId::other:
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::upgrade:
    case FieldId::http2_settings:
    case FieldId::expect:
    case FieldId::cache_control:
      return false;
  }
  return true;  // only a corrupt id gets here
}

bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::transfer_encoding:
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::upgrade:
    case FieldId::http2_settings:
      return true;
    case FieldId::other:
    case FieldId::content_length:
    case FieldId::host:
    case FieldId::expect:
    case FieldId::forwarded:
    case FieldId::x_forwarded_for:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_proto:
    case FieldId::x_forwarded_other:
    case FieldId::x_real_ip:
    case FieldId::x_kai:
    case FieldId::x_request_id:
    case FieldId::via:
    case FieldId::authorization:
    case FieldId::cookie:
    case FieldId::set_cookie:
    case FieldId::cache_control:
      return false;
  }
  return true;
}

FieldLookup find_field(std::span<const Field> fields, std::string_view name) {
  FieldLookup found;
  for (const Field& field : fields) {
    if (!equals_in_any_case(field.name, name)) continue;
    if (found.count == 0) found.value = field.value;
    found.count += 1;
  }
  return found;
}

namespace {

void find_cookie_in(std::string_view value, std::string_view name, FieldLookup& found) {
  while (!value.empty()) {
    const std::size_t end = value.find(';');
    const std::string_view pair = without_outer_blanks(value.substr(0, end));
    value = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    if (without_outer_blanks(pair.substr(0, equals)) != name) continue;
    if (found.count == 0) found.value = without_outer_blanks(pair.substr(equals + 1));
    found.count += 1;
  }
}

}  // namespace

FieldLookup find_cookie(std::span<const Field> fields, std::string_view name) {
  FieldLookup found;
  for (const Field& field : fields) {
    if (field.id == FieldId::cookie && !field.twin) find_cookie_in(field.value, name, found);
  }
  return found;
}

void classify_fields(std::span<Field> fields) {
  for (Field& field : fields) {
    const FieldName name = classify_field_name(field.name);
    field.id = name.id;
    field.twin = name.twin;
  }
}

}  // namespace kai::splitter
