#include "splitter/http1/head_syntax.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "splitter/http1/field_line.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

struct LineStep {
  Progress progress = Progress::need_more;
  Refusal refusal = Refusal::bad_start_line;
  std::size_t bytes = 0;
};

LineStep refuse(Refusal refusal) { return {.progress = Progress::refused, .refusal = refusal}; }
LineStep complete(std::size_t bytes) { return {.progress = Progress::complete, .bytes = bytes}; }

bool is_control(char octet) { return static_cast<unsigned char>(octet) < ' ' || octet == '\x7F'; }

// Why `octet` may not stand where the start line wants something visible.
Refusal why_not(char octet, Refusal otherwise) {
  if (octet == '\n') return Refusal::bad_line_end;
  if (octet == '\r') return Refusal::bad_start_line;
  return is_control(octet) ? Refusal::bad_control : otherwise;
}

// One line as it is read from left to right; `window` ends where the line's limit ends.
struct Cursor {
  std::string_view window;
  std::size_t at = 0;

  [[nodiscard]] bool ended() const { return at == window.size(); }
  [[nodiscard]] char octet() const { return window[at]; }
};

// CRLF at the cursor, after a text that may not hold CR or LF.
LineStep line_end(Cursor cursor, Refusal otherwise) {
  if (cursor.ended()) return {};
  if (cursor.octet() != '\r') return refuse(why_not(cursor.octet(), otherwise));
  if (++cursor.at == cursor.window.size()) return {};
  if (cursor.octet() != '\n') return refuse(Refusal::bad_line_end);
  return complete(cursor.at + 1);
}

// The octets of `pattern`, where a '0' stands for any digit.
LineStep pattern_step(Cursor& cursor, std::string_view pattern) {
  for (const char wanted : pattern) {
    if (cursor.ended()) return {};
    const char octet = cursor.octet();
    if (wanted == '0' ? !is_digit(octet) : octet != wanted) {
      return refuse(why_not(octet, Refusal::bad_start_line));
    }
    cursor.at += 1;
  }
  return complete(cursor.at);
}

LineStep version(Cursor& cursor, Version& result) {
  const LineStep step = pattern_step(cursor, "HTTP/0.0");
  if (step.progress != Progress::complete) return step;
  result.major = cursor.window[cursor.at - 3] - '0';
  result.minor = cursor.window[cursor.at - 1] - '0';
  return complete(cursor.at);
}

LineStep method(Cursor& cursor, std::string_view& result) {
  while (!cursor.ended() && is_token_octet(cursor.octet())) {
    if (cursor.at == method_bytes_max) return refuse(Refusal::bad_method);
    cursor.at += 1;
  }
  if (cursor.ended()) return {};
  if (cursor.octet() != ' ' || cursor.at == 0) {
    // The first byte of a TLS handshake record.
    if (cursor.at == 0 && cursor.octet() == '\x16') return refuse(Refusal::wrong_protocol);
    return refuse(why_not(cursor.octet(), Refusal::bad_start_line));
  }
  result = cursor.window.substr(0, cursor.at);
  cursor.at += 1;
  return complete(cursor.at);
}

LineStep target(Cursor& cursor, std::string_view& result) {
  const std::size_t begin = cursor.at;
  while (!cursor.ended() && is_target_octet(cursor.octet())) cursor.at += 1;
  if (cursor.ended()) return {};
  if (cursor.octet() != ' ') return refuse(why_not(cursor.octet(), Refusal::bad_target));
  if (cursor.at == begin) return refuse(Refusal::bad_start_line);
  result = cursor.window.substr(begin, cursor.at - begin);
  cursor.at += 1;
  return complete(cursor.at);
}

LineStep parse_start_line(std::string_view window, RequestHead& head) {
  Cursor cursor{.window = window};
  LineStep step = method(cursor, head.method);
  if (step.progress == Progress::complete) step = target(cursor, head.target);
  if (step.progress == Progress::complete) step = version(cursor, head.version);
  if (step.progress == Progress::complete) step = line_end(cursor, Refusal::bad_start_line);
  return step;
}

LineStep status_code(Cursor& cursor, int& result) {
  const LineStep step = pattern_step(cursor, " 000 ");
  if (step.progress != Progress::complete) return step;
  result = 0;
  for (const char digit : cursor.window.substr(cursor.at - 4, 3)) {
    result = result * 10 + (digit - '0');
  }
  return complete(cursor.at);
}

LineStep parse_start_line(std::string_view window, ResponseHead& head) {
  Cursor cursor{.window = window};
  LineStep step = version(cursor, head.version);
  if (step.progress == Progress::complete) step = status_code(cursor, head.status);
  if (step.progress != Progress::complete) return step;
  const std::size_t begin = cursor.at;
  while (!cursor.ended() && is_field_value_octet(cursor.octet())) cursor.at += 1;
  head.reason = window.substr(begin, cursor.at - begin);
  return line_end(cursor, Refusal::bad_control);
}

// At most one empty line before a request line is skipped (RFC 9112 §2.2).
constexpr std::size_t empty_line_bytes(const RequestHead& /*head*/, std::string_view buffer) {
  return buffer.starts_with("\r\n") ? 2 : 0;
}
constexpr std::size_t empty_line_bytes(const ResponseHead& /*head*/, std::string_view /*buffer*/) {
  return 0;
}
constexpr std::size_t head_bytes_max(const RequestHead& /*head*/) { return request_head_bytes_max; }
constexpr std::size_t head_bytes_max(const ResponseHead& /*head*/) {
  return response_head_bytes_max;
}

template <typename Head>
LineStep read_start_line(std::string_view buffer, Head& head) {
  const std::size_t skipped = empty_line_bytes(head, buffer);
  // A lone CR may yet become the empty line.
  if (skipped == 0 && buffer == "\r" && empty_line_bytes(head, "\r\n") != 0) return {};
  const std::string_view window = buffer.substr(skipped, start_line_bytes_max + 2);
  LineStep step = parse_start_line(window, head);
  if (step.progress == Progress::need_more && window.size() == start_line_bytes_max + 2) {
    return refuse(Refusal::start_line_too_long);
  }
  step.bytes += skipped;
  return step;
}

// The line at `rest`: a field that goes to `table`, or the empty line, after which `ended` is true.
LineStep read_line(std::string_view rest, FieldTable& table, bool& ended) {
  if (rest.empty() || rest == "\r") return {};
  if (rest.starts_with("\r\n")) {
    ended = true;
    return complete(2);
  }
  if (rest.front() == '\r') return refuse(Refusal::bad_line_end);
  const FieldLineStep line = parse_field_line(rest, field_bytes_max);
  if (line.progress != Progress::complete) {
    return {.progress = line.progress, .refusal = line.refusal};
  }
  if (table.count == fields_max) return refuse(Refusal::too_many_fields);
  table.entries[table.count++] = line.field;
  return complete(line.line_bytes);
}

// Reads lines from `progress` on. What a table holds of lines before it is of no use here.
template <typename Head>
HeadStep read_lines(HeadProgress& progress, std::string_view buffer, Head& head) {
  const std::string_view window = buffer.substr(0, head_bytes_max(head));
  head.table.count = progress.line_count == 0 ? 0 : progress.line_count - 1U;
  bool ended = false;
  while (!ended) {
    const std::string_view rest = window.substr(progress.line_begin);
    const LineStep step =
        progress.line_count == 0 ? read_start_line(rest, head) : read_line(rest, head.table, ended);
    if (step.progress == Progress::refused) return {Progress::refused, step.refusal};
    if (step.progress == Progress::need_more) {
      if (window.size() < head_bytes_max(head)) return {};
      return {Progress::refused, Refusal::head_too_large};
    }
    progress.line_begin += static_cast<std::uint32_t>(step.bytes);
    progress.line_count += 1;
  }
  head.head_bytes = progress.line_begin;
  return {.progress = Progress::complete};
}

// A head that came in one piece is read once. One that came in several is read again as a whole
// when its end is there, because the table served others meanwhile.
template <typename Head>
HeadStep parse_head(HeadProgress& progress, std::string_view buffer, Head& head) {
  const bool resumed = progress.line_count != 0;
  const HeadStep step = read_lines(progress, buffer, head);
  if (step.progress != Progress::complete || !resumed) return step;
  HeadProgress again;
  return read_lines(again, buffer, head);
}

}  // namespace

HeadStep parse_request_head(HeadProgress& progress, std::string_view buffer, RequestHead& head) {
  return parse_head(progress, buffer, head);
}

HeadStep parse_response_head(HeadProgress& progress, std::string_view buffer, ResponseHead& head) {
  return parse_head(progress, buffer, head);
}

}  // namespace kai::splitter
