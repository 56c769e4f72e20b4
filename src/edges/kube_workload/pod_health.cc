#include "edges/kube_workload/pod_health.h"

#include <algorithm>
#include <array>

#include "codec/quote.h"

namespace kai::edges {
namespace {

// Restarts of a container that is not ready that are no bad luck any more.
constexpr std::int64_t crashes_max = 2;

struct WaitingReason {
  std::string_view reason;
  std::string_view code;
};
constexpr std::array<WaitingReason, 7> fatal_reasons{
    {{"CrashLoopBackOff", "crash_loop"},
     {"ImagePullBackOff", "image_pull"},
     {"InvalidImageName", "image_pull"},
     {"ErrImageNeverPull", "image_pull"},
     {"CreateContainerConfigError", "container_config"},
     {"CreateContainerError", "container_config"},
     {"RunContainerError", "container_config"}}};

std::string last_words(const Tree& container) {
  const Tree* end = container.at("/lastState/terminated");
  if (end == nullptr) end = container.at("/state/terminated");
  if (end == nullptr) return {};
  std::string text =
      "; it ended with exit code " + std::to_string(end->int_at("/exitCode").value_or(-1));
  const std::string reason = end->text_or("/reason", "");
  if (!reason.empty() && reason != "Error") text += " (" + reason + ")";
  const std::string message = end->text_or("/message", "");
  return message.empty() ? text : text + ": " + codec::quote(message);
}

core::Reason reason_for(const Tree& pod, const Tree& container, std::string_view code,
                        const std::string& what) {
  return {.code = std::string(code),
          .sentence = "pod " + pod.text_or("/metadata/name", "?") + ", container " +
                      container.text_or("/name", "?") + ": " + what + last_words(container)};
}

// The kubelet's own words for a wait of its that was over too soon, on a busy node; it tries again
// within seconds. Whoever is never helped by that is found by the time-out of the bring-up.
bool is_passing(std::string_view message) {
  return message.find("timed out waiting for the condition") != std::string_view::npos;
}

core::Reason waiting_reason(const Tree& pod, const Tree& container, std::string_view code) {
  const std::string message = container.text_or("/state/waiting/message", "");
  return reason_for(pod, container, code,
                    container.text_or("/state/waiting/reason", "") +
                        (message.empty() ? "" : ": " + codec::printable(message.substr(0, 300))));
}

std::optional<core::Reason> fatal_of(const Tree& pod, const Tree& container) {
  const std::string waiting = container.text_or("/state/waiting/reason", "");
  for (const WaitingReason& known : fatal_reasons) {
    if (waiting != known.reason) continue;
    const std::string message = container.text_or("/state/waiting/message", "");
    if (known.code == "container_config" && is_passing(message)) return std::nullopt;
    return waiting_reason(pod, container, known.code);
  }
  const bool ready = container.bool_at("/ready").value_or(false);
  const std::int64_t restarts = container.int_at("/restartCount").value_or(0);
  if (ready || restarts < crashes_max) return std::nullopt;
  return reason_for(pod, container, "crash_loop",
                    "restarted " + std::to_string(restarts) + " times and is not ready");
}

void take_container(const Tree& pod, const Tree& container, PodHealth& health) {
  health.restarts += static_cast<std::uint32_t>(
      std::max<std::int64_t>(0, container.int_at("/restartCount").value_or(0)));
  if (!health.fatal) health.fatal = fatal_of(pod, container);
  if (!health.pull_error && container.text_or("/state/waiting/reason", "") == "ErrImagePull")
    health.pull_error = waiting_reason(pod, container, "image_pull");
  const auto started = parse_wall_time(container.text_or("/state/running/startedAt", ""));
  if (started) health.started_at = std::max(health.started_at, *started);
  const std::string digest = container.text_or("/imageID", "");
  if (!digest.empty()) health.digests[container.text_or("/name", "")] = digest;
}

}  // namespace

PodHealth health_of(const Tree& pod) {
  PodHealth health{.leaving = pod.at("/metadata/deletionTimestamp") != nullptr};
  if (const Tree::List* const conditions = pod.list_at("/status/conditions")) {
    health.ready = std::ranges::any_of(*conditions, [](const Tree& condition) {
      return condition.text_or("/type", "") == "Ready" &&
             condition.text_or("/status", "") == "True";
    });
  }
  for (const std::string_view list :
       {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    const Tree::List* const containers = pod.list_at(list);
    if (containers == nullptr) continue;
    for (const Tree& container : *containers) take_container(pod, container, health);
  }
  return health;
}

}  // namespace kai::edges
