// Counters of a shop server and their Prometheus text.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace shop {

class ServerMetrics {
 public:
  // Upper bounds of the latency buckets in seconds; +Inf is added.
  static constexpr std::array<double, 11> bounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                    0.5,   1.0,  2.5,   5.0,  10.0};

  // `service` becomes a label value and must need no escaping.
  explicit ServerMetrics(std::string service);

  void count(int status, std::chrono::duration<double> took);

  // http_requests_total{service,status_code}, http_request_duration_seconds (classic histogram), in
  // the text format 0.0.4.
  [[nodiscard]] std::string exposition() const;

 private:
  std::string service_;
  std::map<int, std::uint64_t> by_status_;
  std::array<std::uint64_t, bounds.size() + 1> buckets_{};
  double seconds_ = 0;
};

}  // namespace shop
