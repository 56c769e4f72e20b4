// The bytes of a watch in pieces: however they are cut, the same events come or the same refusal.
// The first byte of the input chooses the size of the pieces.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "kubeapi/watch_lines.h"

namespace {

struct Told {
  std::vector<std::string> events;
  bool refused = false;

  friend bool operator==(const Told&, const Told&) = default;
};

Told feed(std::string_view bytes, std::size_t piece) {
  Told told;
  kai::kubeapi::WatchLines lines;
  for (std::size_t at = 0; at < bytes.size() && !told.refused; at += piece) {
    const auto fed = lines.feed(bytes.substr(at, piece), [&](const kai::kubeapi::WatchLine& line) {
      told.events.push_back(line.type + " " + kai::codec::write_json(line.object));
    });
    if (!fed) KAI_CHECK(fed.error().kind == kai::ErrorKind::malformed);
    told.refused = !fed.has_value();
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Told whole = feed(bytes, bytes.size() + 1);
  KAI_CHECK(feed(bytes, std::size_t{1} + data[0] % 64) == whole);
  return 0;
}
