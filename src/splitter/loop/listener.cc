#include "splitter/loop/listener.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "os/descriptor.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"

namespace kai::splitter {
const WatcherCalls Listener::calls{
    .on_ready = [](Watcher& watcher, Readiness) { static_cast<Listener&>(watcher).accept_batch(); },
    .on_due = [](Watcher& watcher) { static_cast<Listener&>(watcher).resume(); },
    .on_bug = [](Watcher&, std::string_view) {},
};

Listener::Listener(Reactor& reactor, os::Descriptor socket, OnAccept on_accept)
    : Watcher(calls),
      reactor_(reactor),
      socket_(std::move(socket)),
      on_accept_(std::move(on_accept)) {
  KAI_CHECK(reactor_.add(socket_.number(), *this, Trigger::level));
}

std::size_t Listener::accept_batch() {
  for (std::size_t count = 0; count < accepts_per_turn_max; ++count) {
    Accepted accepted;
    switch (accept_from(socket_.number(), accepted)) {
      case AcceptProgress::accepted:
        if (on_accept_(std::move(accepted))) break;
        rest();
        return count + 1;
      case AcceptProgress::none_waiting:
        return count;
      case AcceptProgress::no_descriptor_left:
        rest();
        return count;
    }
  }
  return accepts_per_turn_max;
}

// Without a descriptor left accept would fail again and again: connections wait in the kernel until
// others have ended.
void Listener::rest() {
  if (rests_) return;
  rests_ = true;
  reactor_.remove(socket_.number(), *this);
  reactor_.arm_timer(*this, reactor_.now() + rest_time);
}

// The kernel may be as short of memory as it was when the rest began.
void Listener::resume() {
  rests_ = false;
  if (!reactor_.add(socket_.number(), *this, Trigger::level)) rest();
}

void Listener::close() {
  if (!socket_.is_open()) return;
  while (accept_batch() > 0 && !rests_) {
  }
  leave();
}

void Listener::leave() {
  if (!socket_.is_open()) return;
  reactor_.remove(socket_.number(), *this);
  socket_.close();
}

}  // namespace kai::splitter
