// A configuration of a splitter that tests start from.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/secret.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"

namespace kai::fakes {

inline const char* const test_salt = "AAECAwQFBgcICQoLDA0ODw==";  // bytes 00 to 0f

// One route `shop` for every request; stable `old`, canary `new` with `canary_ppm`; keyed by the
// header X-User-Id.
inline splitter::SnapshotSpec shop_spec(std::uint32_t canary_ppm = 50'000) {
  return {
      .writer_epoch = 7,
      .generation = 41,
      .backends = {{.id = "old", .version = "r42", .endpoints = {"10.1.0.11:8080", "10.1.0.12:80"}},
                   {.id = "new", .version = "r43", .track = "canary", .endpoints = {"[::1]:8080"}}},
      .routes = {{.id = "shop",
                  .service = "shop",
                  .match = {{}},
                  .split = {.salt = Secret(test_salt),
                            .key = {{.kind = splitter::KeySpec::Kind::header, .name = "X-User-Id"}},
                            .weights = {{.backend = "old", .ppm = 1'000'000 - canary_ppm},
                                        {.backend = "new", .ppm = canary_ppm}}}}}};
}

// Of a spec without mistakes.
inline std::shared_ptr<const splitter::Snapshot> built(const splitter::SnapshotSpec& spec,
                                                       splitter::Numbers& numbers) {
  splitter::Findings findings;
  auto snapshot = splitter::build_snapshot(spec, "", numbers, findings);
  for (const splitter::Finding& finding : findings.list()) {
    ADD_FAILURE() << finding.pointer << ": " << finding.message;
  }
  return snapshot;
}

}  // namespace kai::fakes
