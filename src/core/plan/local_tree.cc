#include "core/plan/local_tree.h"

#include "base/tree_reader.h"
#include "core/plan/service_file.h"

namespace kai::core {
namespace {

std::uint16_t port_in(TreeReader& reader, std::string_view key) {
  const std::uint64_t port = reader.count(key);
  if (port == 0 || port > 65535) reader.mistake(key, "port");
  return static_cast<std::uint16_t>(port);
}

std::uint64_t up_to(TreeReader& reader, std::string_view key, std::uint64_t most) {
  const std::uint64_t value = reader.count(key);
  if (value == 0 || value > most) reader.mistake(key, "number in its range");
  return value;
}

Tree service_tree(const LocalService& service) {
  Tree run = Tree::list();
  for (const std::string& word : service.run) run.push_back(word);
  Tree environment = Tree::map();
  for (const auto& [name, value] : service.environment) environment.set(name, value);
  return Tree(Tree::Map{{"name", service.name},
                        {"listen", service.listen},
                        {"host", service.host},
                        {"pathPrefix", service.path_prefix},
                        {"run", std::move(run)},
                        {"environment", std::move(environment)},
                        {"instances", std::int64_t{service.instances}},
                        {"healthPath", service.health_path},
                        {"healthyWithin", std::int64_t{service.healthy_within.count()}},
                        {"stopSignal", service.stop_signal},
                        {"stopWithin", std::int64_t{service.stop_within.count()}}});
}

Result<LocalService> service_from(const Tree& tree) {
  TreeReader reader(tree, "plan.local.services");
  LocalService service{.name = reader.text("name"),
                       .listen = reader.text("listen"),
                       .host = reader.text("host"),
                       .path_prefix = reader.text("pathPrefix")};
  for (const Tree& word : reader.list("run")) {
    if (word.as_text() == nullptr) reader.mistake("run", "list of texts");
    service.run.push_back(word.as_text() == nullptr ? "" : *word.as_text());
  }
  if (service.run.empty()) reader.mistake("run", "program");
  if (const Tree::Map* const variables = reader.map("environment").as_map()) {
    for (const auto& [name, value] : *variables) {
      if (value.as_text() == nullptr) reader.mistake("environment", "map of texts");
      service.environment[name] = value.as_text() == nullptr ? "" : *value.as_text();
    }
  }
  service.instances = static_cast<std::uint32_t>(up_to(reader, "instances", local_instances_max));
  service.health_path = reader.text("healthPath");
  service.healthy_within = reader.duration("healthyWithin");
  service.stop_signal = static_cast<int>(up_to(reader, "stopSignal", 64));
  service.stop_within = reader.duration("stopWithin");
  if (!reader.is_good()) return std::unexpected(reader.error());
  return service;
}

}  // namespace

Tree local_tree(const LocalRelease& release) {
  Tree services = Tree::list();
  for (const LocalService& service : release.services) services.push_back(service_tree(service));
  return Tree(Tree::Map{{"file", release.file},
                        {"directory", release.directory},
                        {"services", std::move(services)},
                        {"portFirst", std::int64_t{release.port_first}},
                        {"portLast", std::int64_t{release.port_last}}});
}

Result<LocalRelease> local_from(const Tree& tree) {
  TreeReader reader(tree, "plan.local");
  LocalRelease release{
      .file = reader.text("file"), .directory = reader.text("directory"), .services = {}};
  for (const Tree& item : reader.list("services")) {
    auto service = service_from(item);
    if (!service) return std::unexpected(service.error());
    release.services.push_back(std::move(*service));
  }
  if (release.services.empty()) reader.mistake("services", "service");
  release.port_first = port_in(reader, "portFirst");
  release.port_last = port_in(reader, "portLast");
  if (!reader.is_good()) return std::unexpected(reader.error());
  return release;
}

}  // namespace kai::core
