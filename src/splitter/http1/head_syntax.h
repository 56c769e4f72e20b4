// The syntax of a message head: exactly the grammar of RFC 9112, resumable at every byte. It
// repairs nothing and decides nothing; policy does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

inline constexpr std::size_t method_bytes_max = 32;
inline constexpr std::size_t start_line_bytes_max = 8192;  // without CRLF
inline constexpr std::size_t field_bytes_max = 8192;       // without CRLF
inline constexpr std::size_t fields_max = 100;
inline constexpr std::size_t request_head_bytes_max = 32'768;
inline constexpr std::size_t response_head_bytes_max = 65'536;

// All that a connection keeps of a head that is not complete yet. A new message starts with a new
// one.
struct HeadProgress {
  std::uint32_t line_begin = 0;  // offset of the first line that is not complete
  std::uint16_t line_count = 0;  // complete lines before it: the start line and fields
};

// Views into the buffer. The tables are large (5 KiB) and meant to exist once per worker: they are
// filled when a head is complete and stay good until the buffer or the table is used for something
// else. To look at a head again later, parse its bytes again.
struct FieldTable {
  std::array<Field, fields_max> entries;
  std::size_t count = 0;

  [[nodiscard]] std::span<Field> fields() { return std::span(entries).first(count); }
  [[nodiscard]] std::span<const Field> fields() const { return std::span(entries).first(count); }
};

struct Version {
  int major = 0;  // one digit each
  int minor = 0;

  friend bool operator==(const Version&, const Version&) = default;
};

struct RequestHead {
  std::string_view method;  // a token
  std::string_view target;  // visible ASCII without '#' and '\'
  Version version;
  FieldTable table;
  std::size_t head_bytes = 0;  // from the beginning of the buffer to the end of the empty line
};

struct ResponseHead {
  Version version;
  int status = 0;  // three digits: 0-999
  std::string_view reason;
  FieldTable table;
  std::size_t head_bytes = 0;
};

struct HeadStep {
  Progress progress = Progress::need_more;
  Refusal refusal = Refusal::bad_start_line;  // when refused
};

// Reads on in `buffer`, which begins with the first byte of the message and holds all that has come
// (bytes behind the head are left alone). need_more: wait for bytes, then call with the longer
// buffer, which may have moved. complete: `head` is whole. The result is the same for every way to
// cut the input. A call reads from the line that is not complete yet (8 KiB at most) on, and once
// more all lines when the last piece is there: a dripped byte costs microseconds at worst (bench/).
[[nodiscard]] HeadStep parse_request_head(HeadProgress& progress, std::string_view buffer,
                                          RequestHead& head);
[[nodiscard]] HeadStep parse_response_head(HeadProgress& progress, std::string_view buffer,
                                           ResponseHead& head);

}  // namespace kai::splitter
