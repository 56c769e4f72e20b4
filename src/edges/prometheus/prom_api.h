// Asking Prometheus: one instant query at a time, directly or through the API server's service
// proxy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "edges/prometheus/prom_plan.h"
#include "edges/prometheus/prom_samples.h"
#include "kubeapi/client.h"
#include "net/http_client.h"

namespace kai::edges {

inline constexpr Duration prom_query_time_max = std::chrono::seconds(5);
inline constexpr std::size_t prom_query_bytes_max = std::size_t{64} << 10U;

// Moments to evaluate at: from, from + step, ... up to `to`; `step` above zero.
struct PromRange {
  WallTime from;
  WallTime to;
  Duration step{0};
};

class PromApi {
 public:
  // `api` may be null: then nothing is reached through an API server. Both outlive this.
  PromApi(net::HttpClient& http, kubeapi::Client* api) : http_(&http), api_(api) {}

  // The answer's series at `time` (of the source's clock; empty: its now). Errors name the address
  // and the query; kinds as in parse_prom_answer and prom_refusal; unavailable: no answer.
  void query(const PromAddress& address, const std::string& promql, std::optional<WallTime> time,
             Reply<std::vector<PromSeries>> reply) const;

  // The same at each moment of a range: re-sampled, so never evidence.
  void query_range(const PromAddress& address, const std::string& promql, const PromRange& range,
                   Reply<std::vector<PromSeries>> reply) const;

  [[nodiscard]] bool has_proxy() const { return api_ != nullptr; }

 private:
  struct Ask {
    std::string path;  // below the base
    std::string form;
    std::string where;  // for errors
  };
  void send(const PromAddress& address, Ask ask, Reply<std::vector<PromSeries>> reply) const;

  net::HttpClient* http_;
  kubeapi::Client* api_;
};

// The configured base as an address to ask directly. malformed: no URL.
[[nodiscard]] Result<PromAddress> direct_address(const std::string& base);
// The same through the API server, when the host looks like a Service of a cluster: NAME.NAMESPACE,
// with or without
// ".svc" and a domain behind it.
[[nodiscard]] std::optional<PromAddress> proxied_address(const PromAddress& direct);

}  // namespace kai::edges
