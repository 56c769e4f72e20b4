// What a process gives to the one that takes over from it, before that one serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "os/descriptor.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {

// Of all that is said over the socket, the counts included. A process speaks this one alone until
// there is a second.
inline constexpr std::int64_t handover_format = 1;
// That end one behind the other, each of which a change of weights has to reach.
inline constexpr std::int64_t processes_max = 16;
inline constexpr std::size_t offered_sockets_max = 64UL * 1024UL;

struct Offer {
  struct Listener {
    std::string name;
    std::string address;      // as configured, so that port 0 stays 0
    std::size_t sockets = 0;  // of the descriptors, in this order
  };

  std::string control_socket;
  std::string handover_socket;
  std::string state_directory;
  std::optional<std::string> metrics_address;
  std::vector<Listener> listeners;
  WallTime started;            // since when is counted
  std::int64_t processes = 1;  // the one that offers, and those before it that still end
  SnapshotSpec snapshot;       // in force, with its salts
  std::uint64_t generation_given = 0;
  std::uint64_t writer_epoch = 0;
  Numbers::Slots slots;

  // Those of the state directory, the counters, the control socket, this socket, the metrics'
  // socket if there is one; then those of the listeners.
  [[nodiscard]] std::size_t descriptor_count() const;
};

[[nodiscard]] Tree write_offer(const Offer& offer);
// `rejected`: of another version; `malformed`: not of the form.
[[nodiscard]] Result<Offer> read_offer(const Tree& body);

// A configuration and the slots of its counters: {"snapshot": {...}, "slots": {ROUTE: SLOT}}, for
// those who follow.
struct Followed {
  SnapshotSpec snapshot;
  Numbers::Slots slots;
};
void write_followed(Tree& body, const SnapshotSpec& snapshot, const Numbers::Slots& slots);
[[nodiscard]] Result<Followed> read_followed(const Tree& body);

}  // namespace kai::splitter
