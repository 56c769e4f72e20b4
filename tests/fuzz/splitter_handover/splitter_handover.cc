// What one splitter tells another is read as it was written, or is an error; and counts that are
// accepted can be handed on and come out the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/tree.h"
#include "codec/json.h"
#include "splitter/handover/offer.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/counts.h"

namespace {

namespace splitter = kai::splitter;

void check_offer(const kai::Tree& body) {
  const auto read = splitter::read_offer(body);
  if (!read) return;
  const auto again = splitter::read_offer(splitter::write_offer(*read));
  KAI_CHECK(again.has_value());
  KAI_CHECK(splitter::write_offer(*again) == splitter::write_offer(*read));
}

void check_counts(const kai::Tree& body) {
  splitter::CellTable table;
  if (!splitter::add_counts(body, table)) return;
  splitter::end_attempts(table);
  const kai::Tree written = splitter::CountsWriter().write_new({&table});
  splitter::CellTable copy;
  KAI_CHECK(splitter::add_counts(written, copy).has_value());
  KAI_CHECK(splitter::CountsWriter().write_new({&copy}) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = kai::codec::parse_json(text);
  if (!body) return 0;
  check_offer(*body);
  check_counts(*body);
  return 0;
}
