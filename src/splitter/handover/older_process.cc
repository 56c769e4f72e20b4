#include "splitter/handover/older_process.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "splitter/handover/link.h"
#include "splitter/handover/offer.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/counts.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {

OlderProcess::OlderProcess(DescriptorWatch& watch, Link link, CellTable* counts,
                           std::int64_t processes, Events events)
    : watch_(watch),
      link_(std::move(link)),
      counts_(counts),
      processes_(processes),
      events_(std::move(events)) {
  watch_.watch_readable(link_.descriptor(), [this] { read(); });
}

OlderProcess::~OlderProcess() {
  if (is_there_) watch_.unwatch(link_.descriptor());
}

void OlderProcess::publish(const SnapshotSpec& snapshot, const Numbers::Slots& slots) {
  Tree body = message("snapshot");
  write_followed(body, snapshot, slots);
  send(body);
}

void OlderProcess::say_ending(Duration time_max) {
  Tree body = message("ending");
  body.set("time_max_ms", std::int64_t{time_max / std::chrono::milliseconds(1)});
  send(body);
}

void OlderProcess::send(const Tree& body) {
  if (!is_there_) return;
  if (const Result<Unit> sent = link_.send(body); !sent) return end_unheard(sent.error().message);
  if (!link_.has_output() || writes_) return;
  writes_ = true;
  watch_.watch_writable(link_.descriptor(), [this] { write(); });
}

void OlderProcess::write() {
  if (const Result<Unit> sent = link_.flush(); !sent) return end_unheard(sent.error().message);
  if (link_.has_output()) return;
  // There is one way to end a watch, and it ends both.
  watch_.unwatch(link_.descriptor());
  writes_ = false;
  watch_.watch_readable(link_.descriptor(), [this] { read(); });
}

void OlderProcess::read() {
  while (is_there_) {
    const Result<std::optional<Frame>> got = link_.receive();
    if (!got) return end(got.error().message);
    if (!got->has_value()) return;
    take(**got);
  }
}

void OlderProcess::take(const Frame& frame) {
  if (frame.type() == "passed") {
    const auto generation = frame.body.int_at("/generation");
    if (!generation || *generation < 0) return end("it answers what cannot be");
    return events_.passed(static_cast<std::uint64_t>(*generation));
  }
  if (frame.type() != "counts") return;  // of a later version
  connections_ = std::max<std::int64_t>(frame.body.int_at("/connections").value_or(0), 0);
  const Tree* const counts = frame.body.get("counts");
  if (counts == nullptr || counts_ == nullptr) return;
  if (const Result<Unit> added = add_counts(*counts, *counts_); !added) {
    end(added.error().message);
  }
}

// It hears nothing more; what it said before is here all the same: its last counts.
void OlderProcess::end_unheard(std::string_view reason) {
  read();
  end(reason);
}

void OlderProcess::end(std::string_view reason) {
  if (!is_there_) return;
  is_there_ = false;
  connections_ = 0;
  watch_.unwatch(link_.descriptor());
  link_.shut_down();
  if (counts_ != nullptr) end_attempts(*counts_);
  events_.ended(reason);
}

}  // namespace kai::splitter
