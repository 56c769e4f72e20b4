// Increments: from raw counter samples to slices, one per scrape of a pod. Nothing is extrapolated:
// resets, births and gaps are followed sample by sample, so the sum of all slices is what the pods
// counted. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/slice.h"
#include "edges/prometheus/prom_samples.h"
#include "ports/workload.h"

namespace kai::edges {

// Which series of a pod are which, for one service. Detected before the first weight and pinned.
struct PromFamily {
  std::string requests;       // counter of requests
  std::string status_label;   // of `requests`
  std::string histogram;      // name of the buckets, with "_bucket"; empty: no latency
  double unit_seconds = 1;    // of the histogram's edges
  std::vector<double> edges;  // seconds, rising; those that slices report
  // Requests of this path are the kubelet's, not users'. Label of counter and histogram; empty:
  // they do not tell paths apart, and health checks are counted with the rest.
  std::string path_label = {};
  std::string health_path = {};

  [[nodiscard]] bool is_health_check(const PromSeries& series) const {
    return !path_label.empty() && series.label(path_label) == health_path;
  }
  // It may be a health check or not.
  [[nodiscard]] bool hides_path(const PromSeries& series) const {
    return !path_label.empty() && series.label(path_label).empty();
  }
  friend bool operator==(const PromFamily&, const PromFamily&) = default;
};

// A status that counts as an error: 5xx as a code or a class, and 0 (no response). Everything else
// is none.
[[nodiscard]] bool is_error_status(std::string_view status);
// A status that `is_error_status` understands: three digits, "2xx" or "0".
[[nodiscard]] bool is_status(std::string_view status);

// What all pods of an answer share.
struct PromView {
  WallTime first_look;  // of the rollout, on the source's clock
  Duration scrape_interval{0};
};

class PromCounters {
 public:
  // `series`: everything that arrived for one pod and family, of any metric name; unknown names are
  // ignored. Slices that begin after what was taken before, sorted by their end. malformed: an
  // increment that is no whole number below 2^53, a histogram that cannot be one, or a series that
  // lost the label of its path (a new version dropped it, and health checks would pass for users'
  // requests); then nothing of this pod is taken. A pod that started after `first_look` counts from
  // its first scrape on, any other from the first sample seen.
  [[nodiscard]] Result<std::vector<core::Slice>> take(const ports::PodTarget& pod,
                                                      const PromFamily& family,
                                                      const std::vector<const PromSeries*>& series,
                                                      const PromView& view);
  // Gives up what this pod counted since its newest scrape: the next sample is a base again.
  // Samples up to `until` are never looked at again, so that what is broken among them is over.
  void skip(const ports::PodTarget& pod, WallTime until);

  // Newest scrape that was taken of this pod for this service; empty: none.
  [[nodiscard]] std::optional<WallTime> newest(const ports::PodTarget& pod) const;
  // Oldest of the newest scrapes of these pods; pods without any do not count.
  [[nodiscard]] std::optional<WallTime> oldest_cursor(
      const std::vector<ports::PodTarget>& pods) const;
  // Forgets pods that had no scrape since `before`.
  void forget(WallTime before);

 private:
  using Key = std::pair<std::uint32_t, std::string>;  // service and pod
  using Address = std::string;                        // of one scrape endpoint of the pod

  // The last sample of a series.
  struct Cursor {
    WallTime at;
    double value = 0;
  };
  // One scrape endpoint.
  struct Target {
    std::optional<WallTime> scraped;        // its newest scrape
    std::string scraper;                    // job and replica that is followed
    std::map<std::string, Cursor> cursors;  // by labels
    core::Slice carried;                    // counted in scrapes that had no request counter
    std::optional<WallTime> ignored_until;  // counted by another scraper, or given up
  };
  class Reading;

  std::map<Key, std::map<Address, Target>> pods_;
  std::map<Key, WallTime> skipped_until_;
};

}  // namespace kai::edges
