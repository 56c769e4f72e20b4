#include "kubeapi/credentials.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "codec/uri.h"

namespace kai::kubeapi {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

// RFC 6750 §2.1 allows less; what matters is that no line break gets into a head.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<Authorization> bearer(std::string_view token, const std::string& source) {
  if (!is_token(token)) return fail(ErrorKind::rejected, source + " holds no usable token");
  return Authorization{
      .header = Secret("Bearer " + std::string(token)), .certificate = nullptr, .generation = 0};
}

std::string exec_info(const ExecPlugin& plugin) {
  Tree info(Tree::Map{{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}});
  info.set_at("/spec/interactive", false);
  if (!plugin.cluster.is_null()) info.set_at("/spec/cluster", plugin.cluster);
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

void Credentials::authorization(TakeAuthorization take) {
  if (!user_.token_file.empty()) return take(from_token_file());
  if (!user_.token.empty()) return take(bearer(user_.token.reveal(), "the kubeconfig"));
  if (user_.exec) return ask_plugin(std::move(take));
  if (user_.basic_user.empty()) return take(Authorization{});
  const std::string pair = user_.basic_user + ":" + std::string(user_.basic_password.reveal());
  take(Authorization{.header = Secret("Basic " + codec::base64_encode(pair)),
                     .certificate = nullptr,
                     .generation = 0});
}

Result<Authorization> Credentials::from_token_file() const {
  const auto bytes = disk_.read(user_.token_file, token_bytes_max);
  if (bytes) return bearer(trimmed(*bytes), "token file " + user_.token_file);
  if (!user_.token.empty()) return bearer(user_.token.reveal(), "the kubeconfig");
  return fail(ErrorKind::unavailable,
              "token file " + user_.token_file + ": " + bytes.error().message);
}

void Credentials::forget(const Authorization& used) {
  if (kept_ && kept_->generation == used.generation) kept_.reset();
}

net::Headers Credentials::impersonation() const {
  net::Headers headers;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) headers.emplace_back(name, value);
  };
  add("Impersonate-User", user_.impersonate_user);
  add("Impersonate-Uid", user_.impersonate_uid);
  for (const std::string& group : user_.impersonate_groups) add("Impersonate-Group", group);
  for (const auto& [key, values] : user_.impersonate_extra) {
    for (const std::string& value : values) {
      add("Impersonate-Extra-" + codec::percent_encode(key), value);
    }
  }
  return headers;
}

void Credentials::ask_plugin(TakeAuthorization take) {
  if (kept_ && (!kept_until_ || wall_.now() < *kept_until_)) return take(*kept_);
  auto program = policy_ ? policy_(*user_.exec)
                         : fail(ErrorKind::rejected, "credential plugins are not allowed here");
  if (!program) return take(std::unexpected(program.error()));
  if (waiting_.size() >= exec_waiting_max) {
    return take(fail(ErrorKind::unavailable, "too many requests wait for credentials"));
  }
  waiting_.push_back(std::move(take));
  if (waiting_.size() == 1) start_plugin(std::move(*program));
}

void Credentials::start_plugin(std::string program) {
  const ExecPlugin& plugin = *user_.exec;
  os::ProcessSpec spec{.argv = plugin.argv,
                       .environment = environment_,
                       .input = {},
                       .directory = {},
                       .timeout = exec_time_max,
                       .kill_after = std::chrono::seconds(5),
                       .output_bytes_max = exec_output_bytes_max};
  // Not by its name: the variables of the kubeconfig have no say in which program that is.
  spec.argv.front() = std::move(program);
  for (const auto& [name, value] : plugin.environment) spec.environment[name] = value;
  spec.environment["KUBERNETES_EXEC_INFO"] = exec_info(plugin);
  process_.start(std::move(spec), [weak = weak_from_this()](Result<os::ProcessResult> result) {
    const auto self = weak.lock();
    if (!self) return;
    const auto answer = self->take_plugin_answer(result);
    for (TakeAuthorization& take : std::exchange(self->waiting_, {})) take(answer);
  });
}

Result<Authorization> Credentials::take_plugin_answer(const Result<os::ProcessResult>& result) {
  const ExecPlugin& plugin = *user_.exec;
  const std::string name =
      "credential plugin " + codec::quote(plugin.argv.front()) + " for " + server_;
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorKind::rejected, name + " " + why);
  };
  if (!result) {
    const std::string hint =
        plugin.install_hint.empty() ? "" : "; " + codec::printable(plugin.install_hint);
    return fail(result.error().kind, name + ": " + result.error().message + hint);
  }
  if (result->timed_out) {
    return fail(ErrorKind::unavailable,
                name + " did not answer within " + format_duration(exec_time_max));
  }
  // It may be its network that failed, so it is worth another try.
  if (result->exit_code != 0) {
    return fail(ErrorKind::unavailable, name + " ended with " + std::to_string(result->exit_code) +
                                            ": " + codec::quote(result->err));
  }
  const auto answer = codec::parse_json(result->out, {.bytes_max = exec_output_bytes_max});
  // What it printed is a secret: no part of it goes into a message.
  if (!answer || result->truncated) return refuse("printed no ExecCredential");
  if (answer->text_or("/kind", "") != "ExecCredential" ||
      answer->text_or("/apiVersion", "") != plugin.api_version) {
    return refuse("did not print an ExecCredential of " + plugin.api_version);
  }
  Authorization authorization;
  const std::string token = answer->text_or("/status/token", "");
  const std::string chain = answer->text_or("/status/clientCertificateData", "");
  const std::string key = answer->text_or("/status/clientKeyData", "");
  if (token.empty() && chain.empty()) return refuse("printed neither token nor certificate");
  if (chain.empty() != key.empty()) return refuse("printed a certificate or key alone");
  if (!token.empty()) {
    auto header = bearer(token, name);
    if (!header) return header;
    authorization.header = std::move(header->header);
  }
  if (!chain.empty()) {
    authorization.certificate = std::make_shared<const ClientCertificate>(
        ClientCertificate{.chain_pem = chain, .key_pem = Secret(key)});
  }
  authorization.generation = ++generation_;
  kept_ = authorization;
  kept_until_ = parse_wall_time(answer->text_or("/status/expirationTimestamp", ""));
  return authorization;
}

}  // namespace kai::kubeapi
