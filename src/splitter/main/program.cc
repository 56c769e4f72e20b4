#include "splitter/main/program.h"

#include <algorithm>
#include <chrono>
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
#include "os/signals.h"
#include "splitter/admin/configuration.h"
#include "splitter/admin/control_calls.h"
#include "splitter/admin/control_server.h"
#include "splitter/admin/metrics_text.h"
#include "splitter/admin/publisher.h"
#include "splitter/admin/state_file.h"
#include "splitter/admin/state_saver.h"
#include "splitter/handover/link.h"
#include "splitter/loop/loop_thread.h"
#include "splitter/main/beginning.h"
#include "splitter/main/lineage.h"
#include "splitter/main/sandbox.h"
#include "splitter/observe/exposition.h"
#include "splitter/protocol/spec.h"
#include "splitter/proxy/workers.h"
#include "splitter/route/address.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

class Program {
 public:
  Program(const ProgramOptions& options, ProgramParts& parts, Configuration configuration)
      : options_(options),
        parts_(parts),
        configuration_(std::move(configuration)),
        loop_(parts.steady, [this](std::string_view what) { report_bug(what); }),
        state_file_(parts.disk, configuration_.settings.state_directory) {}

  int run() {
    os::ignore_broken_pipes();
    os::Signals signals(loop_, {SIGINT, SIGTERM}, [this](int number) { on_signal(number); });
    const Result<Unit> started = start();
    if (!started) {
      parts_.log.write(LogLevel::error, "not_started", {{"reason", started.error().message}});
      if (serves_) end_what_came();
      remove_handover_path();
      return exit_failed;
    }
    loop_.run();
    end();
    parts_.log.write(LogLevel::info, "ended", {});
    return exit_done;
  }

 private:
  [[nodiscard]] const Settings& settings() const { return configuration_.settings; }
  [[nodiscard]] bool is_ending() const { return is_told_to_end_ || lineage_->has_handed_over(); }

  // First all that can fail, then traffic.
  Result<Unit> start() {
    BeginningParts parts{.configuration = configuration_,
                         .state_file = state_file_,
                         .random = parts_.random,
                         .steady = parts_.steady,
                         .inherited_sockets = std::move(parts_.inherited_sockets)};
    const std::string& path = options_.takeover_socket;
    auto beginning = path.empty() ? begin_afresh(std::move(parts))
                                  : in_context("taking over from " + path,
                                               begin_by_takeover(path, std::move(parts)));
    if (!beginning) return std::unexpected(std::move(beginning.error()));
    for (const std::string& warning : beginning->warnings) {
      parts_.log.write(LogLevel::warn, "state", {{"what", warning}});
    }
    if (auto begun = open(*beginning); !begun) return begun;
    workers_->start();
    serves_ = true;
    // Every thread runs and everything is open. Without seccomp (an old kernel, a strict container)
    // traffic is still better off than with no splitter.
    const Result<Unit> sandboxed = enter_sandbox(options_.sandbox);
    if (!sandboxed) {
      parts_.log.write(LogLevel::warn, "no_sandbox", {{"reason", sandboxed.error().message}});
    }
    if (beginning->taken) {
      if (auto taken = lineage_->take_charge(*beginning->taken); !taken)
        return in_context("taking over", taken);
      handover_path_ = settings().handover_socket;
    }
    server_->resume();
    publisher_->keep();
    if (beginning->handover.is_open()) {
      lineage_->let_take_over(std::move(beginning->handover));
    }
    report_start();
    return Unit{};
  }

  Result<Unit> open(Beginning& beginning) {
    state_directory_ = std::move(beginning.state_directory);
    counters_ = std::move(beginning.counters);
    numbers_ = std::move(beginning.numbers);
    const std::size_t workers_wanted = worker_count();
    const auto older =
        beginning.taken ? std::optional(beginning.taken->snapshot.generation) : std::nullopt;
    publisher_.emplace(world(), std::move(beginning.configured), workers_wanted, older);
    if (beginning.taken) publisher_->remember(beginning.taken->memory);
    calls_.emplace(*publisher_, data_plane());
    // The control socket first: a second program by mistake, with a state directory of its own,
    // finds it served and ends before it could take connections from the first, with which it would
    // share the port.
    auto server =
        ControlServer::listen(loop_, settings(), ::getuid(), *calls_, std::move(beginning.control));
    if (!server) return std::unexpected(std::move(server.error()));
    server_ = std::move(*server);
    if (!beginning.taken) open_handover(beginning);
    auto workers =
        Workers::make(parts_.steady, settings(), workers_wanted, publisher_->in_force().snapshot,
                      std::move(beginning.sockets), events());
    if (!workers) return std::unexpected(std::move(workers.error()));
    workers_ = std::move(*workers);
    lineage_.emplace(lineage_world(), parts_.wall.now());
    saver_.emplace(state_file_, loop_, parts_.steady,
                   [this](std::string_view what) { events().bug(what); });
    return Unit{};
  }

  // Without it everything else is as good as ever.
  void open_handover(Beginning& beginning) {
    const std::string& path = settings().handover_socket;
    auto listening = path.empty() ? fail(ErrorKind::rejected,
                                         "the path of the control socket is too long for one "
                                         "beside it; name a 'handover_socket'")
                                  : listen_on_path(path);
    if (listening) {
      beginning.handover = std::move(*listening);
      handover_path_ = path;
      return;
    }
    parts_.log.write(LogLevel::warn, "no_takeover", {{"reason", listening.error().message}});
  }

  Publisher::World world() {
    return {.timers = loop_,
            .clock = parts_.steady,
            .numbers = *numbers_,
            .post =
                [this](const auto& snapshot) {
                  workers_->install(snapshot);
                  lineage_->publish();
                },
            .save = [this](const SnapshotSpec& spec,
                           Reply<Unit> reply) { saver_->save(spec, std::move(reply)); },
            .passed = [this](std::uint64_t generation) { lineage_->say_passed(generation); }};
  }

  ControlCalls::DataPlane data_plane() {
    return {.add_metrics =
                [this](std::string& text) {
                  text += process_metrics(lineage_->started());
                  text += write_exposition(lineage_->cells(), *publisher_->in_force().snapshot);
                },
            .add_status =
                [this](Tree& status) {
                  status.set("connections", connections());
                  status.set("draining", is_ending());
                  lineage_->add_status(status);
                },
            .is_ready = [this] { return !is_ending(); }};
  }

  std::int64_t connections() const { return static_cast<std::int64_t>(workers_->client_count()); }

  std::size_t worker_count() const {
    if (options_.workers != 0) return options_.workers;
    return settings().workers != 0 ? settings().workers : usable_cpus();
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

  Lineage::World lineage_world() {
    return {.loop = loop_,
            .log = parts_.log,
            .clock = parts_.steady,
            .settings = settings(),
            .publisher = *publisher_,
            .server = *server_,
            .workers = *workers_,
            .numbers = *numbers_,
            .counters = *counters_,
            .state_directory = state_directory_,
            .own_user = own_user_,
            .drain = [this](Duration time_max) { drain(time_max); },
            .is_ending = [this] { return is_ending(); },
            .older_ended = [this] { stop_when_all_ended(); },
            .left = parts_.left};
  }

  // Ending.

  void on_signal(int number) {
    if (is_told_to_end_) os::leave(128 + number);
    is_told_to_end_ = true;
    lineage_->refuse_takeover();
    drain(settings().drain);
  }

  // With those that we took over from: they follow nobody once we have gone.
  void drain(Duration time_max) {
    parts_.log.write(LogLevel::info, "draining", {{"connections", std::to_string(connections())}});
    lineage_->say_ending(time_max);
    workers_->drain(time_max);
    loop_.at(parts_.steady.now() + time_max + Lineage::words_max, [this] { loop_.stop(); });
  }

  // Nothing was handed over to us after all, but some requests have come.
  void end_what_came() {
    std::vector<std::string> names;
    for (const ListenerSettings& listener : settings().listeners) names.push_back(listener.name);
    is_told_to_end_ = true;
    workers_->leave(names, settings().drain);
    loop_.run();
    saver_.reset();
    workers_.reset();
  }

  void end() {
    const bool was_in_charge = !lineage_->has_handed_over();
    lineage_->end();
    workers_.reset();  // waits for their threads
    if (!was_in_charge) return;
    save_at_the_end();
    remove_handover_path();
  }

  void remove_handover_path() const {
    if (!handover_path_.empty()) ::unlink(handover_path_.c_str());
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
    ++ended_;
    stop_when_all_ended();
  }

  // What an older process counts goes on to the one in charge through us, and it follows us.
  void stop_when_all_ended() {
    if (ended_ < workers_->count()) return;
    if (lineage_->has_older()) return;
    loop_.stop();
  }

  void report_bug(std::string_view what) {
    parts_.log.write(LogLevel::error, "bug", {{"what", std::string(what)}});
  }

  void report_start() {
    std::string addresses;
    for (const SocketAddress& address : workers_->addresses()) {
      addresses += (addresses.empty() ? "" : " ") + format_socket_address(address);
    }
    parts_.log.write(LogLevel::info, lineage_->has_taken_over() ? "taken_over" : "listening",
                     {{"addresses", addresses},
                      {"workers", std::to_string(workers_->count())},
                      {"generation", std::to_string(publisher_->status().generation)}});
    if (parts_.ready) parts_.ready();
  }

  const ProgramOptions& options_;
  ProgramParts& parts_;
  const std::uint32_t own_user_ = ::geteuid();
  Configuration configuration_;
  net::Loop loop_;
  os::Descriptor state_directory_;  // held as long as we live
  std::shared_ptr<CounterMemory> counters_;
  std::unique_ptr<Numbers> numbers_;
  StateFile state_file_;
  std::optional<StateSaver> saver_;
  std::unique_ptr<Workers> workers_;
  std::optional<Publisher> publisher_;
  std::optional<ControlCalls> calls_;
  std::unique_ptr<ControlServer> server_;
  std::optional<Lineage> lineage_;
  std::string handover_path_;  // ours to remove
  std::size_t ended_ = 0;
  bool serves_ = false;
  bool is_told_to_end_ = false;
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
