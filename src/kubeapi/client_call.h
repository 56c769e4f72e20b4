// One request of Client: its turn, credentials, a second try where that is safe. Private to
// kubeapi.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "kubeapi/client.h"

namespace kai::kubeapi {

// What outlives a client's destruction until its requests have ended.
struct Client::Core {
  net::HttpClient& http;
  Timers& timers;
  const SteadyClock& steady;
  ClusterAccess access;
  std::shared_ptr<Credentials> credentials;
  ClientOptions options;
  Pace pace;
  bool closed = false;
  // With a plugin's certificate in place of the kubeconfig's; kept, since connections hang on it.
  std::shared_ptr<const ClientCertificate> certificate = nullptr;
  std::shared_ptr<const net::TlsOptions> certificate_tls = nullptr;
  std::function<void(const std::string&)> warn = nullptr;
  std::set<std::string> warned = {};

  [[nodiscard]] std::shared_ptr<const net::TlsOptions> tls_for(const Authorization& authorization);
  void note_warnings(const net::HttpResponse& response);
  // Who asks, and for whom: on every request.
  [[nodiscard]] net::Headers identity() const;
};

class Client::Call : public std::enable_shared_from_this<Client::Call> {
 public:
  struct Request {
    std::string what;  // for messages: "get Deployment shop/api"
    std::string method = "GET";
    std::string path;
    net::Headers headers = {};
    std::string body = {};
    std::size_t body_bytes_max = net::body_bytes_max_default;
    Duration timeout = request_time_max;  // of a read: of all its tries together
    bool urgent = false;
    std::optional<Error> fault = {};  // found before anything was sent, so nothing is
  };

  Call(std::shared_ptr<Core> core, Request request, Reply<net::HttpResponse> reply);
  void begin();

 private:
  void authorize();
  void send(Authorization authorization);
  void take(const Authorization& used, Result<net::HttpResponse> response);
  // Empty: there is no other try.
  [[nodiscard]] std::optional<Duration> wait_before_another_try(
      const Result<net::HttpResponse>& response) const;
  void finish(Result<net::HttpResponse> response);

  std::shared_ptr<Core> core_;
  Request request_;
  Reply<net::HttpResponse> reply_;
  std::optional<SteadyTime> sent_at_;  // the first time
  int tries_ = 0;
  bool refreshed_ = false;
};

// A request that changes something, and what its answer is to be read with.
struct Client::Write {
  Call::Request request;
  bool json_patch = false;
  bool secret = false;

  void begin(std::shared_ptr<Core> core, Reply<Answer> reply);
};

}  // namespace kai::kubeapi
