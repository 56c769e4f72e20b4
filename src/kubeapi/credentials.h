// Credentials: the Authorization header of a request, from a token, a file, a password or an exec
// plugin.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reply.h"
#include "base/secret.h"
#include "kubeapi/access.h"
#include "os/disk.h"
#include "os/process.h"

namespace kai::kubeapi {

inline constexpr Duration exec_time_max = std::chrono::seconds(30);
inline constexpr std::size_t exec_output_bytes_max = std::size_t{1} << 20U;

// Whether a program named by a kubeconfig may run. It is code, so somebody decides; `argv[0]` is
// absolute or a name.
using ExecPolicy = std::function<bool(const ExecPlugin& plugin)>;

class Credentials {
 public:
  Credentials(UserAccess user, std::string server, os::Disk& disk, os::Process& process,
              const WallClock& wall, std::map<std::string, std::string> environment,
              ExecPolicy policy);

  // Value of the Authorization header; an empty secret when client certificates are all there is. A
  // file is read anew each time, an exec plugin's answer is kept until it expires. Errors:
  // `rejected` (not allowed, no such program, not its format), `unavailable`.
  void authorization(Reply<Secret> reply);
  // After a 401: what was kept is not used again.
  void forget();
  // "Impersonate-User" and its like.
  [[nodiscard]] net::Headers impersonation() const;

 private:
  void run_plugin(Reply<Secret> reply);
  Result<Secret> take_plugin_answer(const Result<os::ProcessResult>& result);

  UserAccess user_;
  std::string server_;
  os::Disk& disk_;
  os::Process& process_;
  const WallClock& wall_;
  std::map<std::string, std::string> environment_;
  ExecPolicy policy_;
  Secret kept_;
  std::optional<WallTime> kept_until_;  // empty with a kept secret: until a 401
};

}  // namespace kai::kubeapi
