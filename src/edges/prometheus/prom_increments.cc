#include "edges/prometheus/prom_increments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "codec/number.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr double count_max = 9'007'199'254'740'992.0;  // 2^53
constexpr double fraction_max = 1e-6;
constexpr std::array replica_labels{"prometheus_replica", "replica", "__replica__",
                                    "receive_replica"};
constexpr Duration container_start_precision = std::chrono::seconds(1);
constexpr int scrapers_behind_max = 2;  // scrapes
constexpr std::string_view process_start = "process_start_time_seconds";

std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string key_of(const PromSeries& series) {
  std::string key;
  for (const auto& [name, value] : series.labels) {
    key += name;
    key += '\0';
    // Prometheus 3 writes "1.0" where 2 wrote "1": one edge, one series.
    const auto edge =
        name == "le" ? codec::parse_finite(value) : Result<double>(std::unexpected(Error{}));
    key += edge ? shortest(*edge) : value;
    key += '\0';
  }
  return key;
}

std::string scraper_of(const PromSeries& series) {
  std::string scraper(series.label("job"));
  for (const char* const label : replica_labels) {
    scraper += '\0';
    scraper += series.label(label);
  }
  return scraper;
}

std::unexpected<Error> malformed(const PromSeries& series, const std::string& what) {
  std::string text;
  for (const auto& [name, value] : series.labels)
    text.append(text.empty() ? "" : ",").append(name).append("=").append(value);
  return fail(ErrorKind::malformed, "series " + codec::quote(text) + ": " + what);
}

// Where the counts of one scrape go.
struct Scrape {
  double requests = 0;
  double errors = 0;
  std::map<double, double> buckets;  // increments by edge in seconds; infinity last
  bool counted = false;              // its request counter was there
  bool only_zeros = true;            // what a synthetic zero sample looks like
};

struct Point {
  const PromSeries* series;
  std::string key;
  double value;
};

std::uint64_t whole(double count) { return static_cast<std::uint64_t>(std::llround(count)); }

}  // namespace

// One scrape endpoint's part of an answer.
class PromCounters::Reading {
 public:
  Reading(Target target, const ports::PodTarget& pod, const PromFamily& family,
          const PromView& view)
      : target_(std::move(target)),
        pod_(pod),
        family_(family),
        view_(view),
        is_new_(pod.started_at > view.first_look && !target_.ignored_until) {}

  void add(const PromSeries& series) { series_.push_back(&series); }

  Result<std::vector<core::Slice>> read() {
    choose_scraper();
    for (const PromSeries* const series : series_) gather(*series);
    for (const auto& [at, points] : scrapes_) {
      if (auto taken = take(at, points); !taken) return std::unexpected(taken.error());
    }
    return std::move(slices_);
  }

  Target take_target() { return std::move(target_); }

 private:
  // One scraper per endpoint: two of them see the same requests. It is followed until it falls
  // behind; the next one starts from new bases, since its samples are of other moments.
  void choose_scraper() {
    std::map<std::string, WallTime> newest;
    for (const PromSeries* const series : series_) {
      if (series->samples.empty()) continue;
      WallTime& at = newest[scraper_of(*series)];
      at = std::max(at, series->samples.back().at);
    }
    if (newest.empty()) return;
    const auto best =
        std::ranges::max_element(newest, {}, [](const auto& scraper) { return scraper.second; });
    if (!target_.scraped) {
      if (!newest.contains(target_.scraper)) target_.scraper = newest.begin()->first;
      return;
    }
    const auto followed = newest.find(target_.scraper);
    const WallTime last =
        followed == newest.end() ? *target_.scraped : std::max(followed->second, *target_.scraped);
    if (best->second - last <= scrapers_behind_max * view_.scrape_interval) return;
    target_ = Target{.scraped = {},
                     .scraper = best->first,
                     .cursors = {},
                     .carried = {},
                     .ignored_until = target_.scraped};
    is_new_ = false;
  }

  void gather(const PromSeries& series) {
    if (scraper_of(series) != target_.scraper || !is_known(series.label("__name__"))) return;
    const std::string key = key_of(series);
    for (const PromSample& sample : series.samples) {
      if (sample.at <= target_.scraped || sample.at <= target_.ignored_until) continue;
      scrapes_[sample.at].push_back({.series = &series, .key = key, .value = sample.value});
    }
  }

  [[nodiscard]] bool is_known(std::string_view name) const {
    return name == family_.requests || name == process_start ||
           (!family_.histogram.empty() && name == family_.histogram);
  }

  Result<Unit> take(WallTime at, const std::vector<Point>& points) {
    if (find_restart(at, points)) target_.cursors.clear();
    Scrape scrape;
    for (const Point& point : points) {
      const bool is_start = point.series->label("__name__") == process_start;
      if (is_start) {
        target_.cursors[point.key] = {.at = at, .value = point.value};
        continue;
      }
      const auto increment = increment_of(at, point);
      if (!increment) return std::unexpected(increment.error());
      if (auto counted = count(point, *increment, scrape); !counted) return counted;
      scrape.only_zeros = scrape.only_zeros && point.value == 0;
    }
    return finish(at, scrape, *points.front().series);
  }

  // All counters of a process are reset together, also those that already passed their old values.
  bool find_restart(WallTime at, const std::vector<Point>& points) {
    bool tells_start = false;
    bool restarted = false;
    for (const Point& point : points) {
      const bool is_start = point.series->label("__name__") == process_start;
      tells_start = tells_start || is_start;
      const auto before = target_.cursors.find(point.key);
      if (before == target_.cursors.end()) continue;
      restarted = restarted || point.value < before->second.value ||
                  (is_start && point.value != before->second.value);
    }
    return restarted || (!tells_start && is_start_between(at));
  }

  // The container's start is known to the second only, rounded down: a scrape within that second
  // may be of either process, and a restart too many would count everything once more.
  [[nodiscard]] bool is_start_between(WallTime at) const {
    return target_.scraped && *target_.scraped < pod_.started_at &&
           pod_.started_at + container_start_precision <= at;
  }

  Result<double> increment_of(WallTime at, const Point& point) {
    const auto before = target_.cursors.find(point.key);
    double increment = 0;
    if (before != target_.cursors.end()) {
      increment = point.value - before->second.value;
    } else if (target_.scraped || is_new_ || !std::isfinite(point.value)) {
      increment = point.value;  // born since the scrape before, or with the process; or no base
    }
    if (!(increment >= 0) || increment >= count_max ||
        std::abs(increment - std::round(increment)) > fraction_max) {
      return malformed(*point.series,
                       "an increment of " + std::to_string(increment) + " is no count");
    }
    target_.cursors[point.key] = {.at = at, .value = point.value};
    return std::round(increment);
  }

  Result<Unit> count(const Point& point, double increment, Scrape& scrape) {
    const bool is_request = point.series->label("__name__") == family_.requests;
    scrape.counted = scrape.counted || is_request;
    if (family_.hides_path(*point.series))
      return malformed(*point.series, "it does not tell its " + family_.path_label + " any more");
    if (family_.is_health_check(*point.series)) return Unit{};
    if (is_request) {
      scrape.requests += increment;
      if (is_error_status(point.series->label(family_.status_label))) scrape.errors += increment;
      return Unit{};
    }
    const std::string_view text = point.series->label("le");
    if (text == "+Inf" || text == "Inf") {
      scrape.buckets[HUGE_VAL] += increment;
      return Unit{};
    }
    const auto edge = codec::parse_finite(text);
    if (!edge) return malformed(*point.series, "its edge is no number");
    scrape.buckets[*edge * family_.unit_seconds] += increment;
    return Unit{};
  }

  Result<Unit> finish(WallTime at, const Scrape& scrape, const PromSeries& first) {
    core::Slice slice = std::exchange(target_.carried, {});
    slice.slower.resize(family_.edges.size());
    slice.requests += whole(scrape.requests);
    slice.errors += whole(scrape.errors);
    if (auto counted = count_slower(scrape, slice, first); !counted) return counted;
    const bool is_slice = scrape.counted && !scrape.only_zeros;
    if (!is_slice || (!target_.scraped && !is_new_)) {
      // Without its request counter a scrape is none of its own; a first look is a base only.
      if (target_.scraped || is_new_) target_.carried = std::move(slice);
    } else {
      slice.service = pod_.service;
      slice.arm = pod_.arm;
      slice.target = pod_.name;
      slice.from = target_.scraped ? *target_.scraped : std::min(pod_.started_at, at - Duration(1));
      slice.to = at;
      slice.age = slice.from - pod_.started_at;
      slices_.push_back(std::move(slice));
    }
    if (scrape.counted) target_.scraped = at;
    return Unit{};
  }

  // Buckets are sums up to their edge. An edge that this scrape lacks says nothing about latency at
  // all.
  Result<Unit> count_slower(const Scrape& scrape, core::Slice& slice, const PromSeries& first) {
    double below = 0;
    for (const auto& [edge, up_to] : scrape.buckets) {
      if (up_to < below) return malformed(first, "the buckets of its histogram fall");
      below = up_to;
    }
    const auto all = scrape.buckets.find(HUGE_VAL);
    if (all == scrape.buckets.end()) return Unit{};
    std::vector<std::uint64_t> slower;
    for (const double edge : family_.edges) {
      const auto bucket = find_edge(scrape.buckets, edge);
      if (bucket == scrape.buckets.end()) return Unit{};
      slower.push_back(whole(all->second - bucket->second));
    }
    slice.timed += whole(all->second);
    for (std::size_t i = 0; i < slower.size(); ++i) slice.slower[i] += slower[i];
    return Unit{};
  }

  // The unit's factor costs the last bits.
  static std::map<double, double>::const_iterator find_edge(const std::map<double, double>& buckets,
                                                            double edge) {
    const auto found = buckets.lower_bound(edge * (1 - 1e-9));
    return found != buckets.end() && found->first <= edge * (1 + 1e-9) ? found : buckets.end();
  }

  Target target_;
  const ports::PodTarget& pod_;
  const PromFamily& family_;
  const PromView& view_;
  bool is_new_;
  std::vector<const PromSeries*> series_;
  std::map<WallTime, std::vector<Point>> scrapes_;
  std::vector<core::Slice> slices_;
};

bool is_error_status(std::string_view status) {
  if (status == "0") return true;
  return status.size() == 3 && status.front() == '5' && is_status(status);
}

bool is_status(std::string_view status) {
  if (status == "0") return true;
  if (status.size() != 3 || status.front() < '1' || status.front() > '5') return false;
  const std::string_view rest = status.substr(1);
  const bool digits = std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; });
  return digits || rest == "xx" || rest == "XX";
}

Result<std::vector<core::Slice>> PromCounters::take(const ports::PodTarget& pod,
                                                    const PromFamily& family,
                                                    const std::vector<const PromSeries*>& series,
                                                    const PromView& view) {
  const Key key{pod.service, pod.name};
  std::map<Address, Target> known;
  if (const auto found = pods_.find(key); found != pods_.end()) known = found->second;
  std::map<Address, Reading> readings;
  for (const PromSeries* const one : series) {
    const std::string address(one->label("instance"));
    Target fresh;
    if (const auto skipped = skipped_until_.find(key); skipped != skipped_until_.end()) {
      fresh.ignored_until = skipped->second;
    }
    const Target& target = known.try_emplace(address, std::move(fresh)).first->second;
    const auto reading = readings.try_emplace(address, target, pod, family, view).first;
    reading->second.add(*one);
  }
  std::vector<core::Slice> slices;
  for (auto& [address, reading] : readings) {
    auto read = reading.read();
    if (!read) return std::unexpected(read.error());
    known[address] = reading.take_target();
    slices.insert(slices.end(), std::make_move_iterator(read->begin()),
                  std::make_move_iterator(read->end()));
  }
  pods_[key] = std::move(known);
  std::ranges::stable_sort(slices, {}, &core::Slice::to);
  return slices;
}

void PromCounters::skip(const ports::PodTarget& pod, WallTime until) {
  pods_.erase({pod.service, pod.name});
  skipped_until_[{pod.service, pod.name}] = until;
}

std::optional<WallTime> PromCounters::newest(const ports::PodTarget& pod) const {
  const auto found = pods_.find({pod.service, pod.name});
  if (found == pods_.end()) return std::nullopt;
  std::optional<WallTime> newest;
  for (const auto& [address, target] : found->second) {
    if (target.scraped) newest = newest ? std::max(*newest, *target.scraped) : *target.scraped;
  }
  return newest;
}

std::optional<WallTime> PromCounters::oldest_cursor(
    const std::vector<ports::PodTarget>& pods) const {
  std::optional<WallTime> oldest;
  for (const ports::PodTarget& pod : pods) {
    const auto cursor = newest(pod);
    if (cursor) oldest = oldest ? std::min(*oldest, *cursor) : *cursor;
  }
  return oldest;
}

void PromCounters::forget(WallTime before) {
  std::erase_if(pods_, [before](const auto& pod) {
    return std::ranges::all_of(pod.second, [before](const auto& target) {
      return !target.second.scraped || *target.second.scraped < before;
    });
  });
  std::erase_if(skipped_until_, [before](const auto& pod) { return pod.second < before; });
}

}  // namespace kai::edges
