#include "edges/local_workload/fleet.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/json.h"
#include "edges/local_workload/instance_spec.h"
#include "edges/local_workload/local_edge.h"

namespace kai::edges {
namespace {

constexpr Duration health_period = std::chrono::milliseconds(200);

std::size_t erase_record(ReleaseFile& file, const Instance& instance) {
  return std::erase_if(file.instances,
                       [&](const Instance& each) { return each.process == instance.process; });
}

}  // namespace

Fleet::Fleet(LocalSeams seams, LocalOptions options)
    : seams_(std::move(seams)), options_(std::move(options)), health_(seams_.http, seams_.steady) {}

Fleet::~Fleet() = default;

void Fleet::close() {
  is_closed_ = true;
  watches_.clear();
  listeners_->clear();
}

std::shared_ptr<Fleet> make_fleet(LocalSeams seams, LocalOptions options) {
  return std::make_shared<Fleet>(std::move(seams), std::move(options));
}

Result<ReleaseFile> Fleet::load() const {
  const std::string path = options_.directory + "/release.json";
  const auto text = seams_.disk.read(path, ReleaseFile::bytes_max);
  if (!text && text.error().kind == ErrorKind::no_data) return ReleaseFile{};
  if (!text) return std::unexpected(text.error());
  const auto tree = codec::parse_json(*text);
  if (!tree) return std::unexpected(in_context(path, tree.error()));
  return in_context(options_.directory, release_file_from(*tree, options_.release));
}

Result<Unit> Fleet::change(const std::function<Result<Unit>(ReleaseFile&)>& change) {
  auto file = load();
  if (!file) return std::unexpected(file.error());
  if (auto changed = change(*file); !changed) return changed;
  const std::string path = options_.directory + "/release.json";
  const std::string text = codec::write_json_pretty(to_tree(*file, options_.release));
  if (text.size() > ReleaseFile::bytes_max) {  // nobody could read it again
    return fail(ErrorKind::rejected, path + " would be longer than " +
                                         std::to_string(ReleaseFile::bytes_max) +
                                         " bytes: the service file is too long");
  }
  return seams_.disk.replace(path, text);
}

bool Fleet::is_alive(const Instance& instance) {
  return seams_.processes.is_alive(instance.process);
}

Result<Unit> Fleet::ensure(const Wanted& wanted) {
  std::uint32_t there = 0;
  const auto is_theirs = [&](const Instance& each) {
    return each.service == wanted.service->name && each.tag == wanted.tag;
  };
  const auto is_spent = [&](const Instance& each) {
    const bool counts = wanted.ended == Wanted::Ended::counts && each.arm == InstanceArm::canary &&
                        each.rollout == wanted.rollout;
    return is_theirs(each) && !counts && !is_alive(each);
  };
  auto file = load();
  if (!file) return std::unexpected(file.error());
  if (std::ranges::any_of(file->instances, is_spent)) {
    const auto forgot = change([&](ReleaseFile& changed) {
      std::erase_if(changed.instances, is_spent);
      return Result<Unit>(Unit{});
    });
    if (!forgot) return forgot;
    std::erase_if(file->instances, is_spent);
  }
  there = static_cast<std::uint32_t>(std::ranges::count_if(file->instances, is_theirs));
  for (; there < wanted.count; ++there) {
    if (auto started = start_one(wanted); !started) return started;
  }
  return Unit{};
}

Result<Unit> Fleet::start_one(const Wanted& wanted) {
  auto file = load();
  if (!file) return std::unexpected(file.error());
  const core::LocalService& service = *wanted.service;
  Instance instance{.service = service.name,
                    .tag = wanted.tag,
                    .number = 1,
                    .arm = wanted.arm,
                    .rollout = wanted.rollout,
                    .process = {},
                    .started_at = seams_.wall.now(),
                    .health_path = service.health_path,
                    .healthy_within = service.healthy_within,
                    .stop_signal = service.stop_signal,
                    .stop_within = service.stop_within};
  const auto is_taken = [&](const Instance& each) { return name_of(each) == name_of(instance); };
  while (std::ranges::any_of(file->instances, is_taken)) instance.number += 1;
  const auto port = free_port(*wanted.release, *file);
  if (!port) {
    return fail(ErrorKind::rejected, "starting " + name_of(instance) + ": no port from " +
                                         std::to_string(wanted.release->port_first) + " to " +
                                         std::to_string(wanted.release->port_last) + " is free");
  }
  instance.port = *port;
  os::LastingSpec spec = spec_of(
      service, wanted.release->directory,
      {.tag = wanted.tag, .port = instance.port, .number = instance.number}, options_.environment);
  spec.output_file = log_file_of(instance);
  if (auto made = seams_.disk.make_directories(options_.directory + "/logs"); !made) return made;
  if (auto emptied = seams_.disk.replace(spec.output_file, ""); !emptied) return emptied;
  const auto process = seams_.processes.start(spec, [&](const os::ProcessIdentity& identity) {
    instance.process = identity;
    return change([&](ReleaseFile& changed) {
      changed.instances.push_back(instance);
      return Result<Unit>(Unit{});
    });
  });
  if (!process) {
    if (instance.process.pid > 0) {
      ignore(change([&](ReleaseFile& changed) {
               erase_record(changed, instance);
               return Result<Unit>(Unit{});
             }),
             "it never ran: its record counts as one that ended");
    }
    return std::unexpected(in_context("starting " + name_of(instance), process.error()));
  }
  seams_.log.write(LogLevel::info, "process_started",
                   {{"process", name_of(instance)}, {"port", std::to_string(instance.port)}});
  watch(instance);
  return Unit{};
}

// After the highest that is known, so that a port that was just given up is the last to be used
// again.
std::optional<std::uint16_t> Fleet::free_port(const core::LocalRelease& release,
                                              const ReleaseFile& file) {
  const std::uint32_t first = release.port_first;
  const std::uint32_t count = release.port_last >= first ? release.port_last - first + 1U : 0U;
  std::uint32_t start = first;
  for (const Instance& each : file.instances) {
    const bool inside = each.port >= first && each.port <= release.port_last;
    if (inside) start = std::max<std::uint32_t>(start, each.port + 1U);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(first + (start - first + i) % count);
    const bool given = std::ranges::any_of(file.instances,
                                           [&](const Instance& each) { return each.port == port; });
    if (!given && seams_.is_port_free(port)) return port;
  }
  return std::nullopt;
}

void Fleet::later(Task task) { after(Duration::zero(), std::move(task)); }

void Fleet::after(Duration wait, Task task) {
  seams_.timers.at(seams_.steady.now() + wait,
                   [alive = weak_from_this(), task = std::move(task)]() mutable {
                     const auto self = alive.lock();
                     if (self && !self->is_closed_) task();
                   });
}

struct Fleet::Waiting {
  std::vector<Instance> instances;
  std::shared_ptr<bool> stop;
  Reply<Unit> reply;
  SteadyTime begun;
};

void Fleet::await_healthy(std::vector<Instance> instances, std::shared_ptr<bool> stop,
                          Reply<Unit> reply) {
  const auto waiting = std::make_shared<Waiting>(Waiting{.instances = std::move(instances),
                                                         .stop = std::move(stop),
                                                         .reply = std::move(reply),
                                                         .begun = seams_.steady.now()});
  later([this, waiting] { ask_again(waiting); });
}

void Fleet::ask_again(const std::shared_ptr<Waiting>& waiting) {
  if (*waiting->stop)
    return waiting->reply(fail(ErrorKind::unavailable, "stopped while waiting for health"));
  const Duration waited = seams_.steady.now() - waiting->begun;
  std::vector<Instance> open;
  for (const Instance& each : waiting->instances) {
    if (!is_alive(each)) return waiting->reply(fail(ErrorKind::rejected, death_of(each).sentence));
    if (health_.is_healthy(each)) continue;
    // One that was healthy before has no longer than one that never was.
    if (health_.is_overdue(each) || waited >= each.healthy_within)
      return waiting->reply(fail(ErrorKind::rejected, health_.why_late(each)));
    open.push_back(each);
  }
  if (open.empty()) return waiting->reply(Unit{});
  health_.ask(open, [alive = weak_from_this(), waiting](Result<Unit>) {
    const auto self = alive.lock();
    if (!self) return;
    const bool ready = std::ranges::all_of(
        waiting->instances, [&](const Instance& each) { return self->health_.is_healthy(each); });
    self->after(ready ? Duration::zero() : health_period,
                [self = self.get(), waiting] { self->ask_again(waiting); });
  });
}

}  // namespace kai::edges
