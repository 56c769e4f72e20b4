// Counts every call of the global new in the program that includes this, once, in one file: what is
// promised to allocate nothing is held to it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace kai::fakes {
// A replaced operator new has nowhere else to count.
inline std::size_t allocations = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
}  // namespace kai::fakes

// Inlined, g++ would see a pointer of new go to free.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  kai::fakes::allocations += 1;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
// The sanitizers bring one of their own, whose memory free() may not get.
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  kai::fakes::allocations += 1;
  return std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
