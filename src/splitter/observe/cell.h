// What one worker saw of one route and backend. The worker alone writes; the admin thread reads at
// any moment, without a lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/histogram.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// How an attempt ended.
enum class Outcome : std::uint8_t {
  ok,
  connect_failed,
  reset,         // the backend left before its answer was there
  timed_out,     //
  malformed,     // its answer broke the rules
  truncated,     // it left within its answer
  client_abort,  // the client left: not the backend's error
  overflow,      // no room for it here
};
inline constexpr std::size_t outcome_count = static_cast<std::size_t>(Outcome::overflow) + 1;
[[nodiscard]] std::string_view name_of(Outcome outcome);

inline constexpr int status_min = 100;
inline constexpr std::size_t status_count = 500;  // 100-599
inline constexpr int status_client_gone = 499;
inline constexpr int status_server_error_min = 500;

// As times are counted: whole, a negative one is none.
[[nodiscard]] std::uint64_t microseconds_of(Duration time);

struct CellLabels {
  std::string service;
  std::string route;
  std::string version;
  std::string track;

  friend auto operator<=>(const CellLabels&, const CellLabels&) = default;
};

struct Cell {
  CellLabels labels;
  std::vector<std::uint64_t> edges_us;  // rising, of the route

  std::array<Counter, status_count> by_status;         // requests
  std::array<Counter, outcome_count> by_outcome;       // attempts
  std::array<Counter, 4> by_assignment;                // requests, by Assignment
  std::array<Counter, latency_edges_max> within_edge;  // requests at most as long as the edge
  Counter broken;        // requests whose answer was cut after its head, with a status below 500
  Counter attached;      // attempts that a connection of the backend was given to
  Counter released;      // ... and taken from; attempts under way are the rest
  Histogram total;       // requests
  Histogram first_byte;  // attempts that got one

  // Without a time it is in no histogram: a tunnel's life says nothing of the backend's speed.
  void add_request(int status, Assignment assignment, std::optional<Duration> total_time);
  void add_attempt(Outcome outcome) { by_outcome[static_cast<std::size_t>(outcome)].add(1); }
  void add_first_byte(Duration time);
  // The client had the head of the answer already, so its status says nothing of this.
  void add_broken(int status) {
    if (status < status_server_error_min) broken.add(1);
  }
};

// The cells of one worker, made when first used and kept for the life of the process.
class CellTable {
 public:
  // The one with the labels and edges that the two have now. For the worker's thread only.
  [[nodiscard]] Cell& of(const Route& route, const Backend& backend);
  // The one with these, of a table that belongs to no worker. Of its one writer.
  [[nodiscard]] Cell& of(const CellLabels& labels, const std::vector<std::uint64_t>& edges_us);
  void add_refusals(Refusal refusal, std::uint64_t count) {
    refusals_[static_cast<std::size_t>(refusal)].add(count);
  }
  void count_refusal(Refusal refusal) { refusals_[static_cast<std::size_t>(refusal)].add(1); }

  // From any thread: pointers that stay good as long as the table lives.
  [[nodiscard]] std::vector<const Cell*> cells() const;
  [[nodiscard]] std::uint64_t refusals(Refusal refusal) const {
    return refusals_[static_cast<std::size_t>(refusal)].read();
  }

 private:
  [[nodiscard]] Cell& find_or_make(const Route& route, const Backend& backend);

  std::vector<std::vector<Cell*>> by_number_;  // [route][backend]
  std::array<Counter, refusal_count> refusals_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Cell>> all_ KAI_GUARDED_BY(mutex_);
};

}  // namespace kai::splitter
