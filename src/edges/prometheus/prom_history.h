// The port `MetricHistory` on Prometheus: raw samples of the pods of the past, some hours at a
// time, counted as those of a rollout are.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/timers.h"
#include "kubeapi/client.h"
#include "net/http_client.h"
#include "ports/metric_history.h"

namespace kai::edges {

// Of one answer: some 15 MB while it is read. A part is made as long as fits.
inline constexpr std::size_t history_samples_wanted = 60'000;
inline constexpr Duration history_part_max = std::chrono::hours(2);
// Of all answers. What is more is not read: the reading begins later.
inline constexpr std::size_t history_samples_max = 40'000'000;
inline constexpr Duration history_length_max = std::chrono::hours(24 * 365);
// Questions that failed in a row, before the reading is over.
inline constexpr int history_tries_max = 12;

class PrometheusHistory final : public ports::MetricHistory {
 public:
  // As of PrometheusSource; all outlive this and every answer.
  PrometheusHistory(net::HttpClient& http, kubeapi::Client* api, Timers& timers,
                    const SteadyClock& steady, const WallClock& wall);
  ~PrometheusHistory() override;

  void begin(const ports::HistoryAsk& ask, Reply<ports::HistorySpan> reply) override;
  void next(Reply<ports::HistoryPart> reply) override;

 private:
  class Reading;
  net::HttpClient& http_;
  kubeapi::Client* api_;
  Timers& timers_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  std::shared_ptr<Reading> reading_;  // null before `begin`
};

}  // namespace kai::edges
