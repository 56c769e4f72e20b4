// How processes of a fleet are stopped: their own signal, and SIGKILL when that was not enough.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

#include "edges/local_workload/fleet.h"

namespace kai::edges {
namespace {

constexpr Duration look_period = std::chrono::milliseconds(50);
// A process that SIGKILL does not end waits in the kernel, for a disk as a rule.
constexpr Duration kill_within = std::chrono::seconds(10);

}  // namespace

struct Fleet::Stop {
  std::vector<Instance> instances;
  Records records = Records::erase;
  Reply<Unit> reply;
  SteadyTime begun;
};

void Fleet::stop(std::vector<Instance> instances, Records records, Reply<Unit> reply) {
  const auto stop = std::make_shared<Stop>(Stop{.instances = std::move(instances),
                                                .records = records,
                                                .reply = std::move(reply),
                                                .begun = seams_.steady.now()});
  for (const Instance& each : stop->instances) {
    if (!is_alive(each) || !stopping_.insert(key_of(each)).second) continue;
    const auto told = seams_.processes.signal(each.process, each.stop_signal);
    if (!told) {
      seams_.log.write(LogLevel::error, "cannot_stop",
                       {{"process", name_of(each)}, {"why", told.error().message}});
    }
  }
  later([this, stop] { look_after(stop); });
}

void Fleet::look_after(const std::shared_ptr<Stop>& stop) {
  const Duration since = seams_.steady.now() - stop->begun;
  bool is_waiting = false;
  std::string late;
  for (const Instance& each : stop->instances) {
    if (!is_alive(each)) continue;
    if (since >= each.stop_within)
      ignore(seams_.processes.signal(each.process, SIGKILL), "seen below when it does not help");
    if (since >= each.stop_within + kill_within)
      late = name_of(each);
    else
      is_waiting = true;
  }
  if (is_waiting) return after(look_period, [this, stop] { look_after(stop); });
  std::erase_if(stop->instances, [&](const Instance& each) { return is_alive(each); });
  for (const Instance& each : stop->instances) {
    watches_.erase(key_of(each));  // it has nothing to tell any more
    stopping_.erase(key_of(each));
    health_.forget(each);
  }
  Result<Unit> result = Unit{};
  if (stop->records == Records::erase) {
    result = change([&](ReleaseFile& file) {
      std::erase_if(file.instances, [&](const Instance& each) {
        return std::ranges::find(stop->instances, each.process, &Instance::process) !=
               stop->instances.end();
      });
      return Result<Unit>(Unit{});
    });
  }
  if (!late.empty())
    result = fail(ErrorKind::unavailable, "process " + late + " does not end, not even by SIGKILL");
  stop->reply(std::move(result));
}

void Fleet::clear_leftovers(const std::string& rollout, const std::string& kept,
                            Reply<Unit> reply) {
  const auto file = load();
  if (!file) {
    return later([reply = std::move(reply), error = file.error()]() mutable {
      reply(std::unexpected(std::move(error)));
    });
  }
  std::vector<Instance> leftovers;
  std::ranges::copy_if(file->instances, std::back_inserter(leftovers), [&](const Instance& each) {
    const bool ours = each.arm == InstanceArm::canary && each.rollout == rollout;
    const bool is_kept = each.tag == kept && is_alive(each);
    return each.arm != InstanceArm::stable && !ours && !is_kept;
  });
  if (leftovers.empty()) return later([reply = std::move(reply)]() mutable { reply(Unit{}); });
  stop(std::move(leftovers), Records::erase, std::move(reply));
}

}  // namespace kai::edges
