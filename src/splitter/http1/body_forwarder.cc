#include "splitter/http1/body_forwarder.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "splitter/http1/chunk_syntax.h"
#include "splitter/http1/field.h"
#include "splitter/http1/field_line.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

constexpr std::string_view crlf = "\r\n";

ShortText chunk_line_of(std::uint64_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  ShortText text;
  for (int shift = (static_cast<int>(std::bit_width(size | 1)) - 1) / 4 * 4; shift >= 0;
       shift -= 4) {
    text.octets[text.size++] = digits[size >> shift & 0xF];
  }
  for (const char octet : crlf) text.octets[text.size++] = octet;
  return text;
}

BodyStep refused(Refusal refusal) {
  return {.progress = BodyProgress::refused, .refusal = refusal};
}

bool fits(BodyFraming from, BodyFraming to) {
  switch (from) {
    case BodyFraming::none:
    case BodyFraming::length:
    case BodyFraming::tunnel:
      return from == to;
    case BodyFraming::chunked:
    case BodyFraming::until_close:
      return to == BodyFraming::chunked || to == BodyFraming::until_close;
  }
  return false;
}

// Trailers arrive when everything was decided already: what would have mattered comes too late.
bool may_be_trailer(std::string_view name) {
  const FieldName field = classify_field_name(name);
  return !is_protected(field.id) && !is_hop_by_hop(field.id) && field.id != FieldId::expect;
}

// "name: value" CRLF, just as we would write it.
bool is_canonical(const FieldLineStep& line) {
  const Field& field = line.field;
  const char* const name_end = field.name.data() + field.name.size();
  return line.line_bytes == field.name.size() + field.value.size() + 4 && name_end[1] == ' ';
}

}  // namespace

// One call of next(): a step in the making. [step.skip, at) is what passes.
struct BodyForwarder::Walk {
  std::string_view input;
  std::size_t at = 0;
  BodyStep step;

  [[nodiscard]] std::string_view rest() const { return input.substr(at); }
  // Nothing to be sent yet, so that bytes may still be dropped or put before it.
  [[nodiscard]] bool is_fresh() const { return at == step.skip && step.before.size == 0; }
  void skip(std::size_t bytes) {
    at += bytes;
    step.skip = at;
  }
  bool stop(BodyProgress progress) {
    step.progress = progress;
    return false;
  }
  bool refuse(Refusal refusal) {
    step.refusal = refusal;
    return stop(BodyProgress::refused);
  }
};

BodyForwarder::BodyForwarder(const BodyRoute& route)
    : left_(route.from.length),
      bytes_max_(route.bytes_max),
      to_(route.to),
      passes_trailers_(route.passes_trailers) {
  KAI_CHECK(fits(route.from.framing, route.to));
  switch (route.from.framing) {
    case BodyFraming::none:
      break;
    case BodyFraming::length:
      state_ = left_ == 0 ? State::over : State::counted;
      break;
    case BodyFraming::chunked:
      state_ = State::chunk_line;
      break;
    case BodyFraming::until_close:
    case BodyFraming::tunnel:
      state_ = State::open;
      break;
  }
}

BodyStep BodyForwarder::next(std::string_view input) {
  switch (state_) {
    case State::over:
      return {.progress = BodyProgress::complete};
    case State::counted:
      return next_counted(input);
    case State::open:
      return next_open(input);
    case State::chunk_line:
    case State::chunk_data:
    case State::chunk_end:
    case State::trailer:
    case State::trailer_value:
      break;
  }
  return next_chunked(input);
}

BodyStep BodyForwarder::end() {
  if (state_ == State::over) return {.progress = BodyProgress::complete};
  if (state_ != State::open) return refused(Refusal::truncated);
  state_ = State::over;
  BodyStep step{.progress = BodyProgress::complete};
  if (to_ == BodyFraming::chunked) step.after = "0\r\n\r\n";
  return step;
}

BodyStep BodyForwarder::next_counted(std::string_view input) {
  if (left_ > bytes_max_ - content_bytes_) return refused(Refusal::body_too_large);
  const std::uint64_t bytes = std::min<std::uint64_t>(left_, input.size());
  left_ -= bytes;
  content_bytes_ += bytes;
  if (left_ == 0) state_ = State::over;
  return {.progress = left_ == 0 ? BodyProgress::complete : BodyProgress::need_more,
          .pass = static_cast<std::size_t>(bytes)};
}

BodyStep BodyForwarder::next_open(std::string_view input) {
  if (input.size() > bytes_max_ - content_bytes_) return refused(Refusal::body_too_large);
  BodyStep step{.pass = input.size()};
  content_bytes_ += input.size();
  if (to_ == BodyFraming::chunked && !input.empty()) {  // an empty chunk would end the body
    step.before = chunk_line_of(input.size());
    step.after = crlf;
  }
  return step;
}

BodyStep BodyForwarder::next_chunked(std::string_view input) {
  Walk walk{.input = input};
  bool goes_on = true;
  while (goes_on) {
    switch (state_) {
      case State::chunk_line:
        goes_on = walk_chunk_line(walk);
        break;
      case State::chunk_data:
        goes_on = walk_data(walk);
        break;
      case State::chunk_end:
        goes_on = walk_chunk_end(walk);
        break;
      case State::trailer:
        goes_on = walk_trailer(walk);
        break;
      case State::trailer_value:
        goes_on = walk_trailer_value(walk);
        break;
      case State::counted:
      case State::open:
      case State::over:
        goes_on = walk.stop(BodyProgress::complete);
        break;
    }
  }
  if (walk.step.progress == BodyProgress::refused) return refused(walk.step.refusal);
  walk.step.pass = walk.at - walk.step.skip;
  return walk.step;
}

bool BodyForwarder::walk_chunk_line(Walk& walk) {
  const ChunkLineStep line =
      parse_chunk_line(walk.rest(), chunk_extension_bytes_max - extension_bytes_);
  if (line.progress == Progress::need_more) return walk.stop(BodyProgress::need_more);
  if (line.progress == Progress::refused) return walk.refuse(Refusal::bad_chunk);
  if (line.size > bytes_max_ - content_bytes_) return walk.refuse(Refusal::body_too_large);
  if (to_ == BodyFraming::chunked && line.is_canonical) {
    walk.at += line.line_bytes;
  } else {
    if (!walk.is_fresh()) return walk.stop(BodyProgress::again);
    walk.skip(line.line_bytes);
    if (to_ == BodyFraming::chunked) walk.step.before = chunk_line_of(line.size);
  }
  extension_bytes_ = static_cast<std::uint16_t>(extension_bytes_ + line.extension_bytes);
  left_ = line.size;
  state_ = line.size == 0 ? State::trailer : State::chunk_data;
  return true;
}

bool BodyForwarder::walk_data(Walk& walk) {
  const std::uint64_t bytes = std::min<std::uint64_t>(left_, walk.rest().size());
  walk.at += static_cast<std::size_t>(bytes);
  left_ -= bytes;
  content_bytes_ += bytes;
  if (left_ != 0) return walk.stop(BodyProgress::need_more);
  state_ = State::chunk_end;
  return true;
}

bool BodyForwarder::walk_chunk_end(Walk& walk) {
  const std::string_view rest = walk.rest().substr(0, 2);
  if (!crlf.starts_with(rest)) return walk.refuse(Refusal::bad_chunk);
  if (rest.size() < 2) return walk.stop(BodyProgress::need_more);
  if (to_ == BodyFraming::chunked) {
    walk.at += 2;
  } else {
    if (!walk.is_fresh()) return walk.stop(BodyProgress::again);
    walk.skip(2);
  }
  state_ = State::chunk_line;
  return true;
}

bool BodyForwarder::walk_trailer(Walk& walk) {
  if (trailer_rest_ != 0) {  // what pass_trailer left of its line
    KAI_CHECK(walk.is_fresh() && trailer_rest_ <= walk.rest().size());
    walk.skip(trailer_rest_);
    trailer_rest_ = 0;
  }
  if (crlf.starts_with(walk.rest().substr(0, 2))) return walk_trailer_end(walk);
  const std::size_t bytes_left = trailer_bytes_max - trailer_bytes_;
  if (bytes_left < crlf.size()) return walk.refuse(Refusal::bad_trailer);
  const FieldLineStep line = parse_field_line(walk.rest(), bytes_left - crlf.size());
  if (line.progress == Progress::need_more) return walk.stop(BodyProgress::need_more);
  if (line.progress == Progress::refused || trailer_count_ == trailer_fields_max ||
      !may_be_trailer(line.field.name)) {
    return walk.refuse(Refusal::bad_trailer);
  }
  const bool passes = passes_trailers_ && to_ == BodyFraming::chunked;
  if (!passes && !walk.is_fresh()) return walk.stop(BodyProgress::again);
  trailer_count_ += 1;
  trailer_bytes_ = static_cast<std::uint16_t>(trailer_bytes_ + line.line_bytes);
  if (passes) return pass_trailer(walk, line);
  walk.skip(line.line_bytes);
  return true;
}

bool BodyForwarder::walk_trailer_end(Walk& walk) {
  if (walk.rest().size() < 2) return walk.stop(BodyProgress::need_more);
  if (to_ == BodyFraming::chunked) {
    walk.at += 2;
  } else {
    if (!walk.is_fresh()) return walk.stop(BodyProgress::again);
    walk.skip(2);
  }
  state_ = State::over;
  return walk.stop(BodyProgress::complete);
}

// Written anew: "name: value" with one space, in two steps unless it came so.
bool BodyForwarder::pass_trailer(Walk& walk, const FieldLineStep& line) {
  if (is_canonical(line)) {
    walk.at += line.line_bytes;
    return true;
  }
  const std::size_t colon_end = line.field.name.size() + 1;
  const auto value_begin =
      static_cast<std::size_t>(line.field.value.data() - line.field.name.data());
  const std::size_t value_end = value_begin + line.field.value.size();
  trailer_blanks_ = static_cast<std::uint16_t>(value_begin - colon_end);
  trailer_value_bytes_ = static_cast<std::uint16_t>(line.field.value.size());
  trailer_rest_ = static_cast<std::uint16_t>(line.line_bytes - value_end);
  walk.at += colon_end;
  walk.step.after = " ";
  state_ = State::trailer_value;
  return walk.stop(BodyProgress::again);
}

// The rest of a line that pass_trailer has begun and that is there as a whole.
bool BodyForwarder::walk_trailer_value(Walk& walk) {
  KAI_CHECK(walk.rest().size() >= std::size_t{trailer_blanks_} + trailer_value_bytes_);
  walk.skip(trailer_blanks_);
  walk.at += trailer_value_bytes_;
  walk.step.after = crlf;
  state_ = State::trailer;
  return walk.stop(BodyProgress::again);
}

}  // namespace kai::splitter
