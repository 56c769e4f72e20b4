// What the data plane would do with a request, told by the code that does it, without doing it.
#pragma once

#include <expected>

#include "base/tree.h"
#include "splitter/protocol/answers.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// `question` is {"route": ID, "key": TEXT}: where a user of that key is; or {"head": "GET / ...",
// "client": ADDRESS}: where a request with this head goes. The answer names route, assignment, the
// rule (by index), u and the end of the interval it fell into (hexadecimal), backend and lane. What
// only the moment decides is left out: u of an unkeyed request, or of an identity yet to be minted.
// `invalid`: a key that no request on that route can bring.
[[nodiscard]] std::expected<Tree, CallError> explain(const Snapshot& snapshot,
                                                     const Tree& question);

}  // namespace kai::splitter
