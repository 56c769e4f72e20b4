#include "splitter/main/beginning.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/error.h"
#include "os/descriptor.h"
#include "os/private_directories.h"
#include "splitter/admin/boot.h"
#include "splitter/admin/private_directory.h"
#include "splitter/admin/state_file.h"
#include "splitter/handover/offer.h"
#include "splitter/handover/takeover.h"
#include "splitter/loop/socket.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/address.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

Result<Unit> choose(const SnapshotSpec& file, const StateFile::Loaded& stored,
                    Beginning& beginning) {
  auto boot = choose_boot(file, stored, *beginning.numbers);
  if (!boot) return std::unexpected(std::move(boot.error()));
  beginning.configured = std::move(boot->configured);
  beginning.warnings.insert(beginning.warnings.end(), boot->warnings.begin(), boot->warnings.end());
  return Unit{};
}

Result<Unit> check_path(std::string_view key, const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return Unit{};
  return fail(ErrorKind::rejected, std::string(key) + " is " + ours +
                                       " in the configuration file, and the running kai-splitter "
                                       "has " +
                                       (theirs.empty() ? "none" : theirs) +
                                       ": a path changes only with a restart");
}

Result<Unit> check_paths(const Settings& settings, const Offer& offer) {
  auto same = check_path("control_socket", settings.control_socket, offer.control_socket);
  if (same) same = check_path("handover_socket", settings.handover_socket, offer.handover_socket);
  if (same) same = check_path("state_dir", settings.state_directory, offer.state_directory);
  return same;
}

// The listener that is ours under any name; with port 0 only the name tells.
const ListenerSettings* find_listener(const Settings& settings, const Offer::Listener& offered) {
  const auto found = std::ranges::find_if(settings.listeners, [&](const ListenerSettings& own) {
    return format_socket_address(own.address) == offered.address &&
           (own.address.port != 0 || own.name == offered.name);
  });
  return found == settings.listeners.end() ? nullptr : &*found;
}

// Of a supervisor: those of listeners that the other one does not have.
void take_new_sockets(const Settings& settings, std::vector<os::Descriptor> inherited,
                      Beginning& beginning) {
  std::vector<std::string> taken;
  for (const HeldSocket& held : beginning.sockets) taken.push_back(held.listener);
  for (os::Descriptor& socket : inherited) {
    const auto own = std::ranges::find(settings.listeners, local_address(socket.number()),
                                       &ListenerSettings::address);
    if (own == settings.listeners.end()) continue;
    if (std::ranges::find(taken, own->name) != taken.end()) continue;
    beginning.sockets.push_back({.socket = std::move(socket), .listener = own->name});
  }
}

// What is nobody's here any more stays the other one's, which accepts those who wait and closes it.
std::vector<std::string> take_sockets(const Settings& settings, const Offer& offer,
                                      std::vector<os::Descriptor>& descriptors,
                                      Beginning& beginning) {
  std::vector<std::string> leaves;
  std::size_t at = offer.descriptor_count();
  for (const Offer::Listener& each : offer.listeners) at -= each.sockets;
  for (const Offer::Listener& each : offer.listeners) {
    const ListenerSettings* const own = find_listener(settings, each);
    for (std::size_t count = 0; count < each.sockets; ++count, ++at) {
      if (own == nullptr) continue;
      beginning.sockets.push_back({.socket = std::move(descriptors[at]), .listener = own->name});
    }
    if (own != nullptr) leaves.push_back(each.name);
  }
  return leaves;
}

}  // namespace

Result<Beginning> begin_afresh(BeginningParts parts) {
  const Settings& settings = parts.configuration.settings;
  Beginning beginning;
  const auto made = make_private_directory(settings.state_directory, ::getuid());
  if (!made) return std::unexpected(in_context("state directory", made.error()));
  auto held = os::hold_directory(settings.state_directory);
  if (!held) return std::unexpected(in_context("state directory", held.error()));
  beginning.state_directory = std::move(*held);
  auto stored = parts.state_file.load();
  if (!stored) return std::unexpected(std::move(stored.error()));
  auto counters = CounterMemory::create();
  if (!counters) return std::unexpected(std::move(counters.error()));
  beginning.counters = std::move(*counters);
  beginning.numbers = std::make_unique<Numbers>(parts.random, beginning.counters);
  if (auto chosen = choose(parts.configuration.snapshot, *stored, beginning); !chosen) {
    return std::unexpected(std::move(chosen.error()));
  }
  for (os::Descriptor& socket : parts.inherited_sockets) {
    beginning.sockets.push_back({.socket = std::move(socket)});
  }
  return beginning;
}

Result<Beginning> begin_by_takeover(const std::string& path, BeginningParts parts) {
  const Settings& settings = parts.configuration.settings;
  auto takeover = Takeover::ask(path, parts.steady);
  if (!takeover) return std::unexpected(std::move(takeover.error()));
  const Offer& offer = takeover->offer();
  if (auto same = check_paths(settings, offer); !same) return std::unexpected(same.error());
  Beginning beginning;
  std::vector<os::Descriptor>& descriptors = takeover->descriptors();
  beginning.state_directory = std::move(descriptors[0]);
  auto counters = CounterMemory::adopt(std::move(descriptors[1]));
  if (!counters) return std::unexpected(std::move(counters.error()));
  beginning.counters = std::move(*counters);
  beginning.control.control = std::move(descriptors[2]);
  beginning.handover = std::move(descriptors[3]);
  const bool same_metrics =
      offer.metrics_address && settings.metrics_address &&
      format_socket_address(*settings.metrics_address) == *offer.metrics_address;
  if (same_metrics) beginning.control.metrics = std::move(descriptors[4]);
  std::vector<std::string> leaves = take_sockets(settings, offer, descriptors, beginning);
  take_new_sockets(settings, std::move(parts.inherited_sockets), beginning);
  // Nobody saves there now, so the slots stand still.
  if (auto stored = parts.state_file.load(); !stored) return std::unexpected(stored.error());
  beginning.numbers = std::make_unique<Numbers>(parts.random, beginning.counters);
  beginning.numbers->use_slots(offer.slots);
  SnapshotSpec in_force = offer.snapshot;
  const SnapshotSpec& file = parts.configuration.snapshot;
  const bool is_newer = file.generation > in_force.generation;
  SnapshotSpec wanted = is_newer ? file : in_force;
  wanted.writer_epoch = std::max(wanted.writer_epoch, offer.writer_epoch);
  // What cannot be used here stays in use there.
  if (auto chosen = choose(wanted, {.spec = {}, .damages = {}}, beginning); !chosen) {
    return std::unexpected(std::move(chosen.error()));
  }
  const Publisher::Memory memory{.generation_given = offer.generation_given,
                                 .writer_epoch = offer.writer_epoch};
  const WallTime started = offer.started;
  const std::int64_t processes = offer.processes;
  beginning.taken.emplace(std::move(*takeover), std::move(leaves), std::move(in_force), started,
                          processes, memory);
  return beginning;
}

}  // namespace kai::splitter
