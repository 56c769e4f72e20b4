// A judge with every slot in use: what costs most.
#pragma once

#include <cstddef>
#include <vector>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {

inline core::SequentialConfig config_of_series(std::size_t series) {
  core::SequentialConfig config;
  for (std::size_t i = 0; i < series; ++i) {
    config.series.push_back({.name = "errors",
                             .weight = 1.0 / static_cast<double>(series),
                             .dispersion = {{.intervals = 1, .dispersion = 1.2},
                                            {.intervals = 4, .dispersion = 1.5},
                                            {.intervals = 10, .dispersion = 2}}});
  }
  return config;
}

inline std::vector<std::vector<core::Counts>> usual_frames(std::size_t series) {
  fakes::Traffic traffic(1);
  std::vector<std::vector<core::Counts>> frames(256);
  for (auto& frame : frames) {
    for (std::size_t i = 0; i < series; ++i)
      frame.push_back(traffic.interval(200, 0.1, 0.01, 0.01));
  }
  return frames;
}

// Late starts keep all 16 slots in use after the first 64 frames; these are more.
inline fakes::JudgeRun with_full_slots(std::size_t series) {
  fakes::JudgeRun run(config_of_series(series));
  for (const auto& frame : usual_frames(series)) run.see(frame);
  return run;
}

}  // namespace kai::bench
