// What an engine is given: the ports it acts through and the seams it takes time and chance from.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/timers.h"
#include "ports/metric_source.h"
#include "ports/release.h"
#include "ports/rollout_store.h"
#include "ports/rollout_view.h"
#include "ports/router.h"
#include "ports/workload.h"

namespace kai::engine {

// References that outlive the engine.
struct Ports {
  ports::Release& release;
  ports::Workload& workload;
  ports::Router& router;
  ports::MetricSource& metrics;
  ports::RolloutStore& store;
  ports::RolloutViewer& viewer;
};

struct Seams {
  SteadyClock& steady;
  WallClock& wall;
  Timers& timers;
  Log& log;
};

}  // namespace kai::engine
