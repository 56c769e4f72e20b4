#include "splitter/loop/stream.h"

#include <cstddef>

#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"

namespace kai::splitter {

void Stream::note(Readiness readiness) {
  can_read |= readiness.readable || readiness.read_closed || readiness.failed;
  can_write |= readiness.writable;
  read_closed |= readiness.read_closed;
  failed |= readiness.failed;
}

Fill Stream::fill(std::size_t room) {
  if (at_end) return Fill::closed;
  if (!can_read) return Fill::blocked;
  if (!in.reserve(room)) return Fill::no_room;
  const Transfer transfer = read_into(socket.number(), in);
  if (transfer.blocked && !read_closed) can_read = false;
  if (transfer.bytes > 0) return Fill::more;
  if (in.is_empty()) in.clear();
  if (transfer.closed) {
    at_end = true;
    can_read = false;
    return Fill::closed;
  }
  if (transfer.failed) {
    failed = true;
    can_read = false;
    return Fill::failed;
  }
  can_read = false;
  return Fill::blocked;
}

bool Stream::flush() {
  while (can_write && !out.is_empty()) {
    const Transfer transfer = write_from(socket.number(), out);
    if (transfer.bytes > 0) ++sent_count;
    if (transfer.blocked) can_write = false;
    if (transfer.failed) {
      failed = true;
      return false;
    }
  }
  if (out.is_empty()) out.clear();
  return true;
}

}  // namespace kai::splitter
