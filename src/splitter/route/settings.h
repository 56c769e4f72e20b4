// What a splitter is started with and keeps until it is started anew: listeners, threads, paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "splitter/route/address.h"

namespace kai::splitter {

// How long clients may take. Defaults are the ones of a fresh configuration.
struct ClientTimeouts {
  Duration silent = std::chrono::seconds(10);       // a new connection that sends nothing
  Duration head = std::chrono::seconds(10);         // from its first byte to its end
  Duration idle = std::chrono::seconds(60);         // between requests
  Duration write_stall = std::chrono::seconds(30);  // an answer that nobody reads
  // Of request bodies, after the grace, over windows; counts only time in which we were reading.
  std::uint32_t body_bytes_per_second_min = 256;
  Duration body_grace = std::chrono::seconds(5);
  Duration body_window = std::chrono::seconds(10);
};

struct ListenerSettings {
  std::string name;  // label of its metrics
  SocketAddress address;
  std::vector<Network> trusted_proxies;  // whose X-Forwarded-* and X-Request-Id are kept
  ClientTimeouts timeouts;
};

// Who may use the control socket, by the numeric user of the process at the other end. Root and
// our own user may do everything.
struct ControlAccess {
  std::vector<std::uint32_t> readers;
  std::vector<std::uint32_t> writers;  // may read, too
};

struct Settings {
  std::size_t workers = 0;     // 0: one for each CPU that the process may use
  std::string control_socket;  // path; its directory is ours alone (0700)
  ControlAccess control_access;
  // Where a process asks that takes over; in the control socket's directory. Empty: none can.
  std::string handover_socket;
  std::string state_directory;  // where the last snapshot is kept
  // Loopback only: /metrics, /healthz and /readyz for those who may not use the control socket.
  std::optional<SocketAddress> metrics_address;
  std::vector<ListenerSettings> listeners;
  Duration drain = std::chrono::seconds(30);  // of requests in flight when the process ends
  Duration handover_drain = std::chrono::seconds(300);  // ... and when another has taken over
};

}  // namespace kai::splitter
