// Whatever is in release.json: it is refused, or it is what we would write, and names no process
// that may not be signalled.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/json.h"
#include "edges/local_workload/release_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes
  const auto tree = kai::codec::parse_json(text);
  if (!tree) return 0;
  const auto file = kai::edges::release_file_from(*tree, "shop");
  if (!file) return 0;
  for (const kai::edges::Instance& each : file->instances) KAI_CHECK(each.process.pid > 1);
  const auto again = kai::edges::release_file_from(to_tree(*file, "shop"), "shop");
  KAI_CHECK(again && again->revisions.size() == file->revisions.size());
  KAI_CHECK(again->instances == file->instances && again->discarded == file->discarded);
  return 0;
}
