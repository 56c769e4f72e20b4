// How Helm is called: argv per major version, and what its environment may hold. Pure; nothing is
// started here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/plan/plan.h"

namespace kai::edges {

using Argv = std::vector<std::string>;

struct HelmVersion {
  int major = 0;  // 3 or 4
  int minor = 0;

  friend bool operator==(const HelmVersion&, const HelmVersion&) = default;
};

// What `helm version --template '{{.Version}}'` printed. malformed: no version; rejected: older
// than 3.13 (no
// `--dry-run=server`), or a major whose flags are not known here.
[[nodiscard]] Result<HelmVersion> parse_helm_version(std::string_view printed);

// Where the release is. Every child that talks to a cluster gets context and namespace, whatever
// the kubeconfig says.
struct HelmTarget {
  std::string release;
  std::string name_space;
  std::string context;  // empty: not passed, the kubeconfig's current one

  friend bool operator==(const HelmTarget&, const HelmTarget&) = default;
};

// The environment of a child: what Helm, its registries and credential plugins need from `ours`,
// and nothing else. Variables that would move Helm to another cluster or namespace are dropped.
// `kubeconfig` replaces KUBECONFIG when it is not empty.
[[nodiscard]] std::map<std::string, std::string> helm_environment(
    const std::map<std::string, std::string>& ours, const std::string& kubeconfig);

// Calls without a cluster.
[[nodiscard]] Argv version_argv(const std::string& binary);
[[nodiscard]] Argv package_argv(const std::string& binary, const std::string& chart,
                                const std::string& destination);
[[nodiscard]] Argv pull_argv(const std::string& binary, const std::string& reference,
                             const std::string& version, const std::string& destination);
[[nodiscard]] Argv show_values_argv(const std::string& binary, const std::string& chart,
                                    const std::string& version);

// What one `helm upgrade` is about; the dry run and the real one share it, so that both mean the
// same.
struct UpgradeCall {
  std::string binary;
  HelmVersion helm;
  HelmTarget target;
  std::string chart;                     // path of the pinned archive
  std::vector<core::ValueInput> values;  // in Helm's order; files are the pinned copies
  bool install = false;                  // no release yet
};

// Real lookups and ownership checks, nothing stored. stdout is one JSON object.
[[nodiscard]] Argv dry_run_argv(const UpgradeCall& call);

struct UpgradeRun {
  Duration timeout{0};      // Helm's --timeout; whole seconds, at least 1
  std::string description;  // how the revision is recognised as ours
  bool roll_back = true;    // Helm's own rollback on failure; false leaves the wreck for a person
};
[[nodiscard]] Argv upgrade_argv(const UpgradeCall& call, const UpgradeRun& run);

struct RollbackCall {
  std::string binary;
  HelmVersion helm;
  HelmTarget target;
  std::int64_t revision = 0;  // above zero
  Duration timeout{0};
};
[[nodiscard]] Argv rollback_argv(const RollbackCall& call);

// "key=value" for `--set-string`, with the characters escaped that Helm's parser would cut at.
[[nodiscard]] std::string set_string_text(std::string_view key, std::string_view value);

}  // namespace kai::edges
