// A listening socket of one worker. Level-triggered: what is not accepted in this turn is told
// again in the next.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"

namespace kai::splitter {

class Listener : private Watcher {
 public:
  static constexpr std::size_t accepts_per_turn_max = 64;

  // False: no further connection for now; it is asked again after rest_time.
  using OnAccept = std::move_only_function<bool(Accepted)>;
  static constexpr Duration rest_time = std::chrono::milliseconds(100);

  // `socket` listens and does not block.
  Listener(Reactor& reactor, os::Descriptor socket, OnAccept on_accept);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }

  // Accepts whatever waits in the kernel's queue, then listens no more: closing a socket resets
  // who still waits there.
  void close();
  // Listens no more; whoever waits is another process's, which has the same socket.
  void leave();

 private:
  static const WatcherCalls calls;
  // How many were accepted, at most accepts_per_turn_max.
  std::size_t accept_batch();
  void rest();
  void resume();

  Reactor& reactor_;
  os::Descriptor socket_;
  OnAccept on_accept_;
  bool rests_ = false;
};

}  // namespace kai::splitter
