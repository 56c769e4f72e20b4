#include "edges/splitter_admin/splitter_process.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_files.h"

namespace kai::edges {
namespace {

constexpr std::size_t log_bytes_max = std::size_t{1} << 20;  // a longer one is only named
constexpr std::size_t log_shown_max = 1000;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + codec::printable(text);
  return all;
}

}  // namespace

struct SplitterProcess::World : std::enable_shared_from_this<SplitterProcess::World> {
  class Ensuring;

  World(Seams with_seams, SplitterControl& with_control, Options with_options)
      : seams(std::move(with_seams)), control(with_control), options(std::move(with_options)) {}

  void add(std::shared_ptr<Ensuring> ensuring);
  void finish_first();

  Seams seams;
  SplitterControl& control;
  Options options;
  std::deque<std::shared_ptr<Ensuring>> waiting;  // the first one is under way
};

// One call of ensure(): is it there? is it the right one? else started, and waited for.
class SplitterProcess::World::Ensuring : public std::enable_shared_from_this<Ensuring> {
 public:
  // Without `listen`: as configured before.
  Ensuring(World& world, std::optional<std::vector<std::string>> listen,
           splitter::SnapshotSpec first, Reply<Found> reply)
      : world_(world),
        listen_(std::move(listen)),
        first_(std::move(first)),
        reply_(std::move(reply)) {}

  // It is not in the queue.
  void refuse() {
    world_.control.later([self = shared_from_this()] {
      self->reply_(fail(ErrorKind::unavailable, "too many changes wait for kai-splitter"));
    });
  }

  void start() {
    if (auto begun = read_files(); !begun)
      return finish_later(std::unexpected(std::move(begun.error())));
    if (!configured_ && (!listen_ || first_.routes.empty())) return finish_later(Found::none);
    world_.control.status([weak = weak_from_this()](Result<SplitterStatus> status) {
      if (const auto self = weak.lock()) self->take_first_look(std::move(status));
    });
  }

 private:
  [[nodiscard]] const SplitterFiles& files() const { return world_.options.files; }

  Result<Unit> read_files() {
    if (files().socket().size() > splitter_socket_bytes_max) {
      return fail(ErrorKind::rejected,
                  "the path of the splitter's control socket has " +
                      std::to_string(files().socket().size()) + " bytes and may have " +
                      std::to_string(splitter_socket_bytes_max) + ": " + files().socket() +
                      "; name a shorter directory with --state-dir");
    }
    auto configured = read_listeners(world_.seams.disk, files());
    if (!configured) return std::unexpected(std::move(configured.error()));
    configured_ = std::move(*configured);
    auto identity = read_identity(world_.seams.disk, files());
    if (!identity) return std::unexpected(std::move(identity.error()));
    identity_ = *identity;
    return Unit{};
  }

  void take_first_look(Result<SplitterStatus> status) {
    const bool is_alive = identity_ && world_.seams.processes.is_alive(*identity_);
    if (status || is_alive) {
      if (auto same = check_listeners(); !same) return finish(std::unexpected(same.error()));
    }
    if (status && status->is_draining)
      return finish(fail(ErrorKind::unavailable, "kai-splitter is ending; try again when it has"));
    if (status) return finish(Found::running);
    // Somebody is there and is not ours to ask, or what is there does not speak as it should.
    if (status.error().kind == ErrorKind::rejected) return finish(std::unexpected(status.error()));
    if (!is_alive) {
      if (auto begun = start_program(); !begun) return finish(std::unexpected(begun.error()));
    }
    found_ = is_alive ? Found::running : Found::started;
    until_ = world_.seams.steady.now() + splitter_start_max;
    look_later();
  }

  // A splitter opens its addresses when it starts, and never again.
  Result<Unit> check_listeners() {
    if (!listen_ || !configured_ || *configured_ == *listen_) return Unit{};
    const std::string who =
        identity_ ? "process " + std::to_string(identity_->pid) : "kai-splitter";
    return fail(ErrorKind::rejected, "the running kai-splitter listens on " + joined(*configured_) +
                                         ", and the services are to listen on " + joined(*listen_) +
                                         ": addresses change only with a restart. End it (" + who +
                                         ", SIGTERM), then deploy again");
  }

  Result<Unit> start_program() {
    os::Disk& disk = world_.seams.disk;
    if (listen_ && configured_ != *listen_) {
      // Only the addresses are new: what it serves is what it was told last.
      auto text = configured_ ? move_listeners(disk, files(), *listen_)
                              : Result<std::string>(write_configuration(files(), *listen_, first_));
      if (!text) return std::unexpected(std::move(text.error()));
      if (auto written = disk.replace(files().configuration(), *text); !written)
        return in_context("kai-splitter's configuration", std::move(written));
    }
    std::vector<std::string> words{world_.options.program, "--config", files().configuration()};
    words.insert(words.end(), world_.options.flags.begin(), world_.options.flags.end());
    const os::LastingSpec spec{.argv = std::move(words),
                               .environment = world_.options.environment,
                               .directory = files().directory,
                               .output_file = files().log()};
    // Who it is stands on the disk before it begins.
    auto identity =
        world_.seams.processes.start(spec, [this, &disk](const os::ProcessIdentity& who) {
          return disk.replace(files().identity(), write_identity(who));
        });
    if (!identity)
      return std::unexpected(in_context("starting kai-splitter", std::move(identity.error())));
    identity_ = std::move(*identity);
    return Unit{};
  }

  void look_later() {
    world_.seams.timers.at(world_.seams.steady.now() + splitter_look_period,
                           [weak = weak_from_this()] {
                             if (const auto self = weak.lock()) self->look();
                           });
  }

  void look() {
    world_.control.status([weak = weak_from_this()](Result<SplitterStatus> status) {
      if (const auto self = weak.lock()) self->take_look(std::move(status));
    });
  }

  void take_look(Result<SplitterStatus> status) {
    if (status) return finish(found_);
    if (!world_.seams.processes.is_alive(*identity_)) {
      return finish(fail(ErrorKind::unavailable,
                         "kai-splitter ended as soon as it was started" + last_words()));
    }
    if (world_.seams.steady.now() < until_) return look_later();
    finish(fail(ErrorKind::unavailable, "kai-splitter (process " + std::to_string(identity_->pid) +
                                            ") does not answer within " +
                                            format_duration(splitter_start_max) + ": " +
                                            status.error().message + last_words()));
  }

  std::string last_words() {
    const auto text = world_.seams.disk.read(files().log(), log_bytes_max);
    if (!text || text->empty()) return "; see " + files().log();
    const std::size_t begin = text->size() - std::min(text->size(), log_shown_max);
    return "; " + files().log() + " ends with: " + codec::printable(text->substr(begin));
  }

  void finish(Result<Found> result) {
    const auto self = shared_from_this();  // beyond its place in the queue
    world_.finish_first();
    reply_(std::move(result));
  }
  void finish_later(Result<Found> result) {
    world_.control.later([weak = weak_from_this(), result = std::move(result)] {
      if (const auto self = weak.lock()) self->finish(result);
    });
  }

  World& world_;
  std::optional<std::vector<std::string>> listen_;
  splitter::SnapshotSpec first_;
  Reply<Found> reply_;
  std::optional<std::vector<std::string>> configured_;
  std::optional<os::ProcessIdentity> identity_;
  Found found_ = Found::none;
  SteadyTime until_;
};

void SplitterProcess::World::add(std::shared_ptr<Ensuring> ensuring) {
  if (waiting.size() >= splitter_waiting_max) return ensuring->refuse();
  waiting.push_back(std::move(ensuring));
  if (waiting.size() == 1) waiting.front()->start();
}

void SplitterProcess::World::finish_first() {
  waiting.pop_front();
  if (!waiting.empty()) waiting.front()->start();
}

SplitterProcess::SplitterProcess(Seams seams, SplitterControl& control, Options options)
    : world_(std::make_shared<World>(std::move(seams), control, std::move(options))) {}

SplitterProcess::~SplitterProcess() = default;

void SplitterProcess::ensure(const std::vector<std::string>& listen, splitter::SnapshotSpec first,
                             Reply<Found> reply) {
  std::vector<std::string> addresses = listen;
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  world_->add(std::make_shared<World::Ensuring>(*world_, std::move(addresses), std::move(first),
                                                std::move(reply)));
}

void SplitterProcess::ensure_as_configured(Reply<Found> reply) {
  world_->add(std::make_shared<World::Ensuring>(*world_, std::nullopt, splitter::SnapshotSpec{},
                                                std::move(reply)));
}

Result<bool> SplitterProcess::is_configured() const {
  auto listeners = read_listeners(world_->seams.disk, world_->options.files);
  if (!listeners) return std::unexpected(std::move(listeners.error()));
  return listeners->has_value();
}

Result<bool> SplitterProcess::is_alive() const {
  const auto identity = read_identity(world_->seams.disk, world_->options.files);
  if (!identity) return std::unexpected(identity.error());
  return *identity && world_->seams.processes.is_alive(**identity);
}

}  // namespace kai::edges
