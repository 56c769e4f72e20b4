// KAI_CHECK: what only a bug of ours can break. On in every build.
#pragma once

#include <stdexcept>
#include <string>

namespace kai {

// A bug of ours. Caught in three places only: around one rollout in the tick, around one callback
// of a loop, and in main.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void throw_bug(const char* condition, const char* file, int line);

}  // namespace kai

#define KAI_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::kai::throw_bug(#condition, __FILE__, __LINE__))

// A place that only a bug can reach; `text` says what it would be.
#define KAI_UNREACHABLE(text) ::kai::throw_bug(text, __FILE__, __LINE__)
