// The two wrappings around a stored release. What is accepted must encode back; what was encoded
// must decode.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/gzip.h"

namespace {

constexpr std::size_t content_bytes_max = std::size_t{1} << 20U;

void check_base64(std::string_view text) {
  const auto standard = kai::codec::base64_decode(text);
  KAI_CHECK(!standard || kai::codec::base64_encode(*standard) == text);
  const auto url = kai::codec::base64url_decode(text);
  KAI_CHECK(!url || kai::codec::base64url_encode(*url) == text);
  const auto lines = kai::codec::base64_decode_lines(text);
  KAI_CHECK(!standard || (lines && *lines == *standard));
  KAI_CHECK(kai::codec::base64_decode(kai::codec::base64_encode(text)).value() == text);
}

void check_gzip(std::string_view bytes) {
  const auto content = kai::codec::inflate(bytes, content_bytes_max);
  KAI_CHECK(!content || content->size() <= content_bytes_max);
  const std::string packed = kai::codec::deflate(bytes);
  KAI_CHECK(kai::codec::inflate(packed, bytes.size()).value() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_base64(bytes);
  check_gzip(bytes);
  return 0;
}
