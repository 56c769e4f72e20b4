// Carries one body from its sender to its receiver: says which bytes may pass unchanged and what to
// write between them. It sees bytes and holds none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "splitter/http1/field_line.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

inline constexpr std::size_t trailer_fields_max = 32;
inline constexpr std::size_t trailer_bytes_max = 8192;

// A chunk line of ours: at most 16 hex digits and CRLF.
struct ShortText {
  std::array<char, 18> octets;
  std::uint8_t size = 0;

  [[nodiscard]] std::string_view view() const { return {octets.data(), size}; }
};

enum class BodyProgress : std::uint8_t {
  again,      // take the step, then call again with the rest of the input
  need_more,  // take the step; the rest of the input waits for bytes behind it
  complete,   // take the step; the body is over, the rest of the input is none of it
  refused,    // close both connections without a valid end of message
};

// Drop `skip` bytes of the input, send `before`, send the next `pass` bytes of the input unchanged,
// send `after`.
struct BodyStep {
  BodyProgress progress = BodyProgress::need_more;
  Refusal refusal = Refusal::bad_chunk;  // when refused; nothing is to be sent then
  std::size_t skip = 0;
  ShortText before;
  std::size_t pass = 0;
  std::string_view after;  // of static storage

  [[nodiscard]] std::size_t taken() const { return skip + pass; }
};

struct BodyRoute {
  Body from;
  // length and none as `from`; chunked and until_close may become each other.
  BodyFraming to = BodyFraming::none;
  std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max();  // else body_too_large
  bool passes_trailers = false;  // else they are dropped once they are found valid
};

class BodyForwarder {
 public:
  BodyForwarder() = default;  // a body that is over
  explicit BodyForwarder(const BodyRoute& route);

  // `input`: the bytes of the sender that were not taken yet. The lines sent do not depend on cuts,
  // but where a body gets chunks from us (until_close to chunked) each call makes one.
  [[nodiscard]] BodyStep next(std::string_view input);

  // The sender closed and all input was taken: complete, with the end to be sent, or refused as
  // truncated.
  [[nodiscard]] BodyStep end();

  [[nodiscard]] bool is_over() const { return state_ == State::over; }
  // Bytes of content that came so far, without framing.
  [[nodiscard]] std::uint64_t content_bytes() const { return content_bytes_; }

 private:
  enum class State : std::uint8_t {
    counted,        // length: left_ bytes to come
    open,           // until_close and tunnel
    chunk_line,     //
    chunk_data,     // left_ bytes to come
    chunk_end,      // CRLF behind the data
    trailer,        // field lines and the empty line
    trailer_value,  // of a trailer that is written anew
    over,
  };
  struct Walk;

  BodyStep next_counted(std::string_view input);
  BodyStep next_open(std::string_view input);
  BodyStep next_chunked(std::string_view input);
  bool walk_chunk_line(Walk& walk);
  bool walk_data(Walk& walk);
  bool walk_chunk_end(Walk& walk);
  bool walk_trailer(Walk& walk);
  bool walk_trailer_end(Walk& walk);
  bool pass_trailer(Walk& walk, const FieldLineStep& line);
  bool walk_trailer_value(Walk& walk);

  std::uint64_t left_ = 0;
  std::uint64_t content_bytes_ = 0;
  std::uint64_t bytes_max_ = 0;
  std::uint16_t extension_bytes_ = 0;
  std::uint16_t trailer_bytes_ = 0;
  std::uint16_t trailer_blanks_ = 0;  // before the value of the trailer being written
  std::uint16_t trailer_value_bytes_ = 0;
  std::uint16_t trailer_rest_ = 0;  // blanks and CRLF behind it
  std::uint8_t trailer_count_ = 0;
  BodyFraming to_ = BodyFraming::none;
  bool passes_trailers_ = false;
  State state_ = State::over;
};

}  // namespace kai::splitter
