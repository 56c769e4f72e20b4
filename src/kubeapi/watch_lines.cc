#include "kubeapi/watch_lines.h"

#include "codec/json.h"
#include "codec/quote.h"
#include "kubeapi/watch.h"

namespace kai::kubeapi {
namespace {

Result<WatchLine> parse(const std::string& line) {
  auto tree = codec::parse_json(line);
  if (!tree) return fail(ErrorKind::malformed, "watch: " + tree.error().message);
  const std::string* const type = tree->text_at("/type");
  Tree* const object = tree->get("object");
  if (type == nullptr || object == nullptr || object->as_map() == nullptr) {
    return fail(ErrorKind::malformed, "watch: not an event: " + codec::quote(line, 120));
  }
  return WatchLine{.type = *type, .object = std::move(*object)};
}

}  // namespace

Result<Unit> WatchLines::feed(std::string_view bytes, const std::function<void(WatchLine)>& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (line_.size() + std::min(end, bytes.size()) > watch_line_bytes_max) {
      return fail(ErrorKind::malformed,
                  "watch: a line of more than " + std::to_string(watch_line_bytes_max) + " bytes");
    }
    line_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return Unit{};
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
    auto event = parse(line);
    if (!event) return std::unexpected(event.error());
    take(std::move(*event));
  }
  return Unit{};
}

}  // namespace kai::kubeapi
