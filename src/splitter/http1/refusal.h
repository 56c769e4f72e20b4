// Why a message is not let through: one value per rule, each with its status, name and sentence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kai::splitter {

// Reasons for both directions. A refused request is answered with status_of() and its connection is
// closed; a refused answer is 502 for the client, whatever the reason, and the backend connection
// is closed.
enum class Refusal : std::uint8_t {
  // Start line
  bad_start_line,  // not METHOD SP TARGET SP HTTP/d.d, or not HTTP/d.d SP ddd SP reason
  bad_method,      // longer than method_bytes_max
  bad_target,      // form or octets that the target may not have
  dot_segments,    // `.` or `..` in the path, plain or encoded, and the route does not allow it
  version_unsupported,  // neither HTTP/1.0 nor HTTP/1.1
  wrong_protocol,       // TLS or HTTP/2 on a listener without it
  method_refused,       // CONNECT, TRACE
  // Lines
  bad_line_end,    // LF without CR, or CR without LF
  bad_control,     // NUL or another control character
  folded_line,     // a line that begins with white space
  bad_field_name,  // empty, not a token, or white space before the colon
  missing_colon,
  // Size
  start_line_too_long,
  field_too_long,
  too_many_fields,
  head_too_large,
  body_too_large,
  // Framing
  framing_conflict,       // Content-Length with Transfer-Encoding
  bad_transfer_encoding,  // anything but one `chunked`, or in HTTP/1.0
  unsupported_coding,     // one known coding that is not chunked
  bad_content_length,
  bad_chunk,    // size, extension or line end of a chunk
  bad_trailer,  // grammar, size, or a name that may not stand in a trailer
  // Host
  missing_host,
  repeated_host,
  bad_host,
  host_mismatch,  // Host differs from the authority of the target
  misdirected,    // Host is not covered by the certificate that was served
  // Connection
  bad_connection,    // not a list of tokens
  protected_option,  // Connection names a framing, Host, forwarding, auth or identity field
  bad_upgrade,       // an upgrade with a body, outside GET, or not a list of protocols
  bad_expect,
  // Time
  head_too_slow,
  body_too_slow,
  // Answers only
  bad_status,        // outside 100-599
  unasked_switch,    // 101 that nobody asked for, or to another protocol
  too_many_interim,  // more than interim_answers_max
  unexpected_body,   // bytes behind the head of an answer that has no body
  truncated,         // the sender closed before the end of the body
};
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::truncated) + 1;

// What the client is told: 400-505. For answers it is 502 always.
[[nodiscard]] int status_of(Refusal refusal);
// The label of the counter: "framing_conflict".
[[nodiscard]] std::string_view name_of(Refusal refusal);
// One sentence for the body of the answer; repeats nothing of what was received.
[[nodiscard]] std::string_view sentence_of(Refusal refusal);

}  // namespace kai::splitter
