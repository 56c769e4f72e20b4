// What a splitter begins with: what the disk keeps and nobody else holds, or all that the running
// one gives to the one that takes over.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/admin/configuration.h"
#include "splitter/admin/control_server.h"
#include "splitter/admin/publisher.h"
#include "splitter/admin/state_file.h"
#include "splitter/handover/takeover.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {

struct Beginning {
  // Of one that takes over.
  struct Taken {
    Takeover takeover;                // under way
    std::vector<std::string> leaves;  // the other's names of the listeners that are ours, too
    SnapshotSpec snapshot;            // in force there
    WallTime started;
    std::int64_t processes = 1;
    Publisher::Memory memory;
  };

  os::Descriptor state_directory;  // held
  std::shared_ptr<CounterMemory> counters;
  std::unique_ptr<Numbers> numbers;
  Configured configured;
  std::vector<std::string> warnings;  // a person should know
  std::vector<HeldSocket> sockets;
  ControlServer::Given control;
  os::Descriptor handover;  // not open: nobody can take over
  std::optional<Taken> taken;
};

struct BeginningParts {
  const Configuration& configuration;
  StateFile& state_file;
  Random& random;
  const SteadyClock& steady;
  std::vector<os::Descriptor> inherited_sockets;
};

// All of it fails before anything of ours can be seen from outside.
[[nodiscard]] Result<Beginning> begin_afresh(BeginningParts parts);
// Takes over from the process that listens at `path`; it goes on as it was when this fails, or
// when what this returns goes.
[[nodiscard]] Result<Beginning> begin_by_takeover(const std::string& path, BeginningParts parts);

}  // namespace kai::splitter
