// Checks and compiles the weights and keys of a route. Part of build_snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// The backends of the snapshot that is being built, and where each id is.
struct BackendTable {
  std::vector<Backend> list;
  std::map<std::string, std::uint32_t, std::less<>> index;
};

// Fills the shares, the table and everything of the key; false, with findings, if the route cannot
// be split like this.
[[nodiscard]] bool build_split(const SplitSpec& spec, const std::string& pointer,
                               const BackendTable& backends, Route& route, Findings& findings);

}  // namespace kai::splitter
