#include "os/identity.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace kai::os {

Identity identity() {
  std::array<char, 256> name{};
  const bool named = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0;
  return {.user = "uid " + std::to_string(::getuid()),
          .host = named ? std::string(name.data()) : "unknown-host",
          .process_id = ::getpid(),
          .is_root = ::geteuid() == 0};
}

std::string working_directory() {
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? std::string(path.data()) : "/";
}

std::string program_file() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  const bool whole = length > 0 && static_cast<std::size_t>(length) < path.size();
  return whole ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

void leave(int exit_code) { ::_exit(exit_code); }

}  // namespace kai::os
