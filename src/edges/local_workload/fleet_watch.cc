// What processes of a fleet tell by ending, and who serves them.
#include <algorithm>
#include <utility>

#include "edges/local_workload/fleet.h"

namespace kai::edges {

class Fleet::Listening final : public ports::Watching {
 public:
  Listening(std::shared_ptr<std::list<Listener*>> all, Listener listener)
      : all_(std::move(all)), listener_(std::move(listener)) {
    all_->push_back(&listener_);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() override { all_->remove(&listener_); }

 private:
  std::shared_ptr<std::list<Listener*>> all_;
  Listener listener_;
};

std::unique_ptr<ports::Watching> Fleet::listen(Listener listener) {
  return std::make_unique<Listening>(listeners_, std::move(listener));
}

void Fleet::tell(ports::WorkloadNews news) {
  const std::vector<Listener*> now(listeners_->begin(), listeners_->end());
  for (Listener* const listener : now) {
    // One that was told may have ended another.
    if (std::ranges::find(*listeners_, listener) != listeners_->end()) (*listener)(news);
  }
}

void Fleet::watch_all() {
  const auto file = load();
  if (!file) return;
  for (const Instance& each : file->instances) {
    if (!watches_.contains(key_of(each)) && is_alive(each)) watch(each);
  }
}

void Fleet::watch(const Instance& instance) {
  if (is_closed_) return;
  watches_[key_of(instance)] = seams_.processes.watch(instance.process, [this, instance] {
    const auto keep = watches_.extract(key_of(instance));
    if (!stopping_.contains(key_of(instance))) on_end(instance);
  });
}

void Fleet::on_end(const Instance& instance) {
  const auto file = load();
  const bool known = file && std::ranges::any_of(file->instances, [&](const Instance& each) {
                       return each.process == instance.process && each.arm == InstanceArm::canary;
                     });
  seams_.log.write(LogLevel::warn, "process_ended",
                   {{"process", name_of(instance)}, {"why", death_of(instance).sentence}});
  const bool is_last =
      known && std::ranges::none_of(file->instances, [&](const Instance& each) {
        return each.service == instance.service && each.tag == instance.tag && is_alive(each);
      });
  tell(!known    ? ports::WorkloadNews::changed
       : is_last ? ports::WorkloadNews::service_empty
                 : ports::WorkloadNews::endpoints_fewer);
  leave_service(instance);
}

// Only where it is served: an endpoint is never put back by this.
void Fleet::leave_service(const Instance& instance) {
  seams_.served.served([alive = weak_from_this(), instance](Result<std::vector<ServedNow>> served) {
    const auto self = alive.lock();
    if (!self || !served) return;
    for (ServedNow& now : *served) {
      std::vector<std::string>& endpoints = now.version.endpoints;
      const bool same = now.version.service == instance.service && now.version.tag == instance.tag;
      if (!same || std::erase(endpoints, endpoint_of(instance)) == 0) continue;
      // Stable without endpoints would be no better, and it may be there again soon.
      if (now.is_stable && endpoints.empty()) continue;
      self->seams_.served.set_endpoints(
          {now.version}, [](Result<Unit>) { /* the next look finds it, and so does a person */ });
    }
  });
}

void Fleet::publish(const std::string& tag, InstanceArm arm, Reply<Unit> reply) {
  const auto file = load();
  std::vector<ServedVersion> versions;
  for (const Instance& each : file ? file->instances : std::vector<Instance>{}) {
    const bool counts =
        each.tag == tag && each.arm == arm && is_alive(each) && health_.is_healthy(each);
    if (!counts) continue;
    auto found = std::ranges::find(versions, each.service, &ServedVersion::service);
    if (found == versions.end())
      found =
          versions.insert(versions.end(), {.service = each.service, .tag = tag, .endpoints = {}});
    found->endpoints.push_back(endpoint_of(each));
  }
  if (!file || versions.empty()) {
    return later([reply = std::move(reply),
                  result = file ? Result<Unit>(Unit{})
                                : Result<Unit>(std::unexpected(file.error()))]() mutable {
      reply(std::move(result));
    });
  }
  seams_.served.set_endpoints(std::move(versions), std::move(reply));
}

}  // namespace kai::edges
