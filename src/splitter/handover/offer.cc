#include "splitter/handover/offer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "splitter/handover/link.h"
#include "splitter/observe/counts.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/protocol/number.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {
namespace {

constexpr std::size_t fixed_descriptors = 4;

std::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorKind::malformed, "the other process offers " + what);
}

std::optional<std::uint64_t> count_at(const Tree& body, std::string_view pointer) {
  const auto count = body.int_at(pointer);
  if (!count || *count < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*count);
}

Result<Unit> read_listeners(const Tree& body, Offer& offer) {
  const Tree::List* const list = body.list_at("/listeners");
  if (list == nullptr) return malformed("no listeners");
  std::size_t sockets = 0;
  for (const Tree& each : *list) {
    const std::string* const name = each.text_at("/name");
    const std::string* const address = each.text_at("/address");
    const auto count = count_at(each, "/sockets");
    if (name == nullptr || address == nullptr || !count || *count > offered_sockets_max) {
      return malformed("a listener without its sockets");
    }
    sockets += *count;
    offer.listeners.push_back({.name = *name, .address = *address, .sockets = *count});
  }
  if (sockets > offered_sockets_max) return malformed("too many sockets");
  return Unit{};
}

}  // namespace

std::size_t Offer::descriptor_count() const {
  std::size_t count = fixed_descriptors + (metrics_address ? 1 : 0);
  for (const Listener& listener : listeners) count += listener.sockets;
  return count;
}

void write_followed(Tree& body, const SnapshotSpec& snapshot, const Numbers::Slots& slots) {
  Tree by_route = Tree::map();
  for (const auto& [route, slot] : slots) by_route.set(route, std::int64_t{slot});
  body.set("snapshot", write_snapshot_spec(snapshot, Salts::written));
  body.set("slots", std::move(by_route));
}

Result<Followed> read_followed(const Tree& body) {
  Followed followed;
  const Tree* const snapshot = body.get("snapshot");
  const Tree::Map* const slots = body.map_at("/slots");
  if (snapshot == nullptr || slots == nullptr) return malformed("no configuration");
  Findings findings;
  followed.snapshot = read_snapshot_spec({.tree = *snapshot, .pointer = "/snapshot"},
                                         SnapshotForm::stored, findings);
  if (!findings.empty()) {
    const Finding& first = findings.list().front();
    return malformed("a configuration of another version: " + first.pointer + ": " + first.message);
  }
  for (const auto& [route, slot] : *slots) {
    const std::int64_t* const number = slot.as_int();
    if (number == nullptr || *number < 0 || *number >= CounterMemory::slots) {
      return malformed("a counter that is not there");
    }
    followed.slots.emplace(route, static_cast<std::uint32_t>(*number));
  }
  return followed;
}

Tree write_offer(const Offer& offer) {
  Tree body = message("offer");
  body.set("format", handover_format);
  body.set("counts_format", counts_format);
  body.set("control_socket", offer.control_socket);
  body.set("handover_socket", offer.handover_socket);
  body.set("state_dir", offer.state_directory);
  if (offer.metrics_address) body.set("metrics_address", *offer.metrics_address);
  Tree listeners = Tree::list();
  for (const Offer::Listener& each : offer.listeners) {
    Tree listener = Tree::map();
    listener.set("name", each.name);
    listener.set("address", each.address);
    listener.set("sockets", number(each.sockets));
    listeners.push_back(std::move(listener));
  }
  body.set("listeners", std::move(listeners));
  body.set("started_ns", std::int64_t{offer.started.since_epoch.count()});
  body.set("processes", offer.processes);
  body.set("generation_given", number(offer.generation_given));
  body.set("writer_epoch", number(offer.writer_epoch));
  write_followed(body, offer.snapshot, offer.slots);
  return body;
}

Result<Offer> read_offer(const Tree& body) {
  if (body.int_at("/format") != handover_format || body.int_at("/counts_format") != counts_format) {
    return fail(ErrorKind::rejected,
                "the running kai-splitter is of a version that this one cannot take over from; "
                "restart it instead");
  }
  Offer offer;
  offer.control_socket = body.text_or("/control_socket", "");
  offer.handover_socket = body.text_or("/handover_socket", "");
  offer.state_directory = body.text_or("/state_dir", "");
  if (const std::string* const address = body.text_at("/metrics_address")) {
    offer.metrics_address = *address;
  }
  const auto started = body.int_at("/started_ns");
  const auto processes = body.int_at("/processes");
  const auto given = count_at(body, "/generation_given");
  const auto epoch = count_at(body, "/writer_epoch");
  if (!started || !processes || *processes < 1 || *processes > processes_max || !given || !epoch) {
    return malformed("no whole state");
  }
  offer.started.since_epoch = Duration(*started);
  offer.processes = *processes;
  offer.generation_given = *given;
  offer.writer_epoch = *epoch;
  if (auto read = read_listeners(body, offer); !read) return std::unexpected(read.error());
  Result<Followed> followed = read_followed(body);
  if (!followed) return std::unexpected(followed.error());
  offer.snapshot = std::move(followed->snapshot);
  offer.slots = std::move(followed->slots);
  return offer;
}

}  // namespace kai::splitter
