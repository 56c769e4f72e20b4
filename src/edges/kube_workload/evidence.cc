#include "edges/kube_workload/evidence.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "codec/quote.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/pod_health.h"

namespace kai::edges {
namespace {

// A log that is asked for.
struct LogQuestion {
  std::string pod, container;
  bool previous = false;
};

std::vector<LogQuestion> questions_of(const Tree& pod) {
  std::vector<LogQuestion> questions;
  const Tree::List* const containers = pod.list_at("/status/containerStatuses");
  if (containers == nullptr) return questions;
  const std::string name = pod.text_or("/metadata/name", "");
  for (const Tree& container : *containers) {
    const std::string container_name = container.text_or("/name", "");
    if (container.int_at("/restartCount").value_or(0) > 0)
      questions.push_back({name, container_name, true});
    questions.push_back({name, container_name, false});
  }
  return questions;
}

class Gathering : public std::enable_shared_from_this<Gathering> {
 public:
  Gathering(kubeapi::Client& client, WorkloadData data, Reply<ports::Evidence> reply)
      : client_(client), data_(std::move(data)), reply_(std::move(reply)) {}

  void begin() {
    fetch_snapshot(client_, data_.name_space, /*urgent=*/false,
                   [self = shared_from_this()](Result<Snapshot> snapshot) {
                     if (!snapshot) return self->reply_(std::unexpected(snapshot.error()));
                     self->take(*snapshot);
                     self->ask_events();
                   });
  }

 private:
  void take(const Snapshot& snapshot) {
    for (const ServiceArm& service : data_.services) {
      const auto deployment = snapshot.deployments.find(service.canary_workload);
      if (deployment == snapshot.deployments.end()) continue;
      for (const Tree* const pod : pods_of(snapshot, deployment->second, false)) take_pod(*pod);
    }
  }

  void take_pod(const Tree& pod) {
    if (pods_.size() >= pods_asked_max) return;
    const PodHealth health = health_of(pod);
    const std::string name = pod.text_or("/metadata/name", "");
    std::string line = "pod " + name + ": " + (health.ready ? "ready" : "not ready") + ", " +
                       std::to_string(health.restarts) + " restarts, phase " +
                       pod.text_or("/status/phase", "unknown");
    if (health.fatal) line += "; " + health.fatal->sentence;
    lines_.push_back(codec::printable(line));
    pods_.push_back(name);
    std::ranges::move(questions_of(pod), std::back_inserter(questions_));
  }

  void ask_events() {
    client_.list(kubeapi::kinds::core_event, data_.name_space,
                 {.field_selector = "involvedObject.kind=Pod"},
                 [self = shared_from_this()](Result<kubeapi::Listing> listing) {
                   if (!listing)
                     self->lines_.push_back("events: " + codec::printable(listing.error().message));
                   if (listing) self->take_events(listing->items);
                   self->next_log();
                 });
  }

  void take_events(const Tree::List& events) {
    for (const Tree& event : events) {
      const std::string pod = event.text_or("/involvedObject/name", "");
      if (std::ranges::find(pods_, pod) == pods_.end() || event.text_or("/type", "") == "Normal")
        continue;
      lines_.push_back(codec::printable("event of " + pod + ": " + event.text_or("/reason", "") +
                                        ": " + event.text_or("/message", "")));
    }
  }

  void next_log() {
    if (questions_.empty()) return reply_(ports::Evidence{.lines = std::move(lines_)});
    const LogQuestion question = questions_.front();
    questions_.erase(questions_.begin());
    const std::string path =
        path_of(kubeapi::ResourceRef{kubeapi::kinds::pod, data_.name_space, question.pod}) +
        "/log?container=" + question.container + "&tailLines=" + std::to_string(log_lines_max) +
        (question.previous ? "&previous=true" : "");
    client_.get_text(
        path, log_bytes_max * 4, [self = shared_from_this(), question](Result<std::string> text) {
          const std::string title = "--- log of " + question.pod + "/" + question.container +
                                    (question.previous ? ", before its last restart" : "");
          self->lines_.push_back(title);
          if (!text)
            self->lines_.push_back("could not be read: " + codec::printable(text.error().message));
          if (text) self->take_log(*text);
          self->next_log();
        });
  }

  void take_log(std::string_view text) {
    if (text.size() > log_bytes_max) text.remove_prefix(text.size() - log_bytes_max);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.push_back(codec::printable(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  kubeapi::Client& client_;
  WorkloadData data_;
  Reply<ports::Evidence> reply_;
  std::vector<std::string> lines_;
  std::vector<std::string> pods_;
  std::vector<LogQuestion> questions_;
};

}  // namespace

void gather_evidence(kubeapi::Client& client, WorkloadData data, Reply<ports::Evidence> reply) {
  std::make_shared<Gathering>(client, std::move(data), std::move(reply))->begin();
}

}  // namespace kai::edges
