#include "os/signals.h"

#include <csignal>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace kai::os {
namespace {

sigset_t set_of(const std::vector<int>& numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : numbers) KAI_CHECK(::sigaddset(&set, number) == 0);
  return set;
}

}  // namespace

void ignore_broken_pipes() { KAI_CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR); }

Signals::Signals(DescriptorWatch& watch, const std::vector<int>& numbers,
                 std::move_only_function<void(int)> on_signal)
    : watch_(watch), numbers_(numbers), on_signal_(std::move(on_signal)) {
  const sigset_t set = set_of(numbers_);
  KAI_CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  descriptor_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  KAI_CHECK(descriptor_.is_open());
  watch_.watch_readable(descriptor_.number(), [this] { take(); });
}

Signals::~Signals() {
  watch_.unwatch(descriptor_.number());
  const sigset_t set = set_of(numbers_);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Signals::take() {
  signalfd_siginfo info{};
  if (::read(descriptor_.number(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  on_signal_(static_cast<int>(info.ssi_signo));
}

}  // namespace kai::os
