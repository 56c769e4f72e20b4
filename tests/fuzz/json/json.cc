// JSON comes from API servers, Prometheus and files. Whatever is accepted must survive being
// written and read again, in each of the three forms.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/json.h"

namespace {

void check_round_trip(const kai::Tree& tree) {
  const std::string canonical = kai::codec::canonical_json(tree);
  for (const std::string& text :
       {kai::codec::write_json(tree), kai::codec::write_json_pretty(tree), canonical}) {
    const auto back = kai::codec::parse_json(text);
    KAI_CHECK(back.has_value());
    KAI_CHECK(*back == tree);
    KAI_CHECK(kai::codec::canonical_json(*back) == canonical);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = kai::codec::parse_json(text);
  if (tree) {
    check_round_trip(*tree);
  } else {
    KAI_CHECK(tree.error().kind == kai::ErrorKind::malformed);
    KAI_CHECK(tree.error().message.size() < 1000);
  }
  return 0;
}
