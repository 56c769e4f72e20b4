// Health: what the processes of a release answer when they are asked whether they are well.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reply.h"
#include "base/time.h"
#include "base/timers.h"
#include "edges/local_workload/release_file.h"
#include "net/http_client.h"

namespace kai::edges {

// Of one that was healthy: answers in a row that have to be bad.
inline constexpr std::uint32_t bad_answers_max = 3;
inline constexpr Duration answer_within = std::chrono::seconds(2);

class Health {
 public:
  // Both outlive every answer.
  Health(net::HttpClient& http, const SteadyClock& steady) : http_(http), steady_(steady) {}

  // Asks each once, all at the same time; the answer says that all have answered or failed to. Not
  // for an empty list, which has no last answer.
  void ask(const std::vector<Instance>& instances, Reply<Unit> reply);
  // As of the newest answers; false before the first one.
  [[nodiscard]] bool is_healthy(const Instance& instance) const;
  // It was healthy never, for as long as it may take.
  [[nodiscard]] bool is_overdue(const Instance& instance) const;
  // With its newest answer: "process api-v2-1 was not healthy within 30s: GET
  // http://127.0.0.1:20001/health: 503".
  [[nodiscard]] std::string why_late(const Instance& instance) const;
  void forget(const Instance& instance);

 private:
  struct State {
    SteadyTime since;  // first asked
    bool was_healthy = false;
    std::uint32_t bad_answers = 0;  // since the newest good one
    std::string words;
  };
  using Key = std::pair<std::int64_t, std::uint64_t>;  // process number and start
  static Key key_of(const Instance& instance) {
    return {instance.process.pid, instance.process.started};
  }

  net::HttpClient& http_;
  const SteadyClock& steady_;
  std::shared_ptr<std::map<Key, State>> states_ = std::make_shared<std::map<Key, State>>();
};

}  // namespace kai::edges
