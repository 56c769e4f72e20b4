// One request of Client: its turn, credentials, a second try where that is safe. Private to
// kubeapi.
#pragma once

#include <memory>
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
  Pace pace;
  bool closed = false;
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
    Duration timeout = request_time_max;
    bool urgent = false;
  };

  Call(std::shared_ptr<Core> core, Request request, Reply<net::HttpResponse> reply);
  void begin();

 private:
  void authorize();
  void send(Secret authorization);
  void take(Result<net::HttpResponse> response);
  [[nodiscard]] bool is_worth_another_try(const Result<net::HttpResponse>& response) const;
  [[nodiscard]] Duration wait_before_try(const Result<net::HttpResponse>& response) const;
  void finish(Result<net::HttpResponse> response);

  std::shared_ptr<Core> core_;
  Request request_;
  Reply<net::HttpResponse> reply_;
  int tries_ = 0;
  bool refreshed_ = false;
};

}  // namespace kai::kubeapi
