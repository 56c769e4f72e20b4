// Labels of Kubernetes objects: reading them, and whether a selector matches.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/tree.h"

namespace kai::edges {

using Labels = std::map<std::string, std::string>;

inline constexpr std::string_view label_managed_by = "app.kubernetes.io/managed-by";
inline constexpr std::string_view label_rollout = "kai-canary.dev/rollout";
inline constexpr std::string_view label_release = "kai-canary.dev/release";
inline constexpr std::string_view label_track = "kai-canary.dev/track";
// Annotation of each object of ours: the write that made it what it is.
inline constexpr std::string_view mark_stamp = "kai-canary.dev/stamp";
// Annotation of a clone: the weight, in 1/100 %, that its replicas were enough for when they were
// counted.
inline constexpr std::string_view mark_sized_for = "kai-canary.dev/sized-for";

// Text values of a map; empty when there is no map.
[[nodiscard]] Labels labels_at(const Tree& object, std::string_view pointer);
[[nodiscard]] Tree to_tree(const Labels& labels);
// Equality-based: every pair of `selector` is in `labels`. An empty selector matches nothing (as a
// Service's does).
[[nodiscard]] bool matches(const Labels& selector, const Labels& labels);
// A LabelSelector with matchLabels and matchExpressions (In, NotIn, Exists, DoesNotExist). Empty
// matches everything.
[[nodiscard]] bool selector_matches(const Tree& label_selector, const Labels& labels);

}  // namespace kai::edges
