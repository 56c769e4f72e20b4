#include "examples/shop/tally.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <ios>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace shop {
namespace {

// Header values come from outside; only what is harmless in JSON is kept.
std::string plain(std::string_view text) {
  std::string result;
  for (const char letter : text.substr(0, 64)) {
    const bool harmless = letter >= ' ' && letter < 127 && letter != '"' && letter != '\\';
    result += harmless ? letter : '?';
  }
  return result;
}

}  // namespace

void Tally::sent(std::chrono::microseconds behind_schedule) {
  sent_ += 1;
  behind_max_ = std::max(behind_max_, behind_schedule);
}

void Tally::answered(const Answered& answer, std::chrono::microseconds latency) {
  answered_ += 1;
  answers_[answer] += 1;
  const auto milliseconds =
      static_cast<std::size_t>(std::max<std::int64_t>(latency.count(), 0) / 1000);
  latencies_ms_[std::min(milliseconds, latency_ms_max)] += 1;
}

void Tally::failed(Failure failure) {
  failed_ += 1;
  failures_[static_cast<std::size_t>(std::to_underlying(failure))] += 1;
}

std::uint64_t Tally::server_errors() const {
  std::uint64_t count = 0;
  for (const auto& [answer, times] : answers_) {
    count += answer.status >= 500 ? times : 0;
  }
  return count;
}

std::size_t Tally::latency_ms(double quantile) const {
  const auto rank =
      static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(answered_)));
  std::uint64_t seen = 0;
  for (const auto& [milliseconds, times] : latencies_ms_) {
    seen += times;
    if (seen >= rank) {
      return milliseconds;
    }
  }
  return 0;
}

std::string Tally::json(const Moment& moment) const {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << "{\"at\":" << moment.unix_seconds
       << ",\"elapsed_ms\":" << moment.elapsed.count() << ",\"sent\":" << sent_
       << ",\"answered\":" << answered_ << ",\"in_flight\":" << in_flight()
       << ",\"failures\":{\"connect\":" << failures_[0] << ",\"reset\":" << failures_[1]
       << ",\"timeout\":" << failures_[2] << "},\"status_5xx\":" << server_errors()
       << ",\"behind_schedule_ms_max\":" << behind_max_.count() / 1000 << ",\"answers\":[";
  const char* separator = "";
  for (const auto& [answer, times] : answers_) {
    text << std::exchange(separator, ",") << "{\"service\":\"" << plain(answer.service)
         << "\",\"version\":\"" << plain(answer.version) << "\",\"status\":" << answer.status
         << ",\"count\":" << times << '}';
  }
  text << ']';
  if (moment.final_line) {
    text << ",\"final\":true,\"latency_ms\":{\"p50\":" << latency_ms(0.5)
         << ",\"p95\":" << latency_ms(0.95) << ",\"p99\":" << latency_ms(0.99)
         << ",\"max\":" << latency_ms(1) << '}';
  }
  text << '}';
  return text.str();
}

}  // namespace shop
