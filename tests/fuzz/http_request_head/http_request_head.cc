// A client's bytes: what is let through is one message for us, for a second strict reader and for
// the backend, however the bytes were cut.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/http1/laws.h"
#include "tests/http1/pipes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kai::http1_test::Identity;
  if (size > 100'000) return 0;
  // The one cast that libFuzzer's signature asks for.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  kai::http1_test::check_requests(input, {.identity = Identity::added});
  kai::http1_test::check_requests(input, {.identity = Identity::kept, .passes_trailers = true});
  return 0;
}
