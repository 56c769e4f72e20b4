// Waiting for one reply, for the straight-line verbs of the CLI.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "net/loop.h"

namespace kai::net {

// Calls `start` with a Reply<T> and runs the loop until the reply came. `unavailable` when the loop
// was stopped first (the reply may still come and is dropped). Throws Bug when called from within a
// callback of the loop.
template <typename T, typename F>
[[nodiscard]] Result<T> await(Loop& loop, F start) {
  const auto answer = std::make_shared<std::optional<Result<T>>>();
  start(Reply<T>([answer](Result<T> result) { answer->emplace(std::move(result)); }));
  std::optional<Result<T>>& given = *answer;
  loop.run_until([&given] { return given.has_value(); });
  if (!given) return fail(ErrorKind::unavailable, "stopped while waiting for an answer");
  return std::move(*given);
}

}  // namespace kai::net
