// What the control socket answers, as values and as JSON.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "splitter/protocol/findings.h"

namespace kai::splitter {

// Every worker has the generation: from now on no request starts under an older one.
struct Published {
  std::uint64_t generation = 0;
  Duration barrier{0};   // from the first post to the last acknowledgement
  bool durable = false;  // it is on the disk and outlives a restart
};

enum class CallErrorCode : std::uint8_t {
  malformed,      // 400: not JSON, or not of the form
  invalid,        // 422: understood, and wrong; nothing has changed
  unknown_route,  // 404
  unknown_call,   // 404
  wrong_method,   // 405
  forbidden,      // 403: the peer may not do this
  stale_epoch,    // 409: somebody with a higher epoch writes here
  stale_base,     // 409: the configuration has changed since it was read
  // The next two: not in force, but a restart may find it until the status says `durable`.
  superseded,       // 409: another change came before this one was in force
  not_saved,        // 503: a raise that cannot be kept on disk
  handing_over,     // 503: another process takes over just now; nothing has changed
  barrier_timeout,  // 504: published, but these workers have not acknowledged
};
[[nodiscard]] int status_of(CallErrorCode code);
[[nodiscard]] std::string_view name_of(CallErrorCode code);

struct CallError {
  CallErrorCode code = CallErrorCode::malformed;
  std::string message;
  std::vector<Finding> findings = {};        // of malformed and invalid
  std::vector<std::uint32_t> laggards = {};  // workers, of barrier_timeout
  std::uint64_t generation = 0;  // in force, where it helps: stale_base, barrier_timeout; else 0
};

using PublishResult = std::expected<Published, CallError>;

// {"generation":42,"barrier_us":180,"durable":true}
[[nodiscard]] Tree write_published(const Published& published);
// {"error":{"code","message","pointer","findings":[{"pointer","message"}],...}}; `pointer` is that
// of the first finding.
[[nodiscard]] Tree write_call_error(const CallError& error);

}  // namespace kai::splitter
