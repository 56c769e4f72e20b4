#include "splitter/observe/counts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/tree.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/histogram.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

constexpr std::size_t label_bytes_max = 256;
constexpr std::uint64_t count_max = std::uint64_t{1} << 62;  // so that it can be told again

// Every count of a cell, in the order of their places. `released` before `attached`: in this order
// none can end before it was seen to begin.
template <typename TheCell, typename Visit>
void visit_counters(TheCell& cell, Visit visit) {
  for (auto& counter : cell.by_status) visit(counter);
  for (auto& counter : cell.by_outcome) visit(counter);
  for (auto& counter : cell.by_assignment) visit(counter);
  for (auto& counter : cell.within_edge) visit(counter);
  visit(cell.broken);
  visit(cell.released);
  visit(cell.attached);
}

constexpr std::size_t histogram_places = Histogram::buckets + 1;

std::vector<std::uint64_t> read_all(const Cell& cell) {
  std::vector<std::uint64_t> counts;
  visit_counters(cell, [&](const Counter& counter) { counts.push_back(counter.read()); });
  for (const Histogram* const histogram : {&cell.total, &cell.first_byte}) {
    for (std::size_t index = 0; index < Histogram::buckets; ++index) {
      counts.push_back(histogram->count(index));
    }
    counts.push_back(histogram->sum_microseconds());
  }
  return counts;
}

using Additions = std::vector<std::pair<std::size_t, std::uint64_t>>;  // place and count

void add_to(Histogram& histogram, std::size_t place, std::uint64_t count) {
  if (place < Histogram::buckets) {
    histogram.add_counts(place, count);
  } else {
    histogram.add_sum(count);
  }
}

void add_to(Cell& cell, const Additions& additions) {
  std::vector<Counter*> counters;
  visit_counters(cell, [&](Counter& counter) { counters.push_back(&counter); });
  for (auto [place, count] : additions) {
    if (place < counters.size()) {
      counters[place]->add(count);
      continue;
    }
    place -= counters.size();
    const bool is_total = place < histogram_places;
    add_to(is_total ? cell.total : cell.first_byte, is_total ? place : place - histogram_places,
           count);
  }
}

Tree number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void write_addition(Tree& list, std::size_t place, std::uint64_t count) {
  list.push_back(number(place));
  list.push_back(number(count));
}

std::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorKind::malformed, "counts of another process: " + what);
}

Result<Additions> read_additions(const Tree& in, std::string_view pointer, std::size_t places) {
  const Tree::List* const list = in.list_at(pointer);
  if (list == nullptr || list->size() % 2 != 0) return malformed("no pairs");
  Additions additions;
  for (std::size_t at = 0; at < list->size(); at += 2) {
    const std::int64_t* const place = (*list)[at].as_int();
    const std::int64_t* const count = (*list)[at + 1].as_int();
    const bool good = place != nullptr && count != nullptr && *place >= 0 &&
                      std::cmp_less(*place, places) && *count >= 0;
    if (!good) return malformed("a count without its place");
    additions.emplace_back(*place, *count);
  }
  return additions;
}

bool can_add(std::uint64_t count, std::uint64_t sum) {
  return count <= count_max - std::min(sum, count_max);
}

Result<Unit> add_cell(const Tree& told, CellTable& table) {
  CellLabels labels{.service = told.text_or("/service", ""),
                    .route = told.text_or("/route", ""),
                    .version = told.text_or("/version", ""),
                    .track = told.text_or("/track", "")};
  for (const std::string* const label :
       {&labels.service, &labels.route, &labels.version, &labels.track}) {
    if (label->empty() || label->size() > label_bytes_max) return malformed("no label");
  }
  std::vector<std::uint64_t> edges;
  const Tree::List* const list = told.list_at("/edges_us");
  if (list == nullptr || list->size() > latency_edges_max) return malformed("no edges");
  for (const Tree& edge : *list) {
    if (edge.as_int() == nullptr || *edge.as_int() < 0) return malformed("no edges");
    edges.push_back(static_cast<std::uint64_t>(*edge.as_int()));
  }
  static const std::size_t places = read_all(Cell{}).size();
  const Result<Additions> additions = read_additions(told, "/add", places);
  if (!additions) return std::unexpected(additions.error());
  Cell& cell = table.of(labels, edges);
  std::vector<std::uint64_t> sums = read_all(cell);
  for (const auto& [place, count] : *additions) {
    if (!can_add(count, sums[place])) return malformed("more than can be counted");
    sums[place] += count;
  }
  add_to(cell, *additions);
  return Unit{};
}

}  // namespace

Tree CountsWriter::write_new(const std::vector<const CellTable*>& tables) {
  std::map<Key, std::vector<std::uint64_t>> now;
  for (const CellTable* const table : tables) {
    for (const Cell* const cell : table->cells()) {
      const std::vector<std::uint64_t> counts = read_all(*cell);
      std::vector<std::uint64_t>& sum = now[{cell->labels, cell->edges_us}];
      sum.resize(counts.size());
      for (std::size_t at = 0; at < counts.size(); ++at) sum[at] += counts[at];
    }
  }
  Tree body = Tree::map();
  Tree cells = Tree::list();
  for (auto& [key, counts] : now) {
    std::vector<std::uint64_t>& before = written_[key];
    const bool is_new = before.empty();
    before.resize(counts.size());
    Tree additions = Tree::list();
    for (std::size_t at = 0; at < counts.size(); ++at) {
      if (counts[at] > before[at]) write_addition(additions, at, counts[at] - before[at]);
    }
    before = std::move(counts);
    if (additions.as_list()->empty() && !is_new) continue;
    const auto& [labels, edges] = key;
    Tree list = Tree::list();
    for (const std::uint64_t edge : edges) list.push_back(number(edge));
    Tree cell = Tree::map();
    cell.set("service", labels.service);
    cell.set("route", labels.route);
    cell.set("version", labels.version);
    cell.set("track", labels.track);
    cell.set("edges_us", std::move(list));
    cell.set("add", std::move(additions));
    cells.push_back(std::move(cell));
  }
  if (!cells.as_list()->empty()) body.set("cells", std::move(cells));
  Tree refusals = Tree::list();
  for (std::size_t at = 0; at < refusals_.size(); ++at) {
    std::uint64_t count = 0;
    for (const CellTable* const table : tables) count += table->refusals(static_cast<Refusal>(at));
    if (count > refusals_[at]) write_addition(refusals, at, count - refusals_[at]);
    refusals_[at] = std::max(refusals_[at], count);
  }
  if (!refusals.as_list()->empty()) body.set("refusals", std::move(refusals));
  return body;
}

Result<Unit> add_counts(const Tree& counts, CellTable& table) {
  if (const Tree::List* const cells = counts.list_at("/cells"); cells != nullptr) {
    if (cells->size() > inherited_cells_max) return malformed("too many cells");
    for (const Tree& cell : *cells) {
      if (auto added = add_cell(cell, table); !added) return added;
    }
    if (table.cells().size() > inherited_cells_max) return malformed("too many cells");
  }
  if (counts.at("/refusals") == nullptr) return Unit{};
  const Result<Additions> refusals = read_additions(counts, "/refusals", refusal_count);
  if (!refusals) return std::unexpected(refusals.error());
  for (const auto& [place, count] : *refusals) {
    const auto refusal = static_cast<Refusal>(place);
    if (!can_add(count, table.refusals(refusal))) return malformed("more than can be counted");
    table.add_refusals(refusal, count);
  }
  return Unit{};
}

void end_attempts(CellTable& table) {
  for (const Cell* const cell : table.cells()) {
    const std::uint64_t released = cell->released.read();
    const std::uint64_t attached = cell->attached.read();
    if (attached > released)
      table.of(cell->labels, cell->edges_us).released.add(attached - released);
  }
}

}  // namespace kai::splitter
