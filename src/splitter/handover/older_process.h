// The process that we took over from, while it answers what it still has: it follows our
// configuration, and what it counts is added to ours.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/descriptor_watch.h"
#include "base/time.h"
#include "base/tree.h"
#include "splitter/handover/link.h"
#include "splitter/observe/cell.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {

class OlderProcess {
 public:
  struct Events {
    // No request is begun there by an older configuration any more. What it counted until then is
    // in the table.
    std::function<void(std::uint64_t generation)> passed;
    std::function<void(std::string_view reason)> ended;  // the last call
  };

  // `counts` is the table that its counts are added to; null: nobody wants them. All outlive this.
  // `processes`: it and those behind it.
  OlderProcess(DescriptorWatch& watch, Link link, CellTable* counts, std::int64_t processes,
               Events events);
  OlderProcess(const OlderProcess&) = delete;
  OlderProcess& operator=(const OlderProcess&) = delete;
  ~OlderProcess();

  void publish(const SnapshotSpec& snapshot, const Numbers::Slots& slots);
  // We end, so it is to end, too, in `time_max` at most.
  void say_ending(Duration time_max);
  [[nodiscard]] bool is_there() const { return is_there_; }
  [[nodiscard]] std::int64_t processes() const { return is_there_ ? processes_ : 0; }
  [[nodiscard]] std::int64_t connections() const { return connections_; }

 private:
  void send(const Tree& body);
  void read();
  void take(const Frame& frame);
  void write();
  void end_unheard(std::string_view reason);
  void end(std::string_view reason);

  DescriptorWatch& watch_;
  Link link_;
  CellTable* counts_;
  std::int64_t processes_;
  std::int64_t connections_ = 0;
  Events events_;
  bool is_there_ = true;
  bool writes_ = false;
};

}  // namespace kai::splitter
