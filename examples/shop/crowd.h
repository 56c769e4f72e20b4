// Open-loop HTTP load: requests leave by a fixed schedule, whether or not earlier ones were
// answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "examples/shop/tally.h"

namespace shop {

struct CrowdSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string host = "shop.test";           // Host header
  std::vector<std::string> paths = {"/"};   // taken in turn
  double rate = 200;                        // requests per second
  std::chrono::milliseconds duration{0};    // 0: until SIGINT or SIGTERM
  std::chrono::milliseconds timeout{5000};  // from the moment a request was due
  std::chrono::milliseconds report_interval{1000};
  std::size_t connections_max = 256;  // beyond it a due request waits for a connection
};

// Returns when the duration is over or a signal came, and nothing is in flight any more.
// `report` is called at each interval and once at the end (then `final_line` is true).
void send_crowd(const CrowdSettings& settings,
                const std::function<void(const Tally&, const Tally::Moment&)>& report);

}  // namespace shop
