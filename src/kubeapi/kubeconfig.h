// kubeconfig files: merged as kubectl merges them, read only.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "kubeapi/access.h"
#include "os/disk.h"

namespace kai::kubeapi {

inline constexpr std::size_t kubeconfig_bytes_max = std::size_t{4} << 20U;

struct KubeconfigChoice {
  std::string path;  // empty: $KUBECONFIG (a list of files), else ~/.kube/config, else inside a pod
  std::string context;  // empty: the current one
};

// `rejected`: unknown context (the known ones are named), a field that cannot be used, files that
// are not YAML, no configuration at all.
[[nodiscard]] Result<ClusterAccess> load_access(
    os::Disk& disk, const std::map<std::string, std::string>& environment,
    const KubeconfigChoice& choice);

// False when there is no configuration at all, neither in files nor of a pod, so that load_access
// could not even begin. One that cannot be read counts as there.
[[nodiscard]] bool is_configured(os::Disk& disk,
                                 const std::map<std::string, std::string>& environment,
                                 const std::string& path);

}  // namespace kai::kubeapi
