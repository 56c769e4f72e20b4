#include "splitter/main/inherited_sockets.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "os/descriptor.h"
#include "splitter/loop/socket.h"

namespace kai::splitter {
namespace {

constexpr int first_descriptor = 3;
constexpr std::int64_t sockets_max = 4096;

// 0 where it is not set; nothing where it is no number.
std::optional<std::int64_t> number_in(const std::map<std::string, std::string>& environment,
                                      const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return 0;
  const std::string& text = found->second;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<std::vector<os::Descriptor>> take_inherited_sockets(
    const std::map<std::string, std::string>& environment, std::int64_t process_id) {
  std::vector<os::Descriptor> sockets;
  if (number_in(environment, "LISTEN_PID") != process_id) return sockets;
  const std::optional<std::int64_t> count = number_in(environment, "LISTEN_FDS");
  if (!count || *count < 0 || *count > sockets_max) {
    return fail(ErrorKind::rejected, "LISTEN_FDS is not a number of 0 to 4096");
  }
  for (int at = 0; at < *count; ++at) {
    os::Descriptor socket(first_descriptor + at);
    if (!prepare_listening(socket.number())) {
      return fail(ErrorKind::rejected, "descriptor " + std::to_string(socket.number()) +
                                           " of LISTEN_FDS is no listening internet socket");
    }
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace kai::splitter
