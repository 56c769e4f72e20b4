#include "splitter/observe/exposition.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/time.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/histogram.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

constexpr unsigned bound_power_min = 8;   // 256 us
constexpr unsigned bound_power_max = 26;  // 67 s

using CellsByLabels = std::map<CellLabels, std::vector<const Cell*>>;

CellsByLabels by_labels(const std::vector<const CellTable*>& tables) {
  CellsByLabels cells;
  for (const CellTable* const table : tables) {
    for (const Cell* const cell : table->cells()) cells[cell->labels].push_back(cell);
  }
  return cells;
}

template <typename Read>
std::uint64_t sum(const std::vector<const Cell*>& cells, Read read) {
  std::uint64_t total = 0;
  for (const Cell* const cell : cells) total += read(*cell);
  return total;
}

// Backslash, quote and line feed, as the format wants it.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\n') {
      result += "\\n";
      continue;
    }
    if (letter == '\\' || letter == '"') result += '\\';
    result += letter;
  }
  return result;
}

std::string labels_of(const CellLabels& labels) {
  return fmt::format(R"(service="{}",route="{}",version="{}",track="{}")", escaped(labels.service),
                     escaped(labels.route), escaped(labels.version), escaped(labels.track));
}

class Exposition {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  void add(std::string_view name, std::string_view labels, std::uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}}} {}\n", name, labels, value);
  }
  void add_seconds(std::string_view name, std::string_view labels, std::uint64_t microseconds) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}}} {}\n", name, labels, seconds(microseconds));
  }
  [[nodiscard]] static std::string seconds(std::uint64_t microseconds) {
    return fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

struct Bound {
  std::uint64_t microseconds = 0;
  std::uint64_t count = 0;

  friend auto operator<=>(const Bound&, const Bound&) = default;
};

// Those that the route has now: a worker to whom nobody came since it got them has cells for others
// only. None for a route that is gone.
std::vector<std::uint64_t> edges_of(const Snapshot& in_force, const std::string& id) {
  const auto route = std::ranges::find(in_force.routes, id, &Route::id);
  std::vector<std::uint64_t> edges;
  if (route == in_force.routes.end()) return edges;
  for (const Duration edge : route->latency_edges) edges.push_back(microseconds_of(edge));
  return edges;
}

// How many requests took at most `edge`. A cell that was made for other edges tells those that
// certainly did: it counts no more, so from then on the sum rises as it should.
std::uint64_t count_within(const Cell& cell, std::uint64_t edge) {
  const auto found = std::ranges::find(cell.edges_us, edge);
  if (found != cell.edges_us.end()) {
    return cell.within_edge[static_cast<std::size_t>(found - cell.edges_us.begin())].read();
  }
  std::uint64_t count = 0;
  for (std::size_t index = 0; index < Histogram::index_of(edge); ++index) {
    count += cell.total.count(index);
  }
  return count;
}

// Every bucket is a true count: powers of two are borders of the histogram, edges are counted
// apart.
std::vector<Bound> bounds_of(const std::vector<const Cell*>& cells, Histogram Cell::* histogram,
                             const std::vector<std::uint64_t>& edges) {
  std::vector<Bound> bounds;
  std::uint64_t count = 0;
  std::size_t index = 0;
  for (unsigned power = bound_power_min; power <= bound_power_max; ++power) {
    for (; index < Histogram::buckets_below(power); ++index) {
      count += sum(cells, [&](const Cell& cell) { return (cell.*histogram).count(index); });
    }
    bounds.push_back({.microseconds = std::uint64_t{1} << power, .count = count});
  }
  for (const std::uint64_t edge : edges) {
    count = sum(cells, [&](const Cell& cell) { return count_within(cell, edge); });
    bounds.push_back({.microseconds = edge, .count = count});
  }
  std::ranges::sort(bounds);
  return bounds;
}

void add_histogram(Exposition& out, std::string_view name, std::string_view labels,
                   const std::vector<const Cell*>& cells, Histogram Cell::* histogram,
                   const std::vector<std::uint64_t>& edges) {
  // The buckets are read before the total, so that none of them can exceed it; and an edge is
  // counted at another moment than its neighbours, which may not make the row fall.
  std::uint64_t least = 0;
  std::uint64_t last = 0;
  const std::string bucket = std::string(name) + "_bucket";
  for (const Bound& bound : bounds_of(cells, histogram, edges)) {
    if (bound.microseconds == last) continue;
    last = bound.microseconds;
    least = std::max(least, bound.count);
    out.add(bucket, fmt::format(R"({},le="{}")", labels, Exposition::seconds(bound.microseconds)),
            least);
  }
  std::uint64_t total = 0;
  for (std::size_t index = 0; index < Histogram::buckets; ++index) {
    total += sum(cells, [&](const Cell& cell) { return (cell.*histogram).count(index); });
  }
  total = std::max(total, least);
  out.add(bucket, fmt::format(R"({},le="+Inf")", labels), total);
  out.add_seconds(std::string(name) + "_sum", labels, sum(cells, [&](const Cell& cell) {
                    return (cell.*histogram).sum_microseconds();
                  }));
  out.add(std::string(name) + "_count", labels, total);
}

void add_requests(Exposition& out, const CellsByLabels& all) {
  out.begin("http_requests_total", "counter", "Requests that were answered, by status.");
  for (const auto& [labels, cells] : all) {
    for (std::size_t at = 0; at < status_count; ++at) {
      const std::uint64_t count =
          sum(cells, [&](const Cell& cell) { return cell.by_status[at].read(); });
      if (count == 0) continue;
      out.add("http_requests_total",
              fmt::format(R"({},status_code="{}")", labels_of(labels),
                          status_min + static_cast<int>(at)),
              count);
    }
  }
}

void add_attempts(Exposition& out, const CellsByLabels& all) {
  out.begin("kai_attempts_total", "counter", "Tries of requests on one endpoint, by their end.");
  for (const auto& [labels, cells] : all) {
    for (std::size_t at = 0; at < outcome_count; ++at) {
      const std::uint64_t count =
          sum(cells, [&](const Cell& cell) { return cell.by_outcome[at].read(); });
      if (count == 0) continue;
      out.add(
          "kai_attempts_total",
          fmt::format(R"({},outcome="{}")", labels_of(labels), name_of(static_cast<Outcome>(at))),
          count);
    }
  }
}

void add_broken(Exposition& out, const CellsByLabels& all) {
  out.begin("kai_broken_answers_total", "counter",
            "Answers that were cut after their head, which had a status below 500.");
  for (const auto& [labels, cells] : all) {
    const std::uint64_t count = sum(cells, [](const Cell& cell) { return cell.broken.read(); });
    if (count > 0) out.add("kai_broken_answers_total", labels_of(labels), count);
  }
}

void add_in_flight(Exposition& out, const CellsByLabels& all) {
  out.begin("kai_requests_in_flight", "gauge", "Requests that an endpoint has not answered yet.");
  for (const auto& [labels, cells] : all) {
    // In this order none can end before it was seen to begin.
    const std::uint64_t released =
        sum(cells, [](const Cell& cell) { return cell.released.read(); });
    const std::uint64_t attached =
        sum(cells, [](const Cell& cell) { return cell.attached.read(); });
    out.add("kai_requests_in_flight", labels_of(labels), attached - std::min(released, attached));
  }
}

void add_assignments(Exposition& out, const CellsByLabels& all) {
  out.begin("kai_split_assigned_total", "counter", "Requests by what decided their backend.");
  for (const auto& [labels, cells] : all) {
    for (const Assignment kind : {Assignment::forced, Assignment::keyed, Assignment::unkeyed}) {
      const auto at = static_cast<std::size_t>(kind);
      const std::uint64_t count =
          sum(cells, [&](const Cell& cell) { return cell.by_assignment[at].read(); });
      if (count == 0) continue;
      out.add("kai_split_assigned_total",
              fmt::format(R"({},kind="{}")", labels_of(labels), name_of(kind)), count);
    }
  }
}

void add_refusals(Exposition& out, const std::vector<const CellTable*>& tables) {
  out.begin("kai_rejected_requests_total", "counter", "Requests that were not let through.");
  for (std::size_t at = 0; at < refusal_count; ++at) {
    const auto refusal = static_cast<Refusal>(at);
    std::uint64_t count = 0;
    for (const CellTable* const table : tables) count += table->refusals(refusal);
    if (count > 0)
      out.add("kai_rejected_requests_total", fmt::format(R"(reason="{}")", name_of(refusal)),
              count);
  }
}

}  // namespace

std::string write_exposition(const std::vector<const CellTable*>& tables,
                             const Snapshot& in_force) {
  const CellsByLabels all = by_labels(tables);
  Exposition out;
  add_requests(out, all);
  out.begin("http_request_duration_seconds", "histogram",
            "From the end of a request's head to the last byte of its answer.");
  for (const auto& [labels, cells] : all) {
    add_histogram(out, "http_request_duration_seconds", labels_of(labels), cells, &Cell::total,
                  edges_of(in_force, labels.route));
  }
  out.begin("kai_attempt_first_byte_seconds", "histogram",
            "From sending a request to the head of its answer.");
  for (const auto& [labels, cells] : all) {
    add_histogram(out, "kai_attempt_first_byte_seconds", labels_of(labels), cells,
                  &Cell::first_byte, {});
  }
  add_attempts(out, all);
  add_broken(out, all);
  add_in_flight(out, all);
  add_assignments(out, all);
  add_refusals(out, tables);
  return out.take();
}

}  // namespace kai::splitter
