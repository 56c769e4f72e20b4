// Saves the state on a thread of its own: a disk may hang for minutes, and lowering a weight must
// not wait for it.
#pragma once

#include "base/clock.h"
#include "base/reply.h"
#include "net/loop.h"
#include "splitter/admin/state_file.h"
#include "splitter/loop/loop_thread.h"
#include "splitter/loop/reactor.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

class StateSaver {
 public:
  // `file` has been loaded and is used by the thread alone from now on. Replies come on `loop`,
  // which outlives the saver.
  StateSaver(StateFile& file, net::Loop& loop, const SteadyClock& clock, Reactor::OnBug on_bug);
  StateSaver(const StateSaver&) = delete;
  StateSaver& operator=(const StateSaver&) = delete;
  // Waits for the saves that were begun.
  ~StateSaver();

  void save(const SnapshotSpec& spec, Reply<Unit> saved);

 private:
  StateFile& file_;
  net::Loop& loop_;
  Reactor disk_loop_;
  LoopThread thread_;
};

}  // namespace kai::splitter
