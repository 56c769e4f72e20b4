// What a pod says of itself: ready or not, restarts, and why it cannot run, in its own words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "base/tree.h"
#include "core/rollout/record.h"

namespace kai::edges {

struct PodHealth {
  bool ready = false;
  bool leaving = false;               // has a deletion time
  std::uint32_t restarts = 0;         // of all its containers
  std::optional<core::Reason> fatal;  // crash loop, pull error, configuration error
  // A pull failed, and the kubelet has not come to wait before it tries again: perhaps no more than
  // a hiccup of the registry.
  std::optional<core::Reason> pull_error;
  WallTime started_at;  // newest container start
  std::map<std::string, std::string>
      digests;  // container -> imageID; only of containers that have one
};

[[nodiscard]] PodHealth health_of(const Tree& pod);

}  // namespace kai::edges
