// Images of the workloads in a manifest: who runs what, and did the tag get there. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/plan.h"
#include "edges/helm/manifest.h"

namespace kai::edges {

// "registry:5000/team/app:v2@sha256:..." taken apart; empty parts are empty.
struct ImageReference {
  std::string repository;
  std::string tag;
  std::string digest;  // "sha256:..."

  friend bool operator==(const ImageReference&, const ImageReference&) = default;
};
[[nodiscard]] ImageReference parse_image(std::string_view image);

struct WorkloadImages {
  ObjectKey key;
  std::vector<std::string> images;  // of init containers and containers, in order

  friend bool operator==(const WorkloadImages&, const WorkloadImages&) = default;
};

// Deployments, StatefulSets and DaemonSets of the apps group.
[[nodiscard]] bool is_workload(const ObjectKey& key);
[[nodiscard]] std::vector<WorkloadImages> images_of(const std::vector<Document>& documents);
// At least one image has this tag or digest.
[[nodiscard]] bool carries(const WorkloadImages& workload, std::string_view tag);

// Keys of the workloads behind the critical services: named themselves, or selected by the Service
// of that name. With `services_auto`, all workloads whose pod template is not as in `changes`'
// stable side.
[[nodiscard]] std::vector<ObjectKey> selected_workloads(
    const core::Plan& plan, const std::vector<Document>& candidate,
    const std::vector<ports::ObjectChange>& changes, std::string_view release_name_space);

// The change concerns what a canary could show: a pod template, or a ConfigMap or Secret that a pod
// template names.
[[nodiscard]] bool can_be_canaried(const ports::ObjectChange& change,
                                   const std::vector<Document>& candidate);

}  // namespace kai::edges
