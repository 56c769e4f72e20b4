#include "splitter/main/program.h"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/reply.h"
#include "base/time.h"
#include "base/tree.h"
#include "net/loop.h"
#include "os/descriptor.h"
#include "os/identity.h"
#include "os/private_directories.h"
#include "os/signals.h"
#include "splitter/admin/boot.h"
#include "splitter/admin/configuration.h"
#include "splitter/admin/control_calls.h"
#include "splitter/admin/control_server.h"
#include "splitter/admin/metrics_text.h"
#include "splitter/admin/private_directory.h"
#include "splitter/admin/publisher.h"
#include "splitter/admin/state_file.h"
#include "splitter/admin/state_saver.h"
#include "splitter/loop/loop_thread.h"
#include "splitter/main/sandbox.h"
#include "splitter/observe/exposition.h"
#include "splitter/protocol/spec.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/address.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

class Program {
 public:
  Program(const ProgramOptions& options, ProgramParts& parts, Configuration configuration)
      : options_(options),
        parts_(parts),
        started_(parts.wall.now()),
        configuration_(std::move(configuration)),
        loop_(parts.steady, [this](std::string_view what) { report_bug(what); }),
        numbers_(parts.random),
        state_file_(parts.disk, configuration_.settings.state_directory) {}

  int run() {
    os::ignore_broken_pipes();
    os::Signals signals(loop_, {SIGINT, SIGTERM}, [this](int number) { on_signal(number); });
    const Result<Unit> started = start();
    if (!started) {
      parts_.log.write(LogLevel::error, "not_started", {{"reason", started.error().message}});
      return exit_failed;
    }
    loop_.run();
    workers_.reset();  // waits for their threads
    save_at_the_end();
    parts_.log.write(LogLevel::info, "ended", {});
    return exit_done;
  }

 private:
  // First all that can fail, then traffic.
  Result<Unit> start() {
    const auto made = make_private_directory(configuration_.settings.state_directory, ::getuid());
    if (!made) return in_context("state directory", made);
    auto held = os::hold_directory(configuration_.settings.state_directory);
    if (!held) return std::unexpected(in_context("state directory", held.error()));
    state_directory_ = std::move(*held);
    auto stored = state_file_.load();
    if (!stored) return std::unexpected(std::move(stored.error()));
    auto boot = choose_boot(configuration_.snapshot, *stored, numbers_);
    if (!boot) return std::unexpected(std::move(boot.error()));
    for (const std::string& warning : boot->warnings) {
      parts_.log.write(LogLevel::warn, "state", {{"what", warning}});
    }
    const std::size_t workers_wanted = worker_count();
    publisher_.emplace(world(), std::move(boot->configured), workers_wanted);
    calls_.emplace(*publisher_, data_plane());
    // The control socket first: a second program by mistake, with a state directory of its own,
    // finds it served and ends before it could take connections from the first, with which it would
    // share the port.
    auto server = ControlServer::listen(loop_, configuration_.settings, ::getuid(), *calls_);
    if (!server) return std::unexpected(std::move(server.error()));
    server_ = std::move(*server);
    auto workers = Workers::make(parts_.steady, configuration_.settings, workers_wanted,
                                 publisher_->in_force().snapshot,
                                 std::move(parts_.inherited_sockets), events());
    if (!workers) return std::unexpected(std::move(workers.error()));
    workers_ = std::move(*workers);
    saver_.emplace(state_file_, loop_, parts_.steady,
                   [this](std::string_view what) { events().bug(what); });
    publisher_->keep();
    workers_->start();
    // Every thread runs and everything is open. Without seccomp (an old kernel, a strict container)
    // traffic is still better off than with no splitter.
    const Result<Unit> sandboxed = enter_sandbox(options_.sandbox);
    if (!sandboxed) {
      parts_.log.write(LogLevel::warn, "no_sandbox", {{"reason", sandboxed.error().message}});
    }
    report_start();
    return Unit{};
  }

  Publisher::World world() {
    return {.timers = loop_,
            .clock = parts_.steady,
            .numbers = numbers_,
            .post = [this](const auto& snapshot) { workers_->install(snapshot); },
            .save = [this](const SnapshotSpec& spec,
                           Reply<Unit> reply) { saver_->save(spec, std::move(reply)); }};
  }

  ControlCalls::DataPlane data_plane() {
    return {.add_metrics =
                [this](std::string& text) {
                  text += process_metrics(started_);
                  text += write_exposition(workers_->cells(), *publisher_->in_force().snapshot);
                },
            .add_status =
                [this](Tree& status) {
                  status.set("connections", static_cast<std::int64_t>(workers_->client_count()));
                  status.set("draining", is_draining_);
                },
            .is_ready = [this] { return !is_draining_; }};
  }

  std::size_t worker_count() const {
    if (options_.workers != 0) return options_.workers;
    const std::size_t configured = configuration_.settings.workers;
    return configured != 0 ? configured : usable_cpus();
  }

  // All of it comes from threads of workers, so it only says what this thread is to do.
  Workers::Events events() {
    return {
        .passed =
            [this](std::size_t index, std::uint64_t generation) {
              loop_.post([this, index, generation] { publisher_->acknowledge(index, generation); });
            },
        .bug =
            [this](std::string_view what) {
              loop_.post([this, text = std::string(what)] { report_bug(text); });
            },
        .ended =
            [this](std::size_t index) { loop_.post([this, index] { on_worker_ended(index); }); }};
  }

  void on_signal(int number) {
    if (is_draining_) os::leave(128 + number);
    is_draining_ = true;
    parts_.log.write(LogLevel::info, "draining",
                     {{"connections", std::to_string(workers_->client_count())}});
    workers_->drain(configuration_.settings.drain);
  }

  // A raise that was refused may stand on the disk in the place of what is in force.
  void save_at_the_end() {
    if (publisher_->status().durable) return;
    saver_.reset();  // waits for the save that was begun
    const Result<Unit> saved = state_file_.save(publisher_->in_force().spec);
    if (saved) return;
    parts_.log.write(LogLevel::warn, "not_saved", {{"reason", saved.error().message}});
  }

  void on_worker_ended(std::size_t index) {
    publisher_->worker_ended(index);
    if (++ended_ == workers_->count()) loop_.stop();
  }

  void report_bug(std::string_view what) {
    parts_.log.write(LogLevel::error, "bug", {{"what", std::string(what)}});
  }

  void report_start() {
    std::string addresses;
    for (const SocketAddress& address : workers_->addresses()) {
      addresses += (addresses.empty() ? "" : " ") + format_socket_address(address);
    }
    parts_.log.write(LogLevel::info, "listening",
                     {{"addresses", addresses},
                      {"workers", std::to_string(workers_->count())},
                      {"generation", std::to_string(publisher_->status().generation)}});
  }

  const ProgramOptions& options_;
  ProgramParts& parts_;
  WallTime started_;
  Configuration configuration_;
  net::Loop loop_;
  Numbers numbers_;
  os::Descriptor state_directory_;  // held as long as we live
  StateFile state_file_;
  std::optional<StateSaver> saver_;
  std::unique_ptr<Workers> workers_;
  std::optional<Publisher> publisher_;
  std::optional<ControlCalls> calls_;
  std::unique_ptr<ControlServer> server_;
  std::size_t ended_ = 0;
  bool is_draining_ = false;
};

}  // namespace

int run_program(const ProgramOptions& options, ProgramParts parts) {
  ReadConfiguration read = read_configuration_file(parts.disk, options.configuration_file);
  if (!read.configuration) {
    for (const std::string& mistake : read.mistakes) parts.err(mistake + "\n");
    return exit_mistakes;
  }
  if (options.only_checks) {
    parts.out(fmt::format("{}: no mistakes\n", options.configuration_file));
    return exit_done;
  }
  Program program(options, parts, std::move(*read.configuration));
  return program.run();
}

}  // namespace kai::splitter
