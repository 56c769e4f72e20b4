// WatchLines: bytes of a watch to its events, whatever the pieces they come in.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"

namespace kai::kubeapi {

struct WatchLine {
  std::string type;  // ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
  Tree object;
};

class WatchLines {
 public:
  // Calls `take` for each line that is complete. `malformed`: no event, or a line that is too long.
  [[nodiscard]] Result<Unit> feed(std::string_view bytes,
                                  const std::function<void(WatchLine)>& take);
  // The rest of a line that was cut; empty when the stream ended between lines.
  [[nodiscard]] bool is_cut() const { return !line_.empty(); }

 private:
  std::string line_;
};

}  // namespace kai::kubeapi
