#include "splitter/admin/boot.h"

#include <algorithm>
#include <memory>
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
  if (stored.spec && stored.spec->generation > file.generation) {
    Result<Configured> built = build(*stored.spec, numbers);
    if (built) {
      boot.configured = std::move(*built);
      return boot;
    }
    boot.warnings.push_back("the stored configuration cannot be used: " + built.error().message);
  }
  SnapshotSpec spec = file;
  if (stored.spec) spec.writer_epoch = std::max(spec.writer_epoch, stored.spec->writer_epoch);
  const bool is_lost =
      !boot.warnings.empty() && (!stored.spec || stored.spec->generation > file.generation);
  if (is_lost) {
    boot.warnings.emplace_back(
        "all traffic goes to the stable backends until a configuration comes");
    spec = on_stable_only(std::move(spec));
  }
  Result<Configured> built = build(std::move(spec), numbers);
  if (!built) return std::unexpected(in_context("configuration", built.error()));
  boot.configured = std::move(*built);
  return boot;
}

}  // namespace kai::splitter
