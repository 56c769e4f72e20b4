#include "splitter/admin/metrics_text.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "splitter/admin/publisher.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

void add_head(std::string& text, std::string_view name, std::string_view type,
              std::string_view help) {
  text += "# HELP " + std::string(name) + " " + std::string(help) + "\n";
  text += "# TYPE " + std::string(name) + " " + std::string(type) + "\n";
}

// Millionths as a decimal number, without a floating point one on the way.
std::string decimal(std::uint64_t millionths) {
  const std::string part = std::to_string(1'000'000 + millionths % 1'000'000).substr(1);
  return std::to_string(millionths / 1'000'000) + "." + part;
}

// Ids and versions are label-safe (check_label): nothing in them needs an escape.
void add_weight(std::string& text, const Route& route, const Backend& backend, std::uint32_t ppm) {
  text += "kai_split_weight_ratio{service=\"" + route.service + "\",route=\"" + route.id +
          "\",version=\"" + backend.version + "\",track=\"" + std::string(name_of(backend.track)) +
          "\"} " + decimal(ppm) + "\n";
}

}  // namespace

std::string publisher_metrics(const Publisher::Status& status, const Snapshot& snapshot) {
  std::string text;
  add_head(text, "kai_generation", "gauge", "Generation of the configuration in force.");
  text += "kai_generation " + std::to_string(status.generation) + "\n";
  add_head(text, "kai_state_durable", "gauge",
           "1 if the configuration in force would survive a restart.");
  text += std::string("kai_state_durable ") + (status.durable ? "1" : "0") + "\n";
  if (status.last_barrier) {
    add_head(text, "kai_barrier_seconds", "gauge",
             "From posting the last generation to the last acknowledgement.");
    const auto microseconds = status.last_barrier->count() / 1000;
    text += "kai_barrier_seconds " + decimal(static_cast<std::uint64_t>(microseconds)) + "\n";
  }
  add_head(text, "kai_split_weight_ratio", "gauge",
           "Share of a route's unforced requests that a backend gets.");
  for (const Route& route : snapshot.routes) {
    for (const Share& share : route.shares) {
      const Backend& backend = snapshot.backends[share.backend];
      // A closed backend gets nothing; the stable one has its share, too.
      std::uint32_t ppm = 0;
      for (const Share& each : route.shares) ppm += each.owner == share.backend ? each.ppm : 0;
      add_weight(text, route, backend, ppm);
    }
  }
  return text;
}

std::string process_metrics(WallTime started) {
  std::string text;
  add_head(text, "process_start_time_seconds", "gauge",
           "When this process started; all counts began at zero then.");
  const auto millionths = started.since_epoch / std::chrono::microseconds(1);
  text += "process_start_time_seconds " +
          decimal(static_cast<std::uint64_t>(std::max<std::int64_t>(millionths, 0))) + "\n";
  return text;
}

}  // namespace kai::splitter
