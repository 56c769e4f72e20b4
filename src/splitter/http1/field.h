// One field of a head or trailer: its name, its value, and which of the fields we know it is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kai::splitter {

// The fields that policy or rewriting treats in a special way; all others are `other` and pass.
enum class FieldId : std::uint8_t {
  other,
  // Framing and routing
  content_length,
  transfer_encoding,
  host,
  // Of one connection
  connection,
  keep_alive,
  proxy_connection,
  proxy_authenticate,
  proxy_authorization,
  te,
  trailer,
  upgrade,
  http2_settings,
  expect,
  // Forwarding and identity
  forwarded,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_forwarded_other,  // any other X-Forwarded-*
  x_real_ip,
  x_kai,  // any X-Kai-*
  x_request_id,
  via,
  authorization,
  cookie,
  set_cookie,
  cache_control,
};

struct FieldName {
  FieldId id = FieldId::other;
  // Spelled with `_` where the field we know has `-`. Many applications cannot tell the two apart
  // (CGI variables), so a twin of a framing, forwarding or identity field never passes. For other
  // fields the twin is simply another field.
  bool twin = false;

  friend bool operator==(const FieldName&, const FieldName&) = default;
};

// Views into the buffer that was parsed.
struct Field {
  std::string_view name;   // a token, as received
  std::string_view value;  // without outer white space, as received
  FieldId id = FieldId::other;
  bool twin = false;
  bool named_by_connection = false;  // an option of Connection: ends at this hop
};

// Any case. Never fails: a name that is not known is `other`.
[[nodiscard]] FieldName classify_field_name(std::string_view name);
// Writes into each field what its name says.
void classify_fields(std::span<Field> fields);

// Framing, Host, forwarding, authentication or identity: what Connection may not name and a trailer
// may not hold, twins included.
[[nodiscard]] bool is_protected(FieldId id);
// What ends at this hop whether Connection names it or not (RFC 9110 §7.6.1).
[[nodiscard]] bool is_hop_by_hop(FieldId id);

// How often a name occurs and the value of its first occurrence.
struct FieldLookup {
  std::uint32_t count = 0;
  std::string_view value;
};

// Fields called `name`, in any case. Rules of a route match if `count` is 1 and the value fits; a
// key that occurs twice is no key.
[[nodiscard]] FieldLookup find_field(std::span<const Field> fields, std::string_view name);

// Cookies called `name` (case counts) in all Cookie fields; value as received, quotes included.
[[nodiscard]] FieldLookup find_cookie(std::span<const Field> fields, std::string_view name);

}  // namespace kai::splitter
