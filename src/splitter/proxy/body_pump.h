// Moves a body from the buffer of its sender to that of its receiver.
#pragma once

#include <cstdint>

#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/refusal.h"
#include "splitter/loop/slab_pool.h"

namespace kai::splitter {

enum class Pumped : std::uint8_t {
  over,         // the end of the body has passed
  wants_input,  // all that can be passed on was
  wants_room,   // the receiver's buffer is full
  refused,      // `refusal` says why
  no_memory,    // the pool lends no more
};

// `to`: null throws the body away.
[[nodiscard]] Pumped pump_body(BodyForwarder& body, Buffer& from, Buffer* to, Refusal& refusal);
// Writes the end of a body whose sender closed; `from` is empty.
[[nodiscard]] Pumped end_body(BodyForwarder& body, Buffer* to, Refusal& refusal);

}  // namespace kai::splitter
