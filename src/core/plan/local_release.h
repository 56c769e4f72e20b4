// A release on one machine: its services, as processes behind kai-splitter. Read from a service
// file, checked and complete.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace kai::core {

// One service of the file. In `run` and `environment`, "{tag}", "{port}" and "{instance}" are
// replaced; nothing goes through a shell.
struct LocalService {
  std::string name;               // DNS label, unique in the file
  std::string listen;             // "0.0.0.0:8080", "[::]:8080": where users connect
  std::string host;               // whose requests; empty: of any host
  std::string path_prefix = "/";  // ... and below which path
  std::vector<std::string> run;   // never empty; run[0] is a path or a name in PATH
  std::map<std::string, std::string> environment;  // beside the daemon's own PATH, HOME, LANG, TZ
  std::uint32_t instances = 1;                     // of a stable version, 1 to 64
  std::string health_path = "/health";             // 200 to 399 is healthy
  Duration healthy_within = std::chrono::seconds(30);
  int stop_signal = 15;                             // TERM, INT, QUIT or HUP
  Duration stop_within = std::chrono::seconds(30);  // then KILL

  friend bool operator==(const LocalService&, const LocalService&) = default;
};

// In place of a namespace, where people see one: "local/shop".
inline constexpr std::string_view local_name_space = "local";

struct LocalRelease {
  std::string file;                    // path of the service file, for messages
  std::string directory;               // its folder, absolute: processes run in it
  std::vector<LocalService> services;  // never empty
  std::uint16_t port_first = 20000;    // of instances, on 127.0.0.1
  std::uint16_t port_last = 29999;

  friend bool operator==(const LocalRelease&, const LocalRelease&) = default;
};

}  // namespace kai::core
