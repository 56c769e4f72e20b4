#include "splitter/http1/refusal.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace kai::splitter {
namespace {

struct Row {
  Refusal refusal;
  int status;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<Row, refusal_count> rows{{
    {Refusal::bad_start_line, 400, "bad_start_line", "The start line is malformed."},
    {Refusal::bad_method, 400, "bad_method", "The method is too long."},
    {Refusal::bad_target, 400, "bad_target", "The request target is malformed."},
    {Refusal::dot_segments, 400, "dot_segments", "The path has dot segments."},
    {Refusal::version_unsupported, 505, "version_unsupported",
     "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
    {Refusal::wrong_protocol, 400, "wrong_protocol", "This port speaks plain HTTP/1.1."},
    {Refusal::method_refused, 405, "method_refused", "The method is not allowed here."},
    {Refusal::bad_line_end, 400, "bad_line_end", "A line does not end with CR LF."},
    {Refusal::bad_control, 400, "bad_control", "The head holds a control character."},
    {Refusal::folded_line, 400, "folded_line", "A line begins with white space."},
    {Refusal::bad_field_name, 400, "bad_field_name", "A field name is malformed."},
    {Refusal::missing_colon, 400, "missing_colon", "A field line has no colon."},
    {Refusal::start_line_too_long, 414, "start_line_too_long", "The request line is too long."},
    {Refusal::field_too_long, 431, "field_too_long", "A field is too long."},
    {Refusal::too_many_fields, 431, "too_many_fields", "The head has too many fields."},
    {Refusal::head_too_large, 431, "head_too_large", "The head is too large."},
    {Refusal::body_too_large, 413, "body_too_large", "The body is too large."},
    {Refusal::framing_conflict, 400, "framing_conflict",
     "Content-Length and Transfer-Encoding exclude each other."},
    {Refusal::bad_transfer_encoding, 400, "bad_transfer_encoding",
     "Transfer-Encoding must be one `chunked`, in HTTP/1.1."},
    {Refusal::unsupported_coding, 501, "unsupported_coding",
     "Only the transfer coding `chunked` is understood."},
    {Refusal::bad_content_length, 400, "bad_content_length",
     "Content-Length must be one whole number."},
    {Refusal::bad_chunk, 400, "bad_chunk", "The chunked body is malformed."},
    {Refusal::bad_trailer, 400, "bad_trailer", "The trailer of the body is not acceptable."},
    {Refusal::missing_host, 400, "missing_host", "The request has no Host."},
    {Refusal::repeated_host, 400, "repeated_host", "The request has more than one Host."},
    {Refusal::bad_host, 400, "bad_host", "Host is malformed."},
    {Refusal::host_mismatch, 400, "host_mismatch", "Host differs from the request target."},
    {Refusal::misdirected, 421, "misdirected", "This connection is not for that host."},
    {Refusal::bad_connection, 400, "bad_connection", "Connection is malformed."},
    {Refusal::protected_option, 400, "protected_option",
     "Connection names a field that must not end here."},
    {Refusal::bad_upgrade, 400, "bad_upgrade", "An upgrade needs GET and no body."},
    {Refusal::bad_expect, 417, "bad_expect", "Only the expectation `100-continue` is understood."},
    {Refusal::head_too_slow, 408, "head_too_slow", "The head did not arrive in time."},
    {Refusal::body_too_slow, 408, "body_too_slow", "The body did not arrive in time."},
    {Refusal::bad_status, 502, "bad_status", "The answer has no valid status."},
    {Refusal::unasked_switch, 502, "unasked_switch", "The answer switches protocols unasked."},
    {Refusal::too_many_interim, 502, "too_many_interim", "Too many interim answers."},
    {Refusal::unexpected_body, 502, "unexpected_body", "Bytes follow an answer that has no body."},
    {Refusal::truncated, 502, "truncated", "The body ended early."},
}};

constexpr bool is_in_order() {
  for (std::size_t index = 0; index < rows.size(); ++index) {
    if (static_cast<std::size_t>(rows[index].refusal) != index) return false;
  }
  return true;
}
static_assert(is_in_order(), "a row per refusal, in the order of the enum");

const Row& row_of(Refusal refusal) { return rows.at(static_cast<std::size_t>(refusal)); }

}  // namespace

int status_of(Refusal refusal) { return row_of(refusal).status; }
std::string_view name_of(Refusal refusal) { return row_of(refusal).name; }
std::string_view sentence_of(Refusal refusal) { return row_of(refusal).sentence; }

}  // namespace kai::splitter
