// What is read as a configuration is written, read again and the same; each mistake names a place
// that is there; what is good makes a snapshot whose every number has an open backend.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/json.h"
#include "splitter/admin/configuration.h"
#include "splitter/admin/no_chance.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build.h"
#include "splitter/route/decide.h"
#include "splitter/route/numbers.h"

namespace {

namespace splitter = kai::splitter;

void check_snapshot(const splitter::SnapshotSpec& spec) {
  splitter::NoChance chance;
  splitter::Numbers numbers(chance);
  splitter::Findings findings;
  const auto snapshot = splitter::build_snapshot(spec, "", numbers, findings);
  KAI_CHECK(snapshot != nullptr && findings.empty());
  for (const splitter::Route& route : snapshot->routes) {
    for (const std::uint64_t u : {std::uint64_t{0}, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
      const splitter::Backend& backend = splitter::backend_of(*snapshot, route, u);
      KAI_CHECK(!backend.is_closed() && !backend.endpoints.empty());
    }
  }
}

void check_written(const splitter::SnapshotSpec& spec) {
  const kai::Tree tree = splitter::write_snapshot_spec(spec, splitter::Salts::written);
  const auto parsed = kai::codec::parse_json(kai::codec::write_json(tree));
  KAI_CHECK(parsed.has_value());
  splitter::Findings findings;
  const splitter::SnapshotSpec again = splitter::read_snapshot_spec(
      {.tree = *parsed, .pointer = ""}, splitter::SnapshotForm::stored, findings);
  KAI_CHECK(findings.empty());
  KAI_CHECK(splitter::write_snapshot_spec(again, splitter::Salts::written) == tree);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const splitter::ReadConfiguration read = splitter::read_configuration(text, "f");
  KAI_CHECK(read.configuration.has_value() == read.mistakes.empty());
  if (!read.configuration) return 0;
  check_snapshot(read.configuration->snapshot);
  check_written(read.configuration->snapshot);
  return 0;
}
