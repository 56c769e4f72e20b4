// A chunked body: the first byte picks who receives it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/http1/laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kai::http1_test::Receiver;
  constexpr std::array<Receiver, 3> receivers = {
      Receiver::takes_chunks, Receiver::takes_chunks_and_trailers, Receiver::takes_bytes};
  if (size == 0 || size > 100'000) return 0;
  // The one cast that libFuzzer's signature asks for.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  kai::http1_test::check_chunked(input.substr(1), receivers[data[0] % receivers.size()]);
  return 0;
}
