// Volatile values: what a chart makes up at each render (randAlphaNum, genCA, now), told by two
// renders of the same inputs. The canary keeps what stable has there: another password in its pods
// would be a difference that no version brought. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "edges/helm/manifest.h"

namespace kai::edges {

// One object, rendered twice from the same inputs.
struct TwoRenders {
  const Tree& one;
  const Tree& again;
};

// The first render with stable's values at the volatile places `pointers`. Of a text of several
// lines (a file in a ConfigMap, also base64 in a Secret's `data`) only the lines that differ
// between the renders are stable's, as long as all three have the same number of lines: what else
// changed in it is a change. Items of lists are matched by their name. A place that stable does not
// have stays as rendered.
[[nodiscard]] Tree with_stable_values(TwoRenders renders, const Tree& stable,
                                      const std::vector<std::string>& pointers);

}  // namespace kai::edges
