// A Prometheus on loopback that counts what it is asked: it answers as the real one does, or takes
// every connection and never says a word.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "edges/prometheus/prom_plan.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "ports/workload.h"

namespace kai::bench {

enum class Answers { yes, never };

class LoopbackPrometheus {
 public:
  LoopbackPrometheus(net::Loop& loop, const WallClock& wall, Answers answers);

  // What the metric source would have detected for `services` services.
  [[nodiscard]] edges::PromPlan plan(std::size_t services) const;
  // The pods whose counters it knows.
  void set_pods(const std::vector<ports::PodTarget>& pods);

  // Questions for counters since the start; those for the source's clock are not among them.
  [[nodiscard]] std::size_t queries() const { return queries_; }
  // Questions that wait for their answer now.
  [[nodiscard]] std::size_t waiting() const;

 private:
  [[nodiscard]] std::string counters() const;
  [[nodiscard]] std::string clock() const;

  const WallClock& wall_;
  Answers answers_;
  std::unique_ptr<net::HttpServer> server_;
  std::vector<std::string> pods_;
  std::vector<std::shared_ptr<net::HttpResponder>> unanswered_;
  std::size_t queries_ = 0;
};

}  // namespace kai::bench
