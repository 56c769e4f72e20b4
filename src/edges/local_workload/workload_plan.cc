#include "edges/local_workload/workload_plan.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "edges/local_workload/instance_spec.h"

namespace kai::edges {
namespace {

// "0.0.0.0:8080" -> 8080
std::uint16_t port_of(const std::string& listen) {
  std::uint16_t port = 0;
  const std::size_t colon = listen.rfind(':');
  if (colon != std::string::npos)
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
  return port;
}

// The version that is stable at the start; null on a first install.
const core::LocalService* stable_service(const ReleaseFile& file, const LocalPlan& plan,
                                         const std::string& name) {
  const LocalRevision* const start = file.find(plan.start_revision);
  if (start == nullptr) return nullptr;
  const auto found = std::ranges::find(start->release.services, name, &core::LocalService::name);
  return found == start->release.services.end() ? nullptr : &*found;
}

std::string command_line(const core::LocalService& service, const std::string& tag) {
  std::vector<std::string> words;
  for (const std::string& word : service.run) {
    std::string filled = word;
    for (std::size_t at = filled.find("{tag}"); at != std::string::npos;
         at = filled.find("{tag}", at + tag.size()))
      filled.replace(at, 5, tag);
    words.push_back(std::move(filled));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string count_line(const core::Plan& plan, const JudgedService& service) {
  const auto count = [&](core::Weight weight) {
    return canary_instances_for(weight, service.stable_instances, plan.canary_replicas);
  };
  const std::uint32_t first = count(plan.steps.front().weight);
  const std::uint32_t last = count(plan.steps.back().weight);
  return first == last ? std::to_string(first) : fmt::format("{} to {}", first, last);
}

}  // namespace

Result<ports::Planned<ports::WorkloadPlan>> plan_workload(Fleet& fleet, const core::Plan& plan,
                                                          const ports::ReleasePlan& release) {
  auto data = local_plan_from(release.data);
  if (!data) return std::unexpected(data.error());
  const auto file = fleet.load();
  if (!file) return std::unexpected(file.error());
  ports::Planned<ports::WorkloadPlan> planned;
  planned.plan.name_space = release.name_space;
  for (const core::LocalService& service : data->release.services) {
    const core::LocalService* const stable = stable_service(*file, *data, service.name);
    if (stable == nullptr && !data->is_first_install()) {
      planned.findings.push_back(
          {.check = "local-new-service",
           .severity = ports::Severity::note,
           .message = fmt::format("service {} is new: it starts with the promotion, and is not "
                                  "judged",
                                  service.name),
           .remedy = ""});
      continue;
    }
    const JudgedService judged{
        .name = service.name,
        .stable_instances = stable == nullptr ? service.instances : stable->instances};
    data->judged.push_back(judged);
    planned.plan.services.push_back(
        {.name = service.name,
         .service = service.name,
         .canary_service = service.name + "@" + data->tag,
         .workload = stable == nullptr ? "" : service.name + "@" + data->stable_tag,
         .canary_workload = service.name + "@" + data->tag,
         .port = port_of(service.listen)});
    if (data->is_first_install()) continue;
    planned.plan.lines.push_back(fmt::format(
        "service {}: {} of {} beside {} of {}, on 127.0.0.1, ports {} to {}: {}", service.name,
        count_line(plan, judged), data->tag, stable->instances, data->stable_tag,
        data->release.port_first, data->release.port_last, command_line(service, data->tag)));
  }
  if (planned.plan.services.empty()) {
    planned.findings.push_back(
        {.check = "local-services",
         .severity = ports::Severity::refused,
         .message = fmt::format("{}: none of its services is in version {}, so there is nothing "
                                "to compare with",
                                data->release.file, data->stable_tag),
         .remedy = "keep the names of services, or deploy it as another release"});
  }
  planned.plan.data = to_tree(*data);
  return planned;
}

}  // namespace kai::edges
