// Whatever answers on the splitter's control socket, it is refused or it becomes values that can
// be: no slice has more errors than requests or more slow requests than timed ones. The bytes are
// cut in two by the first zero: two looks, one after the other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "edges/splitter_admin/splitter_answers.h"
#include "edges/splitter_admin/splitter_counts.h"
#include "edges/splitter_admin/splitter_increments.h"

namespace {

using namespace kai::edges;  // NOLINT(google-build-using-namespace): a program of its own

const kai::splitter::SnapshotSpec snapshot{
    .backends =
        {{.id = "shop@v1", .version = "v1", .endpoints = {"127.0.0.1:1"}},
         {.id = "shop@v2", .version = "v2", .track = "canary", .endpoints = {"127.0.0.1:2"}}},
    .routes = {{.id = "shop",
                .service = "shop",
                .split = {.weights = {{.backend = "shop@v1", .ppm = 900'000},
                                      {.backend = "shop@v2", .ppm = 100'000}}}}}};
const std::vector<SplitterMeasured> services{{.route = "shop", .edges_us = {256, 1'000'000}}};
const std::vector<kai::ports::PodTarget> pods{
    {.arm = kai::core::Arm::baseline, .name = "a", .address = "127.0.0.1:1"},
    {.arm = kai::core::Arm::canary, .name = "b", .address = "127.0.0.1:2"}};

void check(const kai::ports::Counters& counters) {
  for (const kai::core::Slice& slice : counters.slices) {
    KAI_CHECK(slice.errors <= slice.requests);
    KAI_CHECK(slice.from < slice.to);
    KAI_CHECK(slice.slower.size() == services.front().edges_us.size());
    for (const std::uint64_t slower : slice.slower) KAI_CHECK(slower <= slice.timed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read_snapshot(bytes));
  static_cast<void>(read_status(bytes));
  static_cast<void>(read_written(bytes));
  static_cast<void>(read_refusal({.status = 409, .body = std::string(bytes)}));
  const std::size_t cut = std::min(bytes.find('\0'), bytes.size());
  SplitterIncrements increments;
  std::int64_t second = 0;
  for (const std::string_view text : {bytes.substr(0, cut), bytes.substr(cut), bytes}) {
    const auto counts = read_counts(text);
    if (!counts) continue;
    const kai::WallTime now{.since_epoch = std::chrono::seconds(++second)};
    check(increments.take(services, pods, snapshot, *counts, read_start(text), now));
  }
  return 0;
}
