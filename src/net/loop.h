// The one loop of the control plane: timers, descriptors and sockets, all on the thread that runs
// it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor_watch.h"
#include "base/timers.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): theirs
}

namespace kai::net {

// Not for use from other threads, with one exception: post().
// An exception out of a callback (a bug of ours, style: caught around one callback) is handed to
// `on_bug` as its text; the loop goes on with the next callback.
class Loop final : public Timers, public DescriptorWatch {
 public:
  using OnBug = std::move_only_function<void(std::string_view what)>;

  Loop(const SteadyClock& steady, OnBug on_bug);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Whatever lives on the loop (clients, servers, children, signals) goes before it.
  ~Loop() override;

  // A moment of the past means: as soon as possible.
  TimerId at(SteadyTime when, Task task) override;
  void cancel(TimerId timer) override;

  void watch_readable(int descriptor, Task task) override;
  void watch_writable(int descriptor, Task task) override;
  void unwatch(int descriptor) override;

  // `task` runs later, in the order of the posts. From any thread.
  void post(Task task);

  // Runs callbacks until stop(), also while there is nothing to do. Throws Bug when called from
  // within a callback.
  void run();
  // The same until `done` is true; it is asked before the first and after each callback.
  // False when stop() came first.
  bool run_until(std::move_only_function<bool()> done);
  // run() and run_until() return after the callback that runs now, and at once when called again.
  void stop();

  [[nodiscard]] SteadyTime now() const;
  // Runs `task` now and contains what it throws, for callers in net/ that must go on after it.
  void contain(const std::function<void()>& task);
  // For the other files of net/ only.
  [[nodiscard]] boost::asio::io_context& context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kai::net
