// One connection as bytes: its socket, what came and was not taken yet, what is to leave, and the
// edges that epoll will not report again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "os/descriptor.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/slab_pool.h"

namespace kai::splitter {

enum class Fill : std::uint8_t {
  more,     // bytes came
  blocked,  // none now; an edge will tell
  closed,   // the peer will send no more; all that it sent is in `in`
  failed,   // the connection is gone
  no_room,  // neither the buffer nor the pool has any
};

struct Stream {
  Stream(SlabPool& slabs, os::Descriptor connected)
      : socket(std::move(connected)), in(slabs), out(slabs) {}

  // Remembers what epoll said, since it says it once.
  void note(Readiness readiness);
  // Reads once into at least `room` bytes.
  [[nodiscard]] Fill fill(std::size_t room);
  // Writes what it can. False when the connection is gone.
  [[nodiscard]] bool flush();

  [[nodiscard]] bool is_write_blocked() const { return !out.is_empty() && !can_write; }

  os::Descriptor socket;
  Buffer in;
  Buffer out;
  std::uint32_t sent_count = 0;  // of the writes that something left with
  bool can_read = false;
  bool can_write = false;
  bool read_closed = false;  // reported: a short read does not mean that it is drained
  bool at_end = false;       // the end was read
  bool failed = false;
};

}  // namespace kai::splitter
