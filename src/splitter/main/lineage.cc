#include "splitter/main/lineage.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "base/tree.h"
#include "os/descriptor.h"
#include "splitter/handover/offer.h"
#include "splitter/handover/older_process.h"
#include "splitter/handover/successor.h"
#include "splitter/main/beginning.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/counts.h"
#include "splitter/protocol/findings.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/address.h"
#include "splitter/route/build.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

Result<Unit> Lineage::take_charge(Beginning::Taken& taken) {
  const Result<Tree> counts = taken.takeover.say_serving(taken.leaves);
  if (!counts) return std::unexpected(counts.error());
  const bool counts_on = !counts->is_null();
  if (counts_on) {
    if (auto added = add_counts(*counts, inherited_); !added) return added;
  }
  if (auto owned = taken.takeover.take_charge(); !owned) return owned;
  if (counts_on) started_ = taken.started;
  older_.emplace(world_.loop, taken.takeover.take_link(), counts_on ? &inherited_ : nullptr,
                 taken.processes, older_events());
  if (world_.publisher.in_force().spec.generation != taken.snapshot.generation) publish();
  return Unit{};
}

void Lineage::let_take_over(os::Descriptor listening) {
  successor_.emplace(successor_world(), std::move(listening));
}

void Lineage::refuse_takeover() {
  if (successor_) successor_->close("it is ending");
}

void Lineage::publish() {
  if (older_) older_->publish(world_.publisher.in_force().spec, world_.numbers.slots());
}

void Lineage::say_ending(Duration time_max) {
  if (older_) older_->say_ending(time_max);
}

void Lineage::say_passed(std::uint64_t generation) {
  if (!has_handed_over()) return;
  successor_->say_passed(std::min(generation, world_.publisher.in_force().spec.generation));
}

void Lineage::end() {
  if (has_handed_over()) successor_->say_end();
  successor_.reset();
  older_.reset();
}

std::vector<const CellTable*> Lineage::cells() const {
  std::vector<const CellTable*> tables = world_.workers.cells();
  tables.push_back(&inherited_);
  return tables;
}

void Lineage::add_status(Tree& status) const {
  if (!has_older()) return;
  status.set("older_processes", older_->processes());
  status.set("older_connections", older_->connections());
}

OlderProcess::Events Lineage::older_events() {
  return {.passed =
              [this](std::uint64_t generation) {
                world_.publisher.acknowledge(world_.publisher.older(), generation);
              },
          .ended =
              [this](std::string_view reason) {
                world_.log.write(LogLevel::info, "older_ended", {{"how", std::string(reason)}});
                world_.publisher.worker_ended(world_.publisher.older());
                world_.older_ended();
              }};
}

Successor::World Lineage::successor_world() {
  return {.watch = world_.loop,
          .timers = world_.loop,
          .clock = world_.clock,
          .own_user = world_.own_user,
          .refusal = [this] { return reason_against_takeover(); },
          .freeze =
              [this] {
                world_.publisher.freeze();
                world_.server.pause();
              },
          .is_settled = [this] { return world_.publisher.is_settled(); },
          .offer = [this] { return offer(); },
          .thaw = [this](std::string_view reason) { thaw(reason); },
          .counts = [this] { return new_counts(); },
          .connections = [this] { return connections() + (older_ ? older_->connections() : 0); },
          .hand_over = [this](const auto& listeners) { hand_over(listeners); },
          .follow = [this](Followed followed) { follow(std::move(followed)); },
          .end = [this](Duration time_max) { world_.drain(time_max); },
          .lose = [this](std::string_view reason) { lose(reason); }};
}

std::int64_t Lineage::connections() const {
  return static_cast<std::int64_t>(world_.workers.client_count());
}

std::int64_t Lineage::processes() const { return 1 + (older_ ? older_->processes() : 0); }

std::string Lineage::reason_against_takeover() const {
  if (world_.is_ending()) return "it is ending";
  if (processes() < processes_max) return "";
  return std::to_string(processes()) +
         " processes still answer what they began before takeovers; try again when one has ended";
}

Successor::Offered Lineage::offer() {
  counts_writer_ = {};
  const Settings& settings = world_.settings;
  const Publisher::Memory memory = world_.publisher.memory();
  Successor::Offered offered{
      .offer = {.control_socket = settings.control_socket,
                .handover_socket = settings.handover_socket,
                .state_directory = settings.state_directory,
                .metrics_address = {},
                .listeners = {},
                .started = started_,
                .processes = processes(),
                .snapshot = world_.publisher.in_force().spec,
                .generation_given = memory.generation_given,
                .writer_epoch = memory.writer_epoch,
                .slots = world_.numbers.slots()},
      .descriptors = {world_.state_directory.number(), world_.counters.descriptor().number(),
                      world_.server.control_descriptor(), successor_->listening().number()}};
  if (settings.metrics_address) {
    offered.offer.metrics_address = format_socket_address(*settings.metrics_address);
    offered.descriptors.push_back(world_.server.metrics_descriptor());
  }
  for (const ListenerSettings& listener : settings.listeners) {
    Offer::Listener each{.name = listener.name, .address = format_socket_address(listener.address)};
    for (const HeldSocket& held : world_.workers.listening()) {
      if (held.listener != listener.name) continue;
      offered.descriptors.push_back(held.socket.number());
      each.sockets += 1;
    }
    offered.offer.listeners.push_back(std::move(each));
  }
  return offered;
}

// Null: too much to be told.
Tree Lineage::new_counts() {
  Tree counts = counts_writer_.write_new(cells());
  return counts_writer_.cells() > inherited_cells_max ? Tree() : std::move(counts);
}

void Lineage::thaw(std::string_view reason) {
  world_.log.write(LogLevel::warn, "takeover_failed", {{"reason", std::string(reason)}});
  world_.publisher.unfreeze();
  world_.server.resume();
}

void Lineage::hand_over(const std::vector<std::string>& listeners) {
  world_.state_directory.close();  // who is started after a crash of the other one needs it
  world_.publisher.hand_over();
  world_.numbers.stop_giving_slots();
  world_.server.leave();
  world_.workers.leave(listeners, world_.settings.handover_drain);
  if (world_.left) world_.left();  // all that another one needs is free
  // Those before us had less time than we have; this is for one that hangs.
  world_.loop.at(world_.clock.now() + world_.settings.handover_drain + words_max,
                 [this] { world_.loop.stop(); });
  world_.log.write(LogLevel::info, "handed_over", {{"connections", std::to_string(connections())}});
}

void Lineage::follow(Followed followed) {
  world_.numbers.use_slots(followed.slots);
  Findings findings;
  auto snapshot = build_snapshot(followed.snapshot, "", world_.numbers, findings);
  if (snapshot == nullptr) {
    // Not acknowledged, so whoever made the change learns that it is not in force everywhere.
    const Finding& first = findings.list().front();
    world_.log.write(LogLevel::error, "not_followed",
                     {{"what", first.pointer + ": " + first.message}});
    return;
  }
  world_.publisher.follow({.spec = std::move(followed.snapshot), .snapshot = std::move(snapshot)});
}

// Nobody tells what is in force any more, so what comes now must not be decided here.
void Lineage::lose(std::string_view reason) {
  world_.log.write(LogLevel::warn, "successor_gone", {{"how", std::string(reason)}});
  world_.workers.begin_none();
}

}  // namespace kai::splitter
