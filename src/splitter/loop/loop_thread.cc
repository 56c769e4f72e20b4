#include "splitter/loop/loop_thread.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "base/reply.h"

namespace kai::splitter {

struct LoopThread::Impl {
  std::jthread thread;
};

LoopThread::LoopThread(Task body) : impl_(std::make_unique<Impl>()) {
  // A thread inherits the mask of its maker.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  impl_->thread = std::jthread([body = std::move(body)]() mutable { body(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LoopThread::~LoopThread() = default;

unsigned usable_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace kai::splitter
