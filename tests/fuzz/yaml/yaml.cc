// YAML comes from people, charts and clusters. Whatever is accepted must stay within the limits and
// survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "codec/yaml.h"

namespace {

using kai::codec::YamlSchema;

// What we write is plain enough for every reader, so JSON is the measure of both.
void check_round_trip(const kai::Tree& tree) {
  const std::string written = kai::codec::write_yaml(tree);
  const auto back = kai::codec::parse_yaml(written, {.schema = YamlSchema::core});
  KAI_CHECK(back.has_value());
  KAI_CHECK(kai::codec::canonical_json(*back) == kai::codec::canonical_json(tree));
}

void look(std::string_view text, YamlSchema schema) {
  std::vector<std::string> notes;
  const auto trees =
      kai::codec::parse_yaml_stream(text, {.schema = schema, .nodes_max = 10'000, .notes = &notes});
  if (!trees) {
    KAI_CHECK(trees.error().kind == kai::ErrorKind::malformed);
    KAI_CHECK(trees.error().message.starts_with("line "));
    return;
  }
  for (const kai::Tree& tree : *trees) check_round_trip(tree);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  look(text, YamlSchema::helm);
  look(text, YamlSchema::core);
  return 0;
}
