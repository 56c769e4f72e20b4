// Finding: why a rollout cannot start, or what a person should know before it does. Preflight
// collects all of them.
#pragma once

#include <string>
#include <vector>

namespace kai::ports {

enum class Severity {
  note,            // printed by `plan`
  warning,         // printed always
  refused,         // exit 4
  unreachable,     // exit 3
  locked,          // exit 5
  cannot_measure,  // exit 6
};

struct Finding {
  std::string check;  // id of the preflight check, "P10"
  Severity severity = Severity::refused;
  std::string message;  // what is wrong, with the object, file:line or query
  std::string remedy;   // what to do; may be empty for notes

  friend bool operator==(const Finding&, const Finding&) = default;
};

[[nodiscard]] inline bool blocks(const Finding& finding) {
  return finding.severity != Severity::note && finding.severity != Severity::warning;
}

// What a port answers to "plan this": a plan, opaque to all but the edge that made it, and what it
// found. The plan is meaningless when a finding blocks.
template <typename T>
struct Planned {
  T plan;
  std::vector<Finding> findings;
};

}  // namespace kai::ports
