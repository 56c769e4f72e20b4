// Credentials: who a request comes from, by a token, a file, a password or an exec plugin.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "kubeapi/access.h"
#include "os/disk.h"
#include "os/process.h"

namespace kai::kubeapi {

inline constexpr Duration exec_time_max = std::chrono::seconds(30);
inline constexpr std::size_t exec_output_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t exec_waiting_max = 1000;  // requests that wait for one plugin
inline constexpr std::size_t token_bytes_max = std::size_t{64} << 10U;

// The absolute path of the program to run for `plugin`, or why it may not run: what a kubeconfig
// names is code, so somebody decides.
using ExecPolicy = std::function<Result<std::string>(const ExecPlugin& plugin)>;

struct ClientCertificate {
  std::string chain_pem;
  Secret key_pem;
};

struct Authorization {
  Secret header;  // value of the Authorization header; empty: none is sent
  std::shared_ptr<const ClientCertificate> certificate;  // of a plugin; null: the kubeconfig's
  std::uint64_t generation = 0;                          // which answer of the plugin it is
};

// Once, and perhaps before the asking call returned.
using TakeAuthorization = std::move_only_function<void(Result<Authorization>)>;

// Made by std::make_shared only. Destroying it drops who still waits for a plugin.
class Credentials : public std::enable_shared_from_this<Credentials> {
 public:
  // `server` is named in errors; `environment` is what a plugin inherits.
  Credentials(UserAccess user, std::string server, os::Disk& disk, os::Process& process,
              const WallClock& wall, std::map<std::string, std::string> environment,
              ExecPolicy policy);

  // A token file is read anew each time; an exec plugin runs once for all who wait, and its answer
  // is kept until it expires. Errors: `rejected` (not allowed, no such program, not its format, not
  // a token), `unavailable` (the file cannot be read, the plugin failed or took too long).
  void authorization(TakeAuthorization take);
  // After a 401: the plugin's answer `used` is not used again. A newer one stays.
  void forget(const Authorization& used);
  // "Impersonate-User" and its like.
  [[nodiscard]] net::Headers impersonation() const;

 private:
  [[nodiscard]] Result<Authorization> from_token_file() const;
  void ask_plugin(TakeAuthorization take);
  void start_plugin(std::string program);
  [[nodiscard]] Result<Authorization> take_plugin_answer(const Result<os::ProcessResult>& result);

  UserAccess user_;
  std::string server_;
  os::Disk& disk_;
  os::Process& process_;
  const WallClock& wall_;
  std::map<std::string, std::string> environment_;
  ExecPolicy policy_;
  std::optional<Authorization> kept_;
  std::optional<WallTime> kept_until_;  // empty with a kept one: until a 401
  std::uint64_t generation_ = 0;
  std::vector<TakeAuthorization> waiting_;  // not empty: the plugin runs
};

}  // namespace kai::kubeapi
