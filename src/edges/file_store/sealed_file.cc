#include "edges/file_store/sealed_file.h"

#include <algorithm>
#include <utility>

#include "codec/digest.h"
#include "codec/json.h"

namespace kai::edges {
namespace {

constexpr std::string_view before_digest = R"({"sha256":")";
constexpr std::string_view after_digest = "\"}\n";
constexpr std::size_t digest_size = 64;
constexpr std::size_t first_line_size = before_digest.size() + digest_size + after_digest.size();
// What stands inside may be as deep as a JSON text usually may.
constexpr std::size_t depth_max = codec::JsonLimits{}.depth_max + 2;

std::string first_line(const std::string& digest) {
  return std::string(before_digest) + digest + std::string(after_digest);
}

}  // namespace

std::string seal(const Tree& content) {
  const std::string text = codec::write_json(content) + "\n";
  return first_line(codec::sha256_hex(text)) + text;
}

Result<Sealed> unseal(std::string_view bytes) {
  const std::string_view text = bytes.substr(std::min(bytes.size(), first_line_size));
  std::string digest = codec::sha256_hex(text);
  if (bytes.substr(0, first_line_size) != first_line(digest))
    return fail(ErrorKind::malformed, "it is damaged: its digest does not fit its content");
  auto content = codec::parse_json(text, {.depth_max = depth_max});
  if (!content) return std::unexpected(content.error());
  return Sealed{.content = std::move(*content), .digest = std::move(digest)};
}

Result<std::optional<Sealed>> read_sealed(os::Disk& disk, const SealedPlace& place) {
  const auto bytes = disk.read(place.path, place.bytes_max + first_line_size);
  if (!bytes && bytes.error().kind == ErrorKind::no_data) return std::optional<Sealed>();
  if (!bytes) return std::unexpected(bytes.error());
  auto sealed = unseal(*bytes);
  if (!sealed) return std::unexpected(in_context(place.path, sealed.error()));
  return std::optional(std::move(*sealed));
}

Result<std::string> replace_sealed(os::Disk& disk, const SealedPlace& place, const Tree& content) {
  const std::string bytes = seal(content);
  if (bytes.size() > place.bytes_max + first_line_size) {
    return fail(ErrorKind::rejected,
                place.path + " would be " + std::to_string(bytes.size() - first_line_size) +
                    " bytes, and at most " + std::to_string(place.bytes_max) + " are kept");
  }
  const auto replaced = disk.replace(place.path, bytes);
  if (!replaced) return std::unexpected(replaced.error());
  return bytes.substr(before_digest.size(), digest_size);
}

}  // namespace kai::edges
