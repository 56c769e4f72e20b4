// Whatever a metric source answers, it is refused or it becomes counts that can be: no slice has
// more errors than requests or more slow requests than timed ones, and asking again for the same
// samples counts nothing twice.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "edges/prometheus/prom_increments.h"
#include "edges/prometheus/prom_samples.h"

namespace {

using kai::edges::PromSeries;

const kai::edges::PromFamily family{.requests = "r",
                                    .status_label = "code",
                                    .histogram = "b",
                                    .unit_seconds = 1,
                                    .edges = {0.1, 1}};
const kai::edges::PromView view{.first_look = {}, .scrape_interval = std::chrono::seconds(1)};

void check(const kai::core::Slice& slice) {
  KAI_CHECK(slice.errors <= slice.requests);
  KAI_CHECK(slice.from < slice.to);
  KAI_CHECK(slice.slower.size() == family.edges.size());
  for (const std::uint64_t slower : slice.slower) KAI_CHECK(slower <= slice.timed);
}

void count(const std::vector<PromSeries>& series, std::chrono::seconds started) {
  std::vector<const PromSeries*> pointers;
  for (const PromSeries& one : series) {  // of one scrape endpoint: each is counted for itself
    if (one.label("instance") == series.front().label("instance")) pointers.push_back(&one);
  }
  const kai::ports::PodTarget pod{.name = "p", .started_at = {started}, .ready = true};
  kai::edges::PromCounters counters;
  const auto slices = counters.take(pod, family, pointers, view);
  if (!slices) return;
  for (const kai::core::Slice& slice : *slices) check(slice);
  // The same once more counts nothing that was counted: at most another scraper is followed from
  // here on.
  const std::optional<kai::WallTime> counted_until = counters.newest(pod);
  const auto again = counters.take(pod, family, pointers, view);
  if (!again) return;
  for (const kai::core::Slice& slice : *again) {
    check(slice);
    KAI_CHECK(counted_until < slice.from);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(kai::edges::prom_refusal(500, bytes));
  const auto series = kai::edges::parse_prom_answer(bytes);
  if (!series) return 0;
  count(*series, std::chrono::seconds(-1));  // older than our first look
  count(*series, std::chrono::seconds(1));   // born under our eyes
  return 0;
}
