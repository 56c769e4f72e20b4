#include "splitter/observe/cell.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "base/time.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

bool fits(const Cell& cell, const Route& route, const Backend& backend) {
  return cell.labels.service == route.service && cell.labels.route == route.id &&
         cell.labels.version == backend.version && cell.labels.track == name_of(backend.track) &&
         std::ranges::equal(cell.edges_us, route.latency_edges, {}, {}, microseconds_of);
}

}  // namespace

std::uint64_t microseconds_of(Duration time) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::connect_failed:
      return "connect_failed";
    case Outcome::reset:
      return "reset";
    case Outcome::timed_out:
      return "timed_out";
    case Outcome::malformed:
      return "malformed";
    case Outcome::truncated:
      return "truncated";
    case Outcome::client_abort:
      return "client_abort";
    case Outcome::overflow:
      return "overflow";
  }
  KAI_UNREACHABLE("an outcome without a name");
}

void Cell::add_request(int status, Assignment assignment, std::optional<Duration> total_time) {
  const auto index = static_cast<std::size_t>(status - status_min);
  KAI_CHECK(index < status_count);
  by_status[index].add(1);
  by_assignment[static_cast<std::size_t>(assignment)].add(1);
  if (!total_time) return;
  const std::uint64_t time = microseconds_of(*total_time);
  for (std::size_t edge = 0; edge < edges_us.size(); ++edge) {
    if (time <= edges_us[edge]) within_edge[edge].add(1);
  }
  total.add(time);
}

void Cell::add_first_byte(Duration time) { first_byte.add(microseconds_of(time)); }

Cell& CellTable::of(const Route& route, const Backend& backend) {
  const auto row = static_cast<std::size_t>(std::to_underlying(route.number));
  const auto column = static_cast<std::size_t>(std::to_underlying(backend.number));
  if (row >= by_number_.size()) by_number_.resize(row + 1);
  if (column >= by_number_[row].size()) by_number_[row].resize(column + 1);
  Cell*& cell = by_number_[row][column];
  if (cell == nullptr || !fits(*cell, route, backend)) cell = &find_or_make(route, backend);
  return *cell;
}

// A promotion makes a canary the stable one and a route gets other edges while their numbers stay.
Cell& CellTable::find_or_make(const Route& route, const Backend& backend) {
  std::vector<std::uint64_t> edges;
  for (const Duration edge : route.latency_edges) edges.push_back(microseconds_of(edge));
  return of({.service = route.service,
             .route = route.id,
             .version = backend.version,
             .track = std::string(name_of(backend.track))},
            edges);
}

Cell& CellTable::of(const CellLabels& labels, const std::vector<std::uint64_t>& edges_us) {
  const MutexLock lock(mutex_);
  const auto found = std::ranges::find_if(
      all_, [&](const auto& each) { return each->labels == labels && each->edges_us == edges_us; });
  if (found != all_.end()) return **found;
  auto cell = std::make_unique<Cell>();
  cell->labels = labels;
  cell->edges_us = edges_us;
  return *all_.emplace_back(std::move(cell));
}

std::vector<const Cell*> CellTable::cells() const {
  std::vector<const Cell*> cells;
  const MutexLock lock(mutex_);
  cells.reserve(all_.size());
  for (const auto& cell : all_) cells.push_back(cell.get());
  return cells;
}

}  // namespace kai::splitter
