// A report is a file that anybody may hand on: no bytes of it may do more than be named as unread,
// and what is read is written again as the same lines.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/json.h"
#include "core/rollout/report.h"

namespace {

using kai::codec::parse_json;
using kai::codec::write_json;

kai::Result<kai::core::Report> read(std::string_view text) {
  kai::core::ReportReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const auto taken = reader.take(number, parse_json(text.substr(0, end), {.depth_max = 16}));
    if (!taken) return std::unexpected(taken.error());
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(reader).finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const auto report = read({reinterpret_cast<const char*>(data), size});
  if (!report) return 0;
  const auto replayed = kai::core::replay(*report);
  KAI_CHECK(report->unread.empty() || !replayed.is_same());
  for (const kai::core::ReportLine& line : report->lines) {
    const kai::Tree tree = to_tree(line);
    const std::string again = write_json(*parse_json(write_json(tree)));
    KAI_CHECK(again == write_json(tree));
  }
  return 0;
}
