// ExecRules: which programs a kubeconfig may have run for credentials. A kubeconfig is a file that
// travels; what it names is code, so the person at this machine allows it, and nobody else.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "kubeapi/access.h"
#include "os/disk.h"

namespace kai::kubeapi {

inline constexpr std::size_t exec_allowed_max = 100;  // programs on one list
inline constexpr std::size_t kuberc_bytes_max = std::size_t{1} << 20U;

// What a person's kuberc says of credential plugins (kubectl.config.k8s.io/v1beta1).
struct KubercPolicy {
  enum class Kind { allow_all, deny_all, allowlist };
  Kind kind = Kind::allow_all;
  std::string file;
  bool may_allow = false;                 // else it only forbids
  std::vector<std::string> allowed = {};  // of `allowlist`
};

struct ExecRules {
  // Absolute paths, or names that are looked up in PATH as the plugin's own name is. All matches
  // are of whole paths: a program elsewhere with the same name is another program.
  std::vector<std::string> allowed = {};
  std::optional<KubercPolicy> kuberc = {};
  std::string path = {};  // PATH of the person, where names are looked up; "." in it is skipped
  // How to allow `program`, for the error; empty: nothing is said.
  std::function<std::string(const std::string& program)> remedy = {};
};

// $KUBERC, else ~/.kube/kuberc; `off` is none. A variable may come from a repository as a
// kubeconfig does, so the file that it names only forbids; permission comes from the person's own
// file or from our own list. Empty: there is none, or it says nothing of plugins. `rejected`: it
// cannot be read or says what nobody knows, so what it forbids is not known.
[[nodiscard]] Result<std::optional<KubercPolicy>> read_kuberc(
    os::Disk& disk, const std::map<std::string, std::string>& environment);

// The path of the program that `plugin` may run. A kuberc that forbids a plugin cannot be
// overruled; the person's own one that allows it is as good as our own list. `rejected`: nobody
// allowed it, there is no such program, its place depends on where we stand, or the kubeconfig sets
// a variable for it that makes it run other code. Of such variables the known ones are refused:
// that is a list, and no proof that an allowed program cannot be misled by another one.
[[nodiscard]] Result<std::string> permitted_program(const ExecPlugin& plugin,
                                                    const ExecRules& rules, os::Disk& disk);

}  // namespace kai::kubeapi
