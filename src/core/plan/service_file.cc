#include "core/plan/service_file.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/plan/names.h"
#include "core/plan/nearest.h"
#include "core/plan/service_node.h"

namespace kai::core {
namespace {

constexpr std::int64_t port_max = 65535;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::uint16_t> port_in(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end || port == 0)
    return std::nullopt;
  return port;
}

// The splitter reads the address itself; here only what a person is likely to get wrong.
bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !port_in(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('['))
    return host.size() > 2 && host.ends_with(']') &&
           host.find_first_not_of("0123456789abcdefABCDEF:.[]") == std::string_view::npos;
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::ranges::count(host, '.') == 3;
}

// "{tag}" and its like. A brace that names nothing near them is left as it is.
void check_placeholders(ServiceNode& node, std::string_view key, const Tree& at,
                        std::string_view text) {
  static const std::vector<std::string> known{"tag", "port", "instance"};
  for (std::size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return;
    const std::string name(text.substr(open + 1, close - open - 1));
    const std::string near = nearest_word(name, known);
    if (near.empty() || near == name) continue;
    node.mistake(key, at,
                 fmt::format("'{{{}}}' is replaced by nothing; did you mean {{{}}}?", name, near));
  }
}

std::vector<std::string> read_run(ServiceNode& node, const ServiceFile& file) {
  const Tree* const found = node.get("run");
  if (found == nullptr) {
    if (node.get("unit") == nullptr)
      node.mistake("run", R"(is missing: ["./releases/{tag}/server", "--port={port}"])");
    return {};
  }
  if (found->as_list() == nullptr || found->as_list()->empty()) {
    node.mistake("run", "is no list of a program and its words; nothing goes through a shell");
    return {};
  }
  std::vector<std::string> run;
  for (const Tree& word : *found->as_list()) {
    const std::string text = word.as_text() != nullptr  ? *word.as_text()
                             : word.as_int() != nullptr ? std::to_string(*word.as_int())
                                                        : "";
    if (word.as_text() == nullptr && word.as_int() == nullptr)
      node.mistake("run", word, "has a word that is neither text nor a number; quote it");
    if (text.find('\0') != std::string::npos) node.mistake("run", word, "has a NUL in a word");
    check_placeholders(node, "run", word, text);
    run.push_back(text);
  }
  std::string& program = run.front();
  if (program.empty()) node.mistake("run", "names no program");
  const bool is_relative = program.find('/') != std::string::npos && !program.starts_with('/');
  if (is_relative) {
    if (program.starts_with("./")) program.erase(0, 2);
    program = file.directory + (file.directory.ends_with('/') ? "" : "/") + program;
  }
  return run;
}

std::map<std::string, std::string> read_environment(ServiceNode& node) {
  const Tree* const found = node.get("env");
  if (found == nullptr) return {};
  if (found->as_map() == nullptr) {
    node.mistake("env", "is no map of names and values");
    return {};
  }
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : *found->as_map()) {
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const std::string key = "env." + name;
    if (name.empty() || !std::ranges::all_of(name, is_letter) || (name[0] >= '0' && name[0] <= '9'))
      node.mistake(key, value, "is no name of a variable");
    const auto text = scalar_text(value);
    if (!text || text->find('\0') != std::string::npos) {
      node.mistake(key, value, "is no text, number, true or false");
      continue;
    }
    check_placeholders(node, key, value, *text);
    environment.insert_or_assign(name, *text);
  }
  return environment;
}

void check_says(ServiceNode& node, const LocalService& service, std::string_view placeholder,
                std::string_view why) {
  const auto has = [&](const std::string& text) {
    return text.find(placeholder) != std::string::npos;
  };
  if (service.run.empty() || std::ranges::any_of(service.run, has)) return;
  for (const auto& [_, value] : service.environment) {
    if (has(value)) return;
  }
  node.mistake("run", fmt::format("neither run nor env names {}: {}", placeholder, why));
}

void read_match(ServiceNode node, LocalService& service) {
  if (!node.has_only({"host", "path_prefix"}, "host and path_prefix")) return;
  service.host = node.text("host").value_or("");
  const bool is_wildcard = service.host.starts_with("*.");
  const std::string_view name = std::string_view(service.host).substr(is_wildcard ? 2 : 0);
  if (!service.host.empty() &&
      (!is_plain(name) || name.empty() || name.find_first_of("/:*@") != std::string_view::npos))
    node.mistake("host", fmt::format("'{}' is no host name such as shop.example.com or "
                                     "*.example.com",
                                     service.host));
  service.path_prefix = node.text("path_prefix").value_or("/");
  if (!service.path_prefix.starts_with('/') || !is_plain(service.path_prefix))
    node.mistake("path_prefix", fmt::format("'{}' does not begin with /, or has a character that "
                                            "no path has",
                                            service.path_prefix));
}

void read_health(ServiceNode node, LocalService& service) {
  if (!node.has_only({"path", "within"}, "path and within")) return;
  service.health_path = node.text("path").value_or(service.health_path);
  if (!service.health_path.starts_with('/') || !is_plain(service.health_path))
    node.mistake("path", fmt::format("'{}' does not begin with /, or has a character that no path "
                                     "has",
                                     service.health_path));
  service.healthy_within = node.duration("within").value_or(service.healthy_within);
}

// Numbers of Linux: signal(7).
std::optional<int> signal_number(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  static constexpr std::pair<std::string_view, int> known[] = {
      {"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"TERM", 15}};
  for (const auto& [word, number] : known) {
    if (name == word) return number;
  }
  return std::nullopt;
}

void read_stop(ServiceNode node, LocalService& service) {
  if (!node.has_only({"signal", "within"}, "signal and within")) return;
  if (const auto name = node.text("signal")) {
    const auto number = signal_number(*name);
    if (!number) node.mistake("signal", fmt::format("'{}' is none of TERM, INT, QUIT, HUP", *name));
    service.stop_signal = number.value_or(service.stop_signal);
  }
  service.stop_within = node.duration("within").value_or(service.stop_within);
}

LocalService read_service(ServiceNode node, const ServiceFile& file) {
  LocalService service;
  if (!node.has_only(
          {"name", "listen", "match", "run", "unit", "instances", "health", "stop", "env"},
          "name, listen and run"))
    return service;
  service.name = node.text("name").value_or("");
  if (!is_dns_label(service.name, local_service_name_max))
    node.mistake("name", service.name.empty()
                             ? "is missing"
                             : fmt::format("'{}' is no name: lower-case letters, digits and '-', "
                                           "at most {}",
                                           service.name, local_service_name_max));
  service.listen = node.text("listen").value_or("");
  if (!is_address(service.listen))
    node.mistake("listen",
                 fmt::format("{} such as 0.0.0.0:8080 or [::]:8080",
                             service.listen.empty()
                                 ? "is missing: the address for users,"
                                 : "'" + service.listen + "' is no address with a port,"));
  if (node.get("unit") != nullptr)
    node.mistake("unit", "not yet: this version starts processes itself; say run");
  service.run = read_run(node, file);
  service.environment = read_environment(node);
  check_says(node, service, "{port}", "each instance has to listen on its own one");
  check_says(node, service, "{tag}", "every version would be the same program");
  service.instances = static_cast<std::uint32_t>(
      node.whole("instances", 1, local_instances_max).value_or(service.instances));
  read_match(node.below("match"), service);
  read_health(node.below("health"), service);
  read_stop(node.below("stop"), service);
  return service;
}

// What kai-splitter would refuse, or what would take a name twice.
void check_together(ServiceNode& services, const std::vector<LocalService>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Tree& item = (*services.tree().as_list())[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!all[i].name.empty() && all[i].name == all[j].name)
        services.mistake(fmt::format("[{}].name", i), item,
                         fmt::format("'{}' is there twice", all[i].name));
      if (all[i].listen == all[j].listen && all[i].host == all[j].host &&
          all[i].path_prefix == all[j].path_prefix)
        services.mistake(
            fmt::format("[{}].match", i), item,
            fmt::format("takes the same requests as {}: give one of them another host, "
                        "path_prefix or address",
                        all[j].name));
    }
  }
}

void read_ports(ServiceNode node, LocalRelease& release) {
  if (!node.has_only({"first", "last"}, "first and last")) return;
  release.port_first =
      static_cast<std::uint16_t>(node.whole("first", 1024, port_max).value_or(release.port_first));
  release.port_last =
      static_cast<std::uint16_t>(node.whole("last", 1024, port_max).value_or(release.port_last));
  // While a version is promoted, the instances of three may be there.
  std::uint32_t wanted = 0;
  for (const LocalService& service : release.services) wanted += 3 * service.instances;
  if (release.port_last < release.port_first ||
      std::uint32_t{release.port_last} - release.port_first + 1 < wanted)
    node.mistake("", node.tree(),
                 fmt::format("{} to {} are too few for three versions of every instance: {} are "
                             "needed",
                             release.port_first, release.port_last, wanted));
}

ServiceNode root_of(Reader& reader, const ServiceFile& file) {
  return {reader, file, file.tree, ""};
}

}  // namespace

std::string read_release_name(Reader& reader, const ServiceFile& file) {
  if (file.tree.as_map() == nullptr) return {};  // told with the rest
  ServiceNode root = root_of(reader, file);
  const std::string name = root.text("release").value_or("");
  if (!is_dns_label(name, release_name_max))
    root.mistake("release", name.empty() ? "is missing: the name of the release"
                                         : fmt::format("'{}' is no release name: lower-case "
                                                       "letters, digits and '-', at most {}",
                                                       name, release_name_max));
  return name;
}

LocalRelease read_local_release(Reader& reader, const ServiceFile& file) {
  LocalRelease release{.file = file.path, .directory = file.directory, .services = {}};
  ServiceNode root = root_of(reader, file);
  if (!root.has_only({"release", "services", "canary", "ports"}, "release and services"))
    return release;
  const Tree* const canary = root.get("canary");
  if (canary != nullptr && canary->as_map() == nullptr)
    root.mistake("canary", "is no map of settings");
  const Tree* const list = root.get("services");
  if (list == nullptr || list->as_list() == nullptr || list->as_list()->empty()) {
    root.mistake("services", "is no list with a service in it");
    return release;
  }
  if (list->as_list()->size() > local_services_max) {
    root.mistake("services", fmt::format("has more than {}", local_services_max));
    return release;
  }
  for (std::size_t i = 0; i < list->as_list()->size(); ++i) {
    release.services.push_back(
        read_service({reader, file, (*list->as_list())[i], fmt::format("services[{}]", i)}, file));
  }
  ServiceNode services(reader, file, *list, "services");
  check_together(services, release.services);
  read_ports(root.below("ports"), release);
  return release;
}

}  // namespace kai::core
