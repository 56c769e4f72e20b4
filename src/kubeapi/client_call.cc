#include "kubeapi/client_call.h"

#include <algorithm>
#include <utility>

#include "codec/number.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

constexpr Duration retry_wait = std::chrono::milliseconds(200);
constexpr std::uint64_t retry_after_seconds_max = 3600;
constexpr std::size_t warnings_max = 100;
constexpr std::size_t warning_bytes_max = 300;

bool is_passing(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// `299 - "text"` (RFC 7234 §5.5): the text, whose quotes and backslashes are escaped.
std::string warning_text(const std::string& value) {
  const std::size_t begin = value.find('"');
  if (begin == std::string::npos) return {};
  std::string text;
  for (std::size_t i = begin + 1; i < value.size() && text.size() < warning_bytes_max; ++i) {
    if (value[i] == '"') break;
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return codec::printable(text);
}

bool is_warning_header(std::string_view name) {
  return std::ranges::equal(name, std::string_view("warning"), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

std::shared_ptr<const net::TlsOptions> Client::Core::tls_for(const Authorization& authorization) {
  if (!authorization.certificate) return access.tls;
  if (authorization.certificate != certificate) {
    auto tls = std::make_shared<net::TlsOptions>(access.tls ? *access.tls : net::TlsOptions{});
    tls->certificate_pem = authorization.certificate->chain_pem;
    tls->key_pem = authorization.certificate->key_pem;
    certificate = authorization.certificate;
    certificate_tls = std::move(tls);
  }
  return certificate_tls;
}

void Client::Core::note_warnings(const net::HttpResponse& response) {
  if (!warn) return;
  for (const auto& [name, value] : response.headers) {
    if (!is_warning_header(name) || warned.size() >= warnings_max) continue;
    std::string text = warning_text(value);
    if (!text.empty() && warned.insert(text).second) warn(text);
  }
}

net::Headers Client::Core::identity() const {
  net::Headers headers = credentials->impersonation();
  if (!options.user_agent.empty()) headers.emplace_back("User-Agent", options.user_agent);
  return headers;
}

Client::Call::Call(std::shared_ptr<Core> core, Request request, Reply<net::HttpResponse> reply)
    : core_(std::move(core)), request_(std::move(request)), reply_(std::move(reply)) {}

void Client::Call::begin() {
  if (core_->closed) return;
  std::optional<Error> fault = request_.fault;
  if (!fault &&
      !core_->pace.enter([self = shared_from_this()] { self->authorize(); }, request_.urgent)) {
    fault = Error{ErrorKind::unavailable, "too many requests are waiting already"};
  }
  if (!fault) return;
  core_->timers.at(core_->steady.now(), [self = shared_from_this(), fault = std::move(*fault)] {
    self->finish(std::unexpected(fault));
  });
}

void Client::Call::authorize() {
  if (core_->closed) return;
  core_->credentials->authorization(
      [self = shared_from_this()](Result<Authorization> authorization) {
        if (self->core_->closed) return;
        if (!authorization) return self->finish(std::unexpected(authorization.error()));
        self->send(std::move(*authorization));
      });
}

void Client::Call::send(Authorization authorization) {
  ++tries_;
  if (!sent_at_) sent_at_ = core_->steady.now();
  net::HttpRequest request{.method = request_.method,
                           .url = core_->access.server + request_.path,
                           .headers = request_.headers,
                           .authorization = authorization.header,
                           .body = request_.body,
                           .timeout = request_.timeout,
                           .body_bytes_max = request_.body_bytes_max,
                           .tls = core_->tls_for(authorization)};
  if (tries_ > 1 && request_.method == "GET") {
    request.timeout =
        std::max<Duration>(request_.timeout - (core_->steady.now() - *sent_at_), retry_wait);
  }
  for (auto& header : core_->identity()) request.headers.push_back(std::move(header));
  core_->http.send(std::move(request), [self = shared_from_this(), used = std::move(authorization)](
                                           Result<net::HttpResponse> response) {
    self->take(used, std::move(response));
  });
}

void Client::Call::take(const Authorization& used, Result<net::HttpResponse> response) {
  if (core_->closed) return;
  if (response) core_->note_warnings(*response);
  // A 401 says that nothing was done, so a write may be sent again, too.
  if (response && response->status == 401 && !std::exchange(refreshed_, true)) {
    core_->credentials->forget(used);
    return authorize();
  }
  const auto wait = wait_before_another_try(response);
  if (!wait) return finish(std::move(response));
  core_->timers.at(core_->steady.now() + *wait, [self = shared_from_this()] { self->begin(); });
}

std::optional<Duration> Client::Call::wait_before_another_try(
    const Result<net::HttpResponse>& response) const {
  if (request_.method != "GET" || tries_ >= read_tries_max) return std::nullopt;
  const bool passing =
      response ? is_passing(response->status) : response.error().kind == ErrorKind::unavailable;
  if (!passing) return std::nullopt;
  Duration wait = retry_wait * tries_;
  const std::string* const after = response ? response->header("Retry-After") : nullptr;
  const auto seconds = after == nullptr ? Result<std::uint64_t>(std::uint64_t{0})
                                        : codec::parse_uint(*after, retry_after_seconds_max);
  if (seconds && *seconds > 0) wait = std::chrono::seconds(static_cast<std::int64_t>(*seconds));
  // Up to half as much again, so that all who were refused together do not come back together.
  if (Random* const jitter = core_->options.jitter) {
    wait += wait * static_cast<std::int64_t>(jitter->next() % 1000) / 2000;
  }
  const Duration spent = core_->steady.now() - *sent_at_;
  if (spent + wait >= request_.timeout) return std::nullopt;
  return wait;
}

void Client::Call::finish(Result<net::HttpResponse> response) {
  if (core_->closed) return;
  reply_(in_context(request_.what, std::move(response)));
}

}  // namespace kai::kubeapi
