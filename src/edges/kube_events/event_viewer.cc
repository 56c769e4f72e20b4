#include "edges/kube_events/event_viewer.h"

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "edges/kube_events/event_words.h"

namespace kai::edges {
namespace {

namespace kinds = kubeapi::kinds;

constexpr std::string_view controller = "kai-canary.dev/kai-canary";

// For an object that could not be looked up.
Tree by_name(const kubeapi::ResourceRef& ref) {
  Tree object(Tree::Map{{"apiVersion", api_version_of(ref.kind)}, {"kind", ref.kind.kind}});
  object.set_at("/metadata/namespace", ref.name_space);
  object.set_at("/metadata/name", ref.name);
  return object;
}

}  // namespace

struct EventViewer::Impl : std::enable_shared_from_this<EventViewer::Impl> {
  Impl(kubeapi::Client& client_in, const SteadyClock& steady, const WallClock& wall, Log& log_in,
       std::string record_name_in, std::string instance)
      : client(client_in),
        log(log_in),
        record_name(std::move(record_name_in)),
        poster(client, steady, wall,
               {.controller = std::string(controller), .instance = std::move(instance)}) {
    poster.on_refused([this](const std::string& why) {
      log.write(LogLevel::warn, "events_refused",
                {{"why", why}, {"then", "no Events are posted by this process any more"}});
    });
  }

  void begin(const ports::RolloutView& view) {
    before = view.record.authorised;
    const std::string& home = view.record.plan.target.name_space;
    look_up({kinds::config_map, home, record_name}, record);
    for (const std::string& name : view.workloads) {
      if (workloads.size() >= event_workloads_max) break;
      workloads.emplace_back();
      look_up({kinds::deployment, home, name}, workloads.back());
    }
    tell(beginning_of(view.record));
  }

  // `into` stays where it is: deques do not move their elements.
  void look_up(const kubeapi::ResourceRef& ref, std::optional<Tree>& into) {
    looking += 1;
    client.get(ref, [weak = weak_from_this(), ref, &into](Result<std::optional<Tree>> found) {
      const auto self = weak.lock();
      if (!self) return;
      if (!found) into = by_name(ref);
      if (found && *found) into = std::move(**found);
      self->looking -= 1;
      self->post_all();
    });
  }

  void tell(ClusterEvent event) {
    waiting.push_back(std::move(event));
    if (waiting.size() > events_before_objects_max) waiting.pop_front();
    post_all();
  }

  void post_all() {
    if (looking > 0) return;
    for (const ClusterEvent& event : std::exchange(waiting, {})) {
      if (record) poster.post(*record, event.text);
      if (event.regarding == Regarding::record) continue;
      for (const std::optional<Tree>& workload : workloads) {
        if (workload) poster.post(*workload, event.text);
      }
    }
  }

  kubeapi::Client& client;
  Log& log;
  std::string record_name;
  kubeapi::EventPoster poster;
  bool begun = false;
  std::size_t looking = 0;  // look-ups under way
  std::optional<Tree> record;
  std::deque<std::optional<Tree>> workloads;
  std::deque<ClusterEvent> waiting;
  core::Weight before;  // authorised, as told last
};

EventViewer::EventViewer(kubeapi::Client& client, const SteadyClock& steady, const WallClock& wall,
                         Log& log, std::string record, std::string instance)
    : impl_(std::make_shared<Impl>(client, steady, wall, log, std::move(record),
                                   std::move(instance))) {}
EventViewer::~EventViewer() = default;

bool EventViewer::is_idle() const { return impl_->waiting.empty() && impl_->poster.is_idle(); }

void EventViewer::show(const ports::RolloutView& view,
                       const std::vector<ports::RolloutEvent>& events) {
  if (!std::exchange(impl_->begun, true)) impl_->begin(view);
  for (const ports::RolloutEvent& event : events) {
    if (auto told = cluster_event_of(event, view.record, impl_->before))
      impl_->tell(std::move(*told));
  }
  impl_->before = view.record.authorised;
}

}  // namespace kai::edges
