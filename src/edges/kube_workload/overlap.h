// Overlap: which labels of a pod have to change so that no selector of stable catches the canary's
// pods.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "edges/kube_workload/labels.h"

namespace kai::edges {

// A selector of a live object that matches pods of the candidate's template.
struct CatchingSelector {
  std::string what;               // "Service shop/api", for messages
  std::vector<std::string> keys;  // label keys it compares by value
  bool breakable = true;          // false: it matches whatever the values are
  bool must_keep = false;         // a NetworkPolicy or its like: better left matching
};

// The smallest set of keys such that each selector that has to be broken uses one of them, breaking
// as few must-keep selectors as possible; ties prefer app.kubernetes.io/instance, instance,
// app.kubernetes.io/name, then the alphabet. Only keys in `labels` can be chosen. `rejected` when a
// selector cannot be broken.
[[nodiscard]] Result<std::vector<std::string>> keys_to_rewrite(
    const Labels& labels, const std::vector<CatchingSelector>& selectors);

// `labels` with the values of `keys` replaced by "<value>-canary", within 63 characters.
[[nodiscard]] Labels rewritten(Labels labels, const std::vector<std::string>& keys);

// Every label selector inside a pod template (anti-affinity, topology spread) that names a key with
// its old value gets the new one, so that canary pods spread among themselves.
void rewrite_selectors(Tree& node, const Labels& before, const std::vector<std::string>& keys);

}  // namespace kai::edges
