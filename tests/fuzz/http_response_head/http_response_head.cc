// A backend's bytes: the first one picks the request that they answer.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/http1/laws.h"

namespace {

// Picked by the digits that the corpus begins with.
constexpr std::array<std::string_view, 6> requests = {
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 100'000) return 0;
  // The one cast that libFuzzer's signature asks for.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view request = requests[data[0] % requests.size()];
  kai::http1_test::check_answers(input.substr(1),
                                 {.request = std::string(request), .passes_trailers = true});
  return 0;
}
