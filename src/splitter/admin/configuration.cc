#include "splitter/admin/configuration.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "codec/json.h"
#include "os/disk.h"
#include "splitter/admin/no_chance.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/build.h"
#include "splitter/route/build_condition.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"

namespace kai::splitter {
namespace {

constexpr codec::JsonLimits json_limits{
    .depth_max = 32, .bytes_max = configuration_bytes_max, .refuses_repeated_keys = true};
constexpr std::size_t workers_max = 1024;
constexpr std::size_t proxies_max = 64;
constexpr std::size_t users_max = 64;
constexpr Range hour_of_milliseconds{.min = 1, .max = 3600 * 1000};
// The whole path must fit into sockaddr_un.
constexpr std::size_t socket_path_bytes_max = 107;

void read_milliseconds(MapReader& reader, std::string_view key, Duration& value) {
  const auto otherwise = std::chrono::duration_cast<std::chrono::milliseconds>(value).count();
  value = std::chrono::milliseconds(reader.whole_or(key, hour_of_milliseconds, otherwise));
}

ClientTimeouts read_client_timeouts(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  ClientTimeouts timeouts;
  read_milliseconds(reader, "silent", timeouts.silent);
  read_milliseconds(reader, "head", timeouts.head);
  read_milliseconds(reader, "idle", timeouts.idle);
  read_milliseconds(reader, "write_stall", timeouts.write_stall);
  reader.finish();
  return timeouts;
}

std::optional<SocketAddress> read_address(MapReader& reader, std::string_view key) {
  const std::string text = reader.text(key);
  const auto address = parse_socket_address(text);
  if (!address && !text.empty()) {
    reader.mistake(key, "must be an address with a port, like 0.0.0.0:8080 or [::]:8080");
  }
  return address;
}

ListenerSettings read_listener(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  ListenerSettings listener;
  listener.name = reader.text("name");
  check_label(listener.name, place.pointer + "/name", findings);
  listener.address = read_address(reader, "address").value_or(SocketAddress{});
  const std::vector<std::string> proxies = reader.texts("trusted_proxies", proxies_max);
  for (std::size_t at = 0; at < proxies.size(); ++at) {
    const auto network = parse_network(proxies[at]);
    if (network) {
      listener.trusted_proxies.push_back(*network);
    } else if (!proxies[at].empty()) {
      findings.add(place.pointer + "/trusted_proxies/" + std::to_string(at),
                   "must be an address or a network like 10.0.0.0/8, with zeros behind the prefix");
    }
  }
  if (const auto timeouts = reader.map("timeouts_ms")) {
    listener.timeouts = read_client_timeouts(*timeouts, findings);
  }
  if (reader.yes_no_or("tls", false)) reader.mistake("tls", "not yet: this version cannot do it");
  if (reader.text_or("proxy_protocol", "off") != "off") {
    reader.mistake("proxy_protocol", "not yet: this version knows only \"off\"");
  }
  reader.finish();
  return listener;
}

std::vector<ListenerSettings> read_listeners(MapReader& parent, Findings& findings) {
  std::vector<ListenerSettings> listeners;
  for (const Place& place : parent.list("listeners", listeners_max)) {
    ListenerSettings listener = read_listener(place, findings);
    const bool has_name = std::ranges::any_of(
        listeners, [&](const auto& other) { return other.name == listener.name; });
    const bool has_address = std::ranges::any_of(
        listeners, [&](const auto& other) { return other.address == listener.address; });
    if (has_name) findings.add(place.pointer + "/name", "is the name of another listener");
    if (has_address) findings.add(place.pointer + "/address", "is that of another listener");
    listeners.push_back(std::move(listener));
  }
  if (listeners.empty()) parent.mistake("", "lacks 'listeners': nobody could send a request");
  return listeners;
}

std::vector<std::uint32_t> read_users(MapReader& parent, std::string_view key, Findings& findings) {
  std::vector<std::uint32_t> users;
  for (const Place& place : parent.list(key, users_max)) {
    const std::int64_t* const user = place.tree.as_int();
    if (user == nullptr || !std::in_range<std::uint32_t>(*user)) {
      findings.add(place.pointer, "must be the number of a user");
      continue;
    }
    users.push_back(static_cast<std::uint32_t>(*user));
  }
  return users;
}

ControlAccess read_access(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  ControlAccess access{.readers = read_users(reader, "readers", findings),
                       .writers = read_users(reader, "writers", findings)};
  reader.finish();
  return access;
}

bool is_loopback(const SocketAddress& address) {
  constexpr std::string_view ipv4 = "127.0.0.0/8";
  constexpr std::string_view ipv6 = "::1";
  return parse_network(ipv4)->contains(address.ip) || parse_network(ipv6)->contains(address.ip);
}

std::string read_path(MapReader& reader, std::string_view key) {
  const std::string path = reader.text(key);
  if (!path.empty() && !path.starts_with('/')) reader.mistake(key, "must be a path from the root");
  if (path.contains('\0')) reader.mistake(key, "is no path");
  return path;
}

// Beside the control socket: in a directory that nobody else may write to. A default that is too
// long for a socket is none.
std::string read_handover_socket(MapReader& reader, const std::string& control_socket) {
  constexpr std::string_view suffix = ".handover";
  if (!reader.has("handover_socket")) {
    const std::size_t size = control_socket.size() + suffix.size();
    return control_socket.empty() || size > socket_path_bytes_max
               ? ""
               : control_socket + std::string(suffix);
  }
  const std::string path = read_path(reader, "handover_socket");
  const auto directory = [](const std::string& of) { return of.substr(0, of.rfind('/') + 1); };
  if (path.size() > socket_path_bytes_max) {
    reader.mistake("handover_socket",
                   "is longer than " + std::to_string(socket_path_bytes_max) + " bytes");
  } else if (path == control_socket || directory(path) != directory(control_socket)) {
    reader.mistake("handover_socket", "must be another file in the control socket's directory");
  }
  return path;
}

Settings read_settings(MapReader& reader, Findings& findings) {
  Settings settings;
  settings.workers =
      static_cast<std::size_t>(reader.whole_or("workers", {.min = 0, .max = workers_max}, 0));
  settings.control_socket = read_path(reader, "control_socket");
  if (settings.control_socket.size() > socket_path_bytes_max) {
    reader.mistake("control_socket",
                   "is longer than " + std::to_string(socket_path_bytes_max) + " bytes");
  }
  settings.handover_socket = read_handover_socket(reader, settings.control_socket);
  settings.state_directory = read_path(reader, "state_dir");
  if (const auto access = reader.map("control_access")) {
    settings.control_access = read_access(*access, findings);
  }
  if (reader.has("metrics_address")) {
    settings.metrics_address = read_address(reader, "metrics_address");
    if (settings.metrics_address && !is_loopback(*settings.metrics_address)) {
      reader.mistake("metrics_address", "must be a loopback address");
    }
  }
  read_milliseconds(reader, "drain_ms", settings.drain);
  read_milliseconds(reader, "handover_drain_ms", settings.handover_drain);
  settings.listeners = read_listeners(reader, findings);
  return settings;
}

Configuration read_document(const Tree& tree, Findings& findings) {
  const Place whole{.tree = tree, .pointer = ""};
  MapReader reader(whole, findings);
  Configuration configuration{.settings = read_settings(reader, findings), .snapshot = {}};
  if (const auto snapshot = reader.map("snapshot")) {
    const std::size_t before = findings.list().size();
    configuration.snapshot = read_snapshot_spec(*snapshot, SnapshotForm::stored, findings);
    NoChance chance;  // where counters start is of no use to a check
    Numbers numbers(chance);
    // What has no form makes no sense either: one mistake is told once.
    if (findings.list().size() == before) {
      static_cast<void>(build_snapshot(configuration.snapshot, "/snapshot", numbers, findings));
    }
  } else {
    reader.mistake("", "lacks 'snapshot': there would be nothing to start with");
  }
  reader.finish();
  return configuration;
}

std::string describe(const Finding& finding, std::string_view text, const std::string& file) {
  const std::uint32_t line = codec::json_line_of(text, finding.pointer);
  const std::string where = line == 0 ? file : file + ":" + std::to_string(line);
  const std::string pointer = finding.pointer.empty() ? "" : finding.pointer + ": ";
  return where + ": " + pointer + finding.message;
}

}  // namespace

ReadConfiguration read_configuration(std::string_view text, const std::string& file) {
  const Result<Tree> tree = codec::parse_json(text, json_limits);
  if (!tree) return {.configuration = {}, .mistakes = {file + ": " + tree.error().message}};
  Findings findings;
  Configuration configuration = read_document(*tree, findings);
  if (findings.empty()) return {.configuration = std::move(configuration), .mistakes = {}};
  ReadConfiguration result;
  for (const Finding& finding : findings.list()) {
    result.mistakes.push_back(describe(finding, text, file));
  }
  if (findings.left_off() > 0) {
    result.mistakes.push_back(file + ": and " + std::to_string(findings.left_off()) +
                              " mistakes more");
  }
  return result;
}

ReadConfiguration read_configuration_file(os::Disk& disk, const std::string& file) {
  const Result<std::string> text = disk.read(file, configuration_bytes_max);
  if (!text) return {.configuration = {}, .mistakes = {text.error().message}};
  return read_configuration(*text, file);
}

}  // namespace kai::splitter
