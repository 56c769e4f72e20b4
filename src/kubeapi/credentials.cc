#include "kubeapi/credentials.h"

#include <utility>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t token_bytes_max = std::size_t{64} << 10U;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

Secret bearer(std::string_view token) { return Secret("Bearer " + std::string(token)); }

std::string exec_info(const ExecPlugin& plugin, const std::string& server) {
  Tree info(Tree::Map{{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}});
  info.set_at("/spec/interactive", false);
  if (plugin.provide_cluster_info) info.set_at("/spec/cluster/server", server);
  return codec::write_json(info);
}

}  // namespace

Credentials::Credentials(UserAccess user, std::string server, os::Disk& disk, os::Process& process,
                         const WallClock& wall, std::map<std::string, std::string> environment,
                         ExecPolicy policy)
    : user_(std::move(user)),
      server_(std::move(server)),
      disk_(disk),
      process_(process),
      wall_(wall),
      environment_(std::move(environment)),
      policy_(std::move(policy)) {}

// Answers at once only through the plugin's process or the caller's own postponing: Client sends
// after this returns.
void Credentials::authorization(Reply<Secret> reply) {
  if (!user_.token_file.empty()) {
    const auto bytes = disk_.read(user_.token_file, token_bytes_max);
    if (bytes) return reply(bearer(trimmed(*bytes)));
    if (user_.token.empty())
      return reply(fail(ErrorKind::unavailable,
                        "token file " + user_.token_file + ": " + bytes.error().message));
  }
  if (!user_.token.empty()) return reply(bearer(user_.token.reveal()));
  if (user_.exec) return run_plugin(std::move(reply));
  if (user_.basic_user.empty()) return reply(Secret());
  reply(Secret("Basic " + codec::base64_encode(user_.basic_user + ":" +
                                               std::string(user_.basic_password.reveal()))));
}

void Credentials::forget() {
  kept_ = Secret();
  kept_until_.reset();
}

net::Headers Credentials::impersonation() const {
  net::Headers headers;
  if (!user_.impersonate_user.empty())
    headers.emplace_back("Impersonate-User", user_.impersonate_user);
  if (!user_.impersonate_uid.empty())
    headers.emplace_back("Impersonate-Uid", user_.impersonate_uid);
  for (const std::string& group : user_.impersonate_groups)
    headers.emplace_back("Impersonate-Group", group);
  return headers;
}

void Credentials::run_plugin(Reply<Secret> reply) {
  if (!kept_.empty() && (!kept_until_ || wall_.now() < *kept_until_)) return reply(Secret(kept_));
  const ExecPlugin& plugin = *user_.exec;
  if (!policy_ || !policy_(plugin)) {
    return reply(fail(ErrorKind::rejected, "the kubeconfig wants to run " +
                                               codec::quote(plugin.argv.front()) +
                                               " for credentials, and that is not allowed here"));
  }
  os::ProcessSpec spec{.argv = plugin.argv,
                       .environment = environment_,
                       .input = {},
                       .directory = {},
                       .timeout = exec_time_max,
                       .kill_after = std::chrono::seconds(5),
                       .output_bytes_max = exec_output_bytes_max};
  for (const auto& [name, value] : plugin.environment) spec.environment[name] = value;
  spec.environment["KUBERNETES_EXEC_INFO"] = exec_info(plugin, server_);
  process_.start(std::move(spec),
                 [this, reply = std::move(reply)](Result<os::ProcessResult> result) mutable {
                   reply(take_plugin_answer(result));
                 });
}

Result<Secret> Credentials::take_plugin_answer(const Result<os::ProcessResult>& result) {
  const std::string name = "credential plugin " + codec::quote(user_.exec->argv.front());
  if (!result) {
    const std::string hint =
        user_.exec->install_hint.empty() ? "" : "; " + codec::printable(user_.exec->install_hint);
    return fail(result.error().kind, name + ": " + result.error().message + hint);
  }
  if (result->timed_out)
    return fail(ErrorKind::unavailable,
                name + " did not answer within " + format_duration(exec_time_max));
  if (result->exit_code != 0)
    return fail(ErrorKind::rejected, name + " ended with " + std::to_string(result->exit_code) +
                                         ": " + codec::quote(result->err));
  const auto answer = codec::parse_json(result->out, {.bytes_max = exec_output_bytes_max});
  const std::string* const token = answer ? answer->text_at("/status/token") : nullptr;
  if (token == nullptr || token->empty())
    return fail(ErrorKind::rejected,
                name + " printed no status.token (client certificates of plugins: not yet)");
  kept_ = bearer(*token);
  kept_until_ = parse_wall_time(answer->text_or("/status/expirationTimestamp", ""));
  return Secret(kept_);
}

}  // namespace kai::kubeapi
