// Tag probe: which values path would bring the tag to which workload. Renders with a mark in one
// path after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "edges/helm/images.h"
#include "edges/helm/render.h"

namespace kai::edges {

inline constexpr std::size_t probed_paths_max = 16;  // a render each

// A place in the values that looks as if it named an image's version.
struct TagPath {
  std::string path;        // in Helm's notation, "api.image.tag"
  std::string repository;  // not empty: the whole reference sits here ("image: repo:v1"), and this
                           // is its repository

  friend bool operator==(const TagPath&, const TagPath&) = default;
};

// Places whose key ends in "tag", or is "image" and holds a text, in the order of the values, at
// most `paths_max`.
[[nodiscard]] std::vector<TagPath> tag_paths(const Tree& values,
                                             std::size_t paths_max = probed_paths_max);

struct TagReach {
  TagPath path;
  std::vector<ObjectKey> workloads;  // whose images changed

  friend bool operator==(const TagReach&, const TagReach&) = default;
};

// Renders once per path. A path whose render fails reaches nothing.
void probe_tags(const Helm& helm, const UpgradeCall& call, std::vector<TagPath> paths,
                Reply<std::vector<TagReach>> reply);

// What to add to the command line so that `tag` reaches `workload`; empty when no path does.
[[nodiscard]] std::string tag_remedy(const std::vector<TagReach>& reaches,
                                     const ObjectKey& workload, std::string_view tag);

}  // namespace kai::edges
