// Pod names: which pods of the past a Deployment made. Pods that are gone can be asked of nobody
// but by their names.
#pragma once

#include <string>
#include <string_view>

namespace kai::edges {

// What the Deployment controller and the API server put behind "<workload>-": the hash of the pod
// template and five random characters, both of an alphabet without vowels, so that no other word is
// taken for them. A regular expression of RE2.
inline constexpr std::string_view pod_name_tail =
    "[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}";

// Whether `pod` is "<workload>-" and such a tail.
[[nodiscard]] bool is_pod_name_of(std::string_view pod, std::string_view workload);

// "<workload>-<hash>": pods that share it ran the same version. The API server cuts a long one, and
// its last letters with it. The whole name when it is none of a Deployment.
[[nodiscard]] std::string version_in_pod_name(std::string_view pod);

}  // namespace kai::edges
