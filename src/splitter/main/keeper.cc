#include "splitter/main/keeper.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "net/loop.h"
#include "os/descriptor.h"
#include "os/kept_child.h"
#include "os/signals.h"
#include "splitter/admin/configuration.h"
#include "splitter/loop/loop_thread.h"
#include "splitter/loop/socket.h"
#include "splitter/main/program.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

constexpr std::size_t sockets_per_address_max = 64;
constexpr std::size_t words_max = 2;  // of one process

// One process that works.
struct Worker {
  os::KeptChild process;
  SteadyTime ready;    // zero: not yet
  bool hears = false;  // its words are waited for

  [[nodiscard]] bool is_ready() const { return ready.since_start.count() != 0; }
};

struct Held {
  SocketAddress address;  // as configured
  std::vector<os::Descriptor> sockets;
};

class Keeper {
 public:
  Keeper(const KeeperOptions& options, ProgramParts& parts, Configuration configuration)
      : options_(options),
        parts_(parts),
        settings_(std::move(configuration.settings)),
        loop_(parts.steady, [this](std::string_view what) {
          parts_.log.write(LogLevel::error, "bug", {{"what", std::string(what)}});
        }) {}

  int run() {
    os::ignore_broken_pipes();
    os::Signals signals(loop_, {SIGINT, SIGTERM, SIGHUP},
                        [this](int number) { on_signal(number); });
    take_inherited();
    Result<Unit> begun = open_sockets(settings_);
    if (begun) begun = start(in_charge_, {});
    if (!begun) {
      parts_.log.write(LogLevel::error, "not_started", {{"reason", begun.error().message}});
      return exit_failed;
    }
    loop_.run();
    return exit_code_;
  }

 private:
  // Sockets: never closed while their address is configured.

  void take_inherited() {
    for (os::Descriptor& socket : parts_.inherited_sockets) {
      const SocketAddress address = local_address(socket.number());
      Held* held = find(address);
      if (held == nullptr) held = &held_.emplace_back(address);
      held->sockets.push_back(std::move(socket));
    }
  }

  Held* find(const SocketAddress& address) {
    const auto found = std::ranges::find(held_, address, &Held::address);
    return found == held_.end() ? nullptr : &*found;
  }

  // Those that are not there yet, one for each thread that will carry traffic.
  Result<Unit> open_sockets(const Settings& settings) {
    const std::size_t configured =
        options_.program.workers != 0 ? options_.program.workers : settings.workers;
    const std::size_t wanted = configured != 0 ? configured : usable_cpus();
    for (const ListenerSettings& listener : settings.listeners) {
      if (find(listener.address) != nullptr) continue;
      if (listener.address.port == 0) {
        return fail(ErrorKind::rejected,
                    "listener " + listener.name + ": a keeper needs a port and not 0");
      }
      Held held{.address = listener.address, .sockets = {}};
      while (held.sockets.size() < std::min(wanted, sockets_per_address_max)) {
        auto socket =
            listen_on(listener.address, held.sockets.empty() ? Sharing::none : Sharing::with_first);
        if (!socket) return std::unexpected(std::move(socket.error()));
        held.sockets.push_back(std::move(*socket));
      }
      held_.push_back(std::move(held));
    }
    return Unit{};
  }

  void close_others(const Settings& settings) {
    std::erase_if(held_, [&](const Held& held) {
      return std::ranges::find(settings.listeners, held.address, &ListenerSettings::address) ==
             settings.listeners.end();
    });
  }

  // Processes.

  Result<Unit> start(std::unique_ptr<Worker>& place, const std::string& takeover_socket) {
    os::KeptSpec spec{.argv = options_.argv, .environment = options_.environment, .sockets = {}};
    if (!takeover_socket.empty()) {
      spec.argv.insert(spec.argv.end(), {"--takeover", takeover_socket});
    }
    for (const Held& held : held_) {
      for (const os::Descriptor& socket : held.sockets) spec.sockets.push_back(socket.number());
    }
    auto started = os::start_kept(spec);
    if (!started) return std::unexpected(std::move(started.error()));
    place = std::make_unique<Worker>();
    place->process = std::move(*started);
    place->hears = true;
    Worker* const worker = place.get();
    loop_.watch_readable(worker->process.exit.number(), [this, worker] { on_exit(*worker); });
    loop_.watch_readable(worker->process.words.number(), [this, worker] { on_word(*worker); });
    return Unit{};
  }

  // Its end without a word is told by its exit.
  void on_word(Worker& worker) {
    const auto word = os::read_word(worker.process.words);
    if (!word) return stop_hearing(worker);
    if (*word == os::KeptWord::ready) return on_ready(worker);
    if (*word == os::KeptWord::left) on_left(worker);
  }

  void on_ready(Worker& worker) {
    worker.ready = parts_.steady.now();
    first_was_ready_ = true;
    parts_.log.write(LogLevel::info, "worker_ready",
                     {{"process", std::to_string(worker.process.pid)}});
    if (&worker != next_.get()) return replace_if_asked();
    cancel_restart();
    if (in_charge_ != nullptr) ending_.push_back(std::move(in_charge_));
    in_charge_ = std::move(next_);
    settings_ = std::move(next_settings_);
    close_others(settings_);
    replace_if_asked();
  }

  // To the one that takes over, whose own word is on its way, or which died before it could say it:
  // then nobody accepts any more, whatever the one that left still answers.
  void on_left(Worker& worker) {
    if (&worker != in_charge_.get()) return;
    ending_.push_back(std::move(in_charge_));
    if (next_ == nullptr) start_again();
  }

  void stop_hearing(Worker& worker) {
    if (std::exchange(worker.hears, false)) loop_.unwatch(worker.process.words.number());
  }

  void on_exit(Worker& worker) {
    const int code = os::exit_code_of(worker.process.pid);
    // Its last words may be unread.
    for (std::size_t word = 0; worker.hears && word <= words_max; ++word) on_word(worker);
    loop_.unwatch(worker.process.exit.number());
    const bool was_steady = worker.is_ready() && parts_.steady.now() - worker.ready >= steady_after;
    if (&worker == in_charge_.get()) {
      in_charge_.reset();
      on_crash(code, was_steady);
    } else if (&worker == next_.get()) {
      next_.reset();
      parts_.log.write(LogLevel::error, "takeover_failed", {{"exit_code", std::to_string(code)}});
      close_others(settings_);  // nobody would accept at the new ones
      if (in_charge_ == nullptr) {
        start_again();
      } else {
        replace_if_asked();
      }
    } else {
      std::erase_if(ending_, [&](const auto& each) { return each.get() == &worker; });
    }
    stop_when_all_ended();
  }

  void on_crash(int code, bool was_steady) {
    exit_code_ = code;
    if (is_ending_) return;
    if (!first_was_ready_) {
      is_ending_ = true;  // it has told why, and once more it would be the same
      return;
    }
    crashes_in_a_row_ = was_steady ? 0 : crashes_in_a_row_ + 1;
    const Duration wait = restart_wait(crashes_in_a_row_);
    parts_.log.write(LogLevel::error, "worker_ended",
                     {{"exit_code", std::to_string(code)}, {"again_after", format_duration(wait)}});
    // One that takes over fails now, or is in charge already and only has not said so.
    if (next_ != nullptr) return limit_next();
    if (wait.count() == 0) return start_again();
    restart_ = loop_.at(parts_.steady.now() + wait, [this] {
      restart_.reset();
      start_again();
    });
  }

  void limit_next() {
    restart_ = loop_.at(parts_.steady.now() + orphan_max, [this] {
      restart_.reset();
      os::signal_kept(next_->process.pid, SIGKILL);  // its exit starts the next one
    });
  }

  void cancel_restart() {
    if (restart_) loop_.cancel(*std::exchange(restart_, std::nullopt));
  }

  void start_again() {
    cancel_restart();
    if (is_ending_) return;
    const auto started = start_by_file();
    if (started) return;
    close_others(settings_);
    parts_.log.write(LogLevel::error, "not_started", {{"reason", started.error().message}});
    restart_ = loop_.at(parts_.steady.now() + restart_wait_max, [this] {
      restart_.reset();
      start_again();
    });
  }

  // The file may have changed, and its addresses must be those that are handed to the process.
  Result<Unit> start_by_file() {
    ReadConfiguration read =
        read_configuration_file(parts_.disk, options_.program.configuration_file);
    if (!read.configuration) return fail(ErrorKind::rejected, read.mistakes.front());
    if (auto opened = open_sockets(read.configuration->settings); !opened) return opened;
    settings_ = std::move(read.configuration->settings);
    close_others(settings_);
    asked_meanwhile_ = false;  // what starts now is what is on the disk now
    return start(in_charge_, {});
  }

  // Signals.

  void on_signal(int number) {
    if (number == SIGHUP) return replace();
    if (!std::exchange(is_ending_, true)) parts_.log.write(LogLevel::info, "ending", {});
    cancel_restart();
    for (const Worker* const worker : workers()) os::signal_kept(worker->process.pid, SIGTERM);
    stop_when_all_ended();
  }

  std::vector<const Worker*> workers() const {
    std::vector<const Worker*> all;
    for (const auto& worker : ending_) all.push_back(worker.get());
    for (const auto* const place : {&in_charge_, &next_}) {
      if (*place != nullptr) all.push_back(place->get());
    }
    return all;
  }

  void stop_when_all_ended() {
    if (is_ending_ && workers().empty()) loop_.stop();
  }

  // By the program and the configuration that are on the disk now. A process that is starting may
  // have read older ones: it is replaced when it is ready.
  void replace() {
    if (is_ending_) return;
    const bool is_starting = in_charge_ != nullptr && !in_charge_->is_ready();
    if (next_ != nullptr || is_starting) {
      asked_meanwhile_ = true;
      return parts_.log.write(LogLevel::info, "replaced_later", {});
    }
    if (const auto begun = begin_replacing(); !begun) {
      close_others(settings_);  // nobody would accept at the new ones
      parts_.log.write(LogLevel::error, "not_replaced", {{"reason", begun.error().message}});
    }
  }

  void replace_if_asked() {
    if (std::exchange(asked_meanwhile_, false)) replace();
  }

  Result<Unit> begin_replacing() {
    if (in_charge_ == nullptr) {
      return fail(ErrorKind::unavailable,
                  "no process runs that could be taken over from; the next one that starts is the "
                  "new one anyway");
    }
    if (settings_.handover_socket.empty()) {
      return fail(ErrorKind::rejected, "there is no 'handover_socket'");
    }
    ReadConfiguration read =
        read_configuration_file(parts_.disk, options_.program.configuration_file);
    if (!read.configuration) return fail(ErrorKind::rejected, read.mistakes.front());
    next_settings_ = std::move(read.configuration->settings);
    if (auto opened = open_sockets(next_settings_); !opened) return opened;
    return start(next_, settings_.handover_socket);
  }

  const KeeperOptions& options_;
  ProgramParts& parts_;
  Settings settings_;
  Settings next_settings_;
  net::Loop loop_;
  std::vector<Held> held_;
  std::unique_ptr<Worker> in_charge_;
  std::unique_ptr<Worker> next_;                 // takes over just now
  std::vector<std::unique_ptr<Worker>> ending_;  // after they were taken over from
  std::optional<TimerId> restart_;
  unsigned crashes_in_a_row_ = 0;
  bool first_was_ready_ = false;
  bool asked_meanwhile_ = false;  // to replace what was not ready then
  bool is_ending_ = false;
  int exit_code_ = exit_done;
};

}  // namespace

Duration restart_wait(unsigned in_a_row) {
  if (in_a_row == 0) return Duration::zero();
  Duration wait = restart_wait_min;
  for (unsigned each = 1; each < in_a_row && wait < restart_wait_max; ++each) wait *= 2;
  return std::min<Duration>(wait, restart_wait_max);
}

int run_keeper(const KeeperOptions& options, ProgramParts parts) {
  ReadConfiguration read = read_configuration_file(parts.disk, options.program.configuration_file);
  if (!read.configuration) {
    for (const std::string& mistake : read.mistakes) parts.err(mistake + "\n");
    return exit_mistakes;
  }
  Keeper keeper(options, parts, std::move(*read.configuration));
  return keeper.run();
}

}  // namespace kai::splitter
