#include "splitter/admin/control_server.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>

#include "base/error.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "os/descriptor.h"
#include "splitter/admin/control_calls.h"
#include "splitter/admin/private_directory.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

using Responder = std::shared_ptr<net::HttpResponder>;
using Made = Result<std::unique_ptr<net::HttpServer>>;

// The server closes what it is given.
int own_copy_of(const os::Descriptor& given) {
  return given.is_open() ? ::fcntl(given.number(), F_DUPFD_CLOEXEC, 0) : -1;
}

net::HttpResponse response_of(CallAnswer answer) {
  net::HttpResponse response{.status = answer.status,
                             .headers = {{"Content-Type", std::move(answer.content_type)},
                                         {"Cache-Control", "no-store"},
                                         {"X-Content-Type-Options", "nosniff"}},
                             .body = std::move(answer.body)};
  if (!answer.allow.empty()) response.headers.emplace_back("Allow", std::move(answer.allow));
  return response;
}

void answer_with(ControlCalls& calls, const net::HttpServerRequest& request, Rights rights,
                 const Responder& responder) {
  const Call call{.method = request.head.method,
                  .target = request.head.target,
                  .body = request.body,
                  .rights = rights};
  calls.take(call,
             [responder](CallAnswer answer) { responder->send(response_of(std::move(answer))); });
}

Made listen_on_control_socket(net::Loop& loop, const Settings& settings, std::uint32_t own_user,
                              ControlCalls& calls, const os::Descriptor& given) {
  const std::string& path = settings.control_socket;
  const std::string directory = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  if (const auto checked = make_private_directory(directory, own_user); !checked) {
    return std::unexpected(in_context("control socket", checked.error()));
  }
  const ControlAccess& access = settings.control_access;
  const bool is_private = access.readers.empty() && access.writers.empty();
  net::HttpServer::Options options{.body_bytes_max = ControlCalls::body_bytes_max};
  options.unix_path = path;
  options.starts_paused = given.is_open();
  options.listening = own_copy_of(given);
  options.unix_mode = is_private ? 0600 : 0666;  // who may do what is asked of each peer
  options.may_connect = [access, own_user](const net::PeerProcess& peer, std::size_t open) {
    return may_connect(rights_of(peer.user, own_user, access), open);
  };
  return net::HttpServer::listen(
      loop, std::move(options),
      [&calls, access, own_user](const net::HttpServerRequest& request,
                                 const Responder& responder) {
        const auto rights =
            request.peer ? rights_of(request.peer->user, own_user, access) : std::nullopt;
        if (!rights) return responder->close();
        answer_with(calls, request, *rights, responder);
      });
}

Made listen_for_metrics(net::Loop& loop, const SocketAddress& address, ControlCalls& calls,
                        const os::Descriptor& given) {
  net::HttpServer::Options options{
      .address = format_ip_address(address.ip), .port = address.port, .body_bytes_max = 0};
  options.starts_paused = given.is_open();
  options.listening = own_copy_of(given);
  return net::HttpServer::listen(
      loop, std::move(options),
      [&calls](const net::HttpServerRequest& request, const Responder& responder) {
        answer_with(calls, request, Rights::figures, responder);
      });
}

}  // namespace

bool may_connect(std::optional<Rights> rights, std::size_t open) {
  if (!rights) return false;
  return *rights == Rights::write || open + kept_for_writers < net::HttpServer::connections_max;
}

std::optional<Rights> rights_of(std::uint32_t user, std::uint32_t own_user,
                                const ControlAccess& access) {
  const auto lists = [&](const std::vector<std::uint32_t>& users) {
    return std::ranges::find(users, user) != users.end();
  };
  if (user == 0 || user == own_user || lists(access.writers)) return Rights::write;
  if (lists(access.readers)) return Rights::read;
  return std::nullopt;
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(net::Loop& loop,
                                                             const Settings& settings,
                                                             std::uint32_t own_user,
                                                             ControlCalls& calls,
                                                             const Given& given) {
  auto server = std::make_unique<ControlServer>();
  Made control = listen_on_control_socket(loop, settings, own_user, calls, given.control);
  if (!control) return std::unexpected(control.error());
  server->control_ = std::move(*control);
  if (settings.metrics_address) {
    Made metrics = listen_for_metrics(loop, *settings.metrics_address, calls, given.metrics);
    if (!metrics) return std::unexpected(metrics.error());
    server->metrics_ = std::move(*metrics);
  }
  return server;
}

int ControlServer::metrics_descriptor() const {
  return metrics_ ? metrics_->listening_descriptor() : -1;
}

void ControlServer::pause() {
  control_->pause();
  if (metrics_) metrics_->pause();
}

void ControlServer::resume() {
  control_->resume();
  if (metrics_) metrics_->resume();
}

void ControlServer::leave() {
  control_->leave();
  if (metrics_) metrics_->leave();
}

std::optional<std::uint16_t> ControlServer::metrics_port() const {
  if (!metrics_) return std::nullopt;
  return metrics_->port();
}

}  // namespace kai::splitter
