// What the processes of a release are run with. Everything of the outside comes through here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/timers.h"
#include "edges/local_workload/served_endpoints.h"
#include "net/http_client.h"
#include "os/disk.h"
#include "os/lasting_process.h"

namespace kai::edges {

// What the disk seam does not do, with log files that processes write meanwhile: os/log_file.h.
struct LogFiles {
  // The last bytes of a file, from the beginning of a line on. `no_data` when nothing is there.
  std::function<Result<std::string>(const std::string& path, std::size_t bytes_max)> tail;
  // Empties the file when it is longer.
  std::function<void(const std::string& path, std::size_t bytes_max)> cut;
};

// All references outlive the edge.
struct LocalSeams {
  os::LastingProcesses& processes;
  os::Disk& disk;
  net::HttpClient& http;
  Timers& timers;
  const SteadyClock& steady;
  const WallClock& wall;
  Log& log;
  ServedEndpoints& served;
  LogFiles log_files;
  // Whether 127.0.0.1:port can be listened on now: net::is_port_free.
  std::function<bool(std::uint16_t port)> is_port_free;
  // Whether users can be listened for at "0.0.0.0:8080": it is free, or our own splitter has it.
  std::function<Result<Unit>(const std::string& address)> may_listen;
  // os::find_lasting_program.
  std::function<Result<std::string>(const os::LastingSpec& spec)> find_program;
};

struct LocalOptions {
  std::string directory;  // of the release, 0700, there already; in it: release.json and logs/
  std::string release;    // its name
  // What every process gets beside its service's own: PATH, HOME, LANG, TZ of ours.
  std::map<std::string, std::string> environment;
};

}  // namespace kai::edges
