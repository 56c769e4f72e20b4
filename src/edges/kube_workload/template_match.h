// Template match: does a live pod template run what a manifest asks for? The server spells values
// anew, adds defaults, and keeps what other hands added, so equality would answer no for ever.
// Pure.
#pragma once

#include "base/tree.h"

namespace kai::edges {

struct TemplateQuestion {
  const Tree& live;
  const Tree& wanted;  // the template of the manifest; best in the form the server gave it
  const Tree& other;   // of the manifest on the other side of the promotion, in the same form
};

// True when every field of `wanted` is live with its value, and nothing is live that only `other`
// has: a field, a container, a variable that one side dropped. What is in neither of the two was
// added by others (a default, `kubectl rollout restart`, an injected container) and stays out of
// it. Items of lists are matched as the API server merges them: containers, variables and volumes
// by name, ports by number and protocol, mounts by path; all other lists by position.
[[nodiscard]] bool runs_template(const TemplateQuestion& question);

}  // namespace kai::edges
