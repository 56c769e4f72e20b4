// A URL is accepted only when putting it together again gives the same URL, and when nothing in it
// can end a line or a request target. Numbers and quoting are short, so they come along.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/number.h"
#include "codec/quote.h"
#include "codec/uri.h"
#include "codec/utf8.h"

namespace {

bool is_safe(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '\x7F') return false;  // bytes beyond ASCII are negative
  }
  return true;
}

void check_url(std::string_view text) {
  const auto url = kai::codec::parse_url(text);
  if (!url) return;
  KAI_CHECK(url->port != 0 && !url->host.empty() && url->target.starts_with('/'));
  KAI_CHECK(is_safe(url->host) && is_safe(url->target) && is_safe(url->authority()));
  const auto again = kai::codec::parse_url(url->scheme + "://" + url->authority() + url->target);
  KAI_CHECK(again && *again == *url);
}

void check_numbers(std::string_view text) {
  const auto number = kai::codec::parse_finite(text);
  KAI_CHECK(!number || std::isfinite(*number));
  const auto whole = kai::codec::parse_uint(text);
  KAI_CHECK(!whole || number);
}

void check_quoting(std::string_view text) {
  for (const std::string& shown :
       {kai::codec::quote(text), kai::codec::printable(text), kai::codec::percent_encode(text)}) {
    KAI_CHECK(kai::codec::find_invalid_utf8(shown) == std::string_view::npos);
    KAI_CHECK(!shown.contains('\x1B') && !shown.contains('\n') && !shown.contains('\0'));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  check_numbers(text);
  check_quoting(text);
  return 0;
}
