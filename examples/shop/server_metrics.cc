#include "examples/shop/server_metrics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

namespace shop {

ServerMetrics::ServerMetrics(std::string service) : service_(std::move(service)) {
  // Known to be zero from the first scrape on: an increase from nothing would be lost.
  by_status_ = {{200, 0}, {500, 0}};
}

void ServerMetrics::count(int status, std::chrono::duration<double> took) {
  by_status_[status] += 1;
  const auto* const bound = std::lower_bound(bounds.begin(), bounds.end(), took.count());
  buckets_[static_cast<std::size_t>(bound - bounds.begin())] += 1;
  seconds_ += took.count();
}

std::string ServerMetrics::exposition() const {
  const std::string service = "service=\"" + service_ + "\"";
  std::ostringstream text;
  text << "# TYPE http_requests_total counter\n";
  for (const auto& [status, count] : by_status_) {
    text << "http_requests_total{" << service << ",status_code=\"" << status << "\"} " << count
         << '\n';
  }
  text << "# TYPE http_request_duration_seconds histogram\n";
  std::uint64_t sum = 0;
  for (std::size_t index = 0; index < buckets_.size(); ++index) {
    sum += buckets_[index];
    text << "http_request_duration_seconds_bucket{" << service << ",le=\"";
    if (index < bounds.size()) {
      text << bounds[index];
    } else {
      text << "+Inf";
    }
    text << "\"} " << sum << '\n';
  }
  text << "http_request_duration_seconds_sum{" << service << "} " << seconds_ << '\n'
       << "http_request_duration_seconds_count{" << service << "} " << sum << '\n';
  return text.str();
}

}  // namespace shop
