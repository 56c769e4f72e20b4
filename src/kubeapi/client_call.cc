#include "kubeapi/client_call.h"

#include <algorithm>
#include <utility>

#include "codec/number.h"

namespace kai::kubeapi {
namespace {

constexpr Duration retry_wait = std::chrono::milliseconds(200);
constexpr Duration retry_after_max = std::chrono::seconds(5);

}  // namespace

Client::Call::Call(std::shared_ptr<Core> core, Request request, Reply<net::HttpResponse> reply)
    : core_(std::move(core)), request_(std::move(request)), reply_(std::move(reply)) {}

void Client::Call::begin() {
  const bool entered =
      core_->pace.enter([self = shared_from_this()] { self->authorize(); }, request_.urgent);
  if (entered) return;
  core_->timers.at(core_->steady.now(), [self = shared_from_this()] {
    self->finish(fail(ErrorKind::unavailable, "too many requests are waiting already"));
  });
}

void Client::Call::authorize() {
  core_->credentials->authorization([self = shared_from_this()](Result<Secret> authorization) {
    if (!authorization) return self->finish(std::unexpected(authorization.error()));
    self->send(std::move(*authorization));
  });
}

void Client::Call::send(Secret authorization) {
  ++tries_;
  net::HttpRequest request{.method = request_.method,
                           .url = core_->access.server + request_.path,
                           .headers = request_.headers,
                           .authorization = std::move(authorization),
                           .body = request_.body,
                           .timeout = request_.timeout,
                           .body_bytes_max = request_.body_bytes_max,
                           .tls = core_->access.tls};
  for (auto& header : core_->credentials->impersonation())
    request.headers.push_back(std::move(header));
  core_->http.send(std::move(request),
                   [self = shared_from_this()](Result<net::HttpResponse> response) {
                     self->take(std::move(response));
                   });
}

void Client::Call::take(Result<net::HttpResponse> response) {
  if (response && response->status == 401 && !refreshed_) {
    refreshed_ = true;
    core_->credentials->forget();
    return authorize();
  }
  if (!is_worth_another_try(response)) return finish(std::move(response));
  core_->timers.at(core_->steady.now() + wait_before_try(response),
                   [self = shared_from_this()] { self->begin(); });
}

bool Client::Call::is_worth_another_try(const Result<net::HttpResponse>& response) const {
  if (request_.method != "GET" || tries_ >= read_tries_max || core_->closed) return false;
  if (!response) return response.error().kind == ErrorKind::unavailable && tries_ < 2;
  return response->status == 429 || response->status == 500 || response->status == 503;
}

Duration Client::Call::wait_before_try(const Result<net::HttpResponse>& response) const {
  if (response) {
    const std::string* const after = response->header("Retry-After");
    const auto seconds =
        after == nullptr ? Result<std::uint64_t>(std::uint64_t{0}) : codec::parse_uint(*after);
    if (seconds && *seconds > 0)
      return std::min<Duration>(
          std::chrono::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, 60))),
          retry_after_max);
  }
  return retry_wait * tries_;
}

void Client::Call::finish(Result<net::HttpResponse> response) {
  if (core_->closed) return;
  const bool write = request_.method != "GET";
  if (!response && write && response.error().kind == ErrorKind::unavailable && tries_ > 0) {
    response.error().message += " (whether the server did it is not known)";
  }
  reply_(in_context(request_.what, std::move(response)));
}

}  // namespace kai::kubeapi
