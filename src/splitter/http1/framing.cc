#include "splitter/http1/framing.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/field.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

constexpr std::uint64_t length_max = (std::uint64_t{1} << 63) - 1;

std::expected<Body, Refusal> chunked_body(std::string_view coding, HttpVersion version) {
  // The codings of RFC 9112 §7.2 and the names that §7.2 keeps for them.
  constexpr std::array<std::string_view, 5> others = {"gzip", "x-gzip", "deflate", "compress",
                                                      "x-compress"};
  if (version == HttpVersion::http_1_0) return std::unexpected(Refusal::bad_transfer_encoding);
  if (equals_lower(coding, "chunked")) return Body{.framing = BodyFraming::chunked};
  const bool known =
      std::ranges::any_of(others, [&](auto other) { return equals_lower(coding, other); });
  return std::unexpected(known ? Refusal::unsupported_coding : Refusal::bad_transfer_encoding);
}

}  // namespace

std::optional<std::uint64_t> parse_content_length(std::string_view text) {
  if (text.empty() || text.size() > 19 || !std::ranges::all_of(text, is_digit)) return {};
  std::uint64_t length = 0;  // 19 digits fit into 64 bits
  for (const char digit : text) length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  if (length > length_max) return {};
  return length;
}

std::expected<Body, Refusal> declared_body(std::span<const Field> fields, HttpVersion version) {
  const Field* length = nullptr;
  const Field* coding = nullptr;
  bool repeated_length = false;
  bool repeated_coding = false;
  for (const Field& field : fields) {
    if (field.twin) continue;
    if (field.id == FieldId::content_length) {
      repeated_length |= length != nullptr;
      length = &field;
    } else if (field.id == FieldId::transfer_encoding) {
      repeated_coding |= coding != nullptr;
      coding = &field;
    }
  }
  if (length && coding) return std::unexpected(Refusal::framing_conflict);
  if (repeated_length) return std::unexpected(Refusal::bad_content_length);
  if (repeated_coding) return std::unexpected(Refusal::bad_transfer_encoding);
  if (coding) return chunked_body(coding->value, version);
  if (!length) return Body{};
  const auto bytes = parse_content_length(length->value);
  if (!bytes) return std::unexpected(Refusal::bad_content_length);
  return Body{.framing = BodyFraming::length, .length = *bytes};
}

}  // namespace kai::splitter
