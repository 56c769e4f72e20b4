#include "splitter/admin/boot.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "splitter/admin/publisher.h"
#include "splitter/admin/state_file.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {
namespace {

// The snapshot of `spec`, or the first reason why there is none.
Result<Configured> build(SnapshotSpec spec, Numbers& numbers) {
  Findings findings;
  auto snapshot = build_snapshot(spec, "", numbers, findings);
  if (snapshot) return Configured{.spec = std::move(spec), .snapshot = std::move(snapshot)};
  const Finding& first = findings.list().front();
  return fail(ErrorKind::rejected, first.pointer + ": " + first.message);
}

constexpr std::string_view only_stable_gets_traffic =
    "all traffic goes to the stable backends until a configuration comes";

SnapshotSpec stable_only_at(std::uint64_t generation, SnapshotSpec spec) {
  spec.generation = generation;
  return on_stable_only(std::move(spec));
}

}  // namespace

SnapshotSpec on_stable_only(SnapshotSpec spec) {
  std::set<std::string_view> stable;
  for (BackendSpec& backend : spec.backends) {
    if (backend.track == "stable") {
      stable.insert(backend.id);
    } else {
      backend.state = "closed";
    }
  }
  for (RouteSpec& route : spec.routes) {
    for (ShareSpec& share : route.split.weights) {
      share.ppm = stable.contains(share.backend) ? 1'000'000 : 0;
    }
  }
  return spec;
}

Result<Boot> choose_boot(const SnapshotSpec& file, const StateFile::Loaded& stored,
                         Numbers& numbers) {
  Boot boot{.configured = {}, .warnings = stored.damages};
  SnapshotSpec own = file;
  std::optional<SnapshotSpec> kept = stored.spec;
  // Whichever is used, who wrote last stays in charge.
  if (kept) own.writer_epoch = kept->writer_epoch = std::max(own.writer_epoch, kept->writer_epoch);
  // Above both: what is saved now must win at the next start, too.
  const std::uint64_t after_both = std::max(own.generation, kept ? kept->generation : 0) + 1;
  if (kept && kept->generation <= own.generation) kept.reset();

  bool is_lost = !stored.damages.empty();
  if (kept) {
    if (is_lost) kept = stable_only_at(after_both, std::move(*kept));
    Result<Configured> built = build(std::move(*kept), numbers);
    if (built) {
      if (is_lost) boot.warnings.emplace_back(only_stable_gets_traffic);
      boot.configured = std::move(*built);
      return boot;
    }
    boot.warnings.push_back("the stored configuration cannot be used: " + built.error().message);
    is_lost = true;
  }
  if (is_lost) {
    boot.warnings.emplace_back(only_stable_gets_traffic);
    own = stable_only_at(after_both, std::move(own));
  }
  Result<Configured> built = build(std::move(own), numbers);
  if (!built) return std::unexpected(in_context("configuration", built.error()));
  boot.configured = std::move(*built);
  return boot;
}

}  // namespace kai::splitter
