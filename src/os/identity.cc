#include "os/identity.h"

#include <unistd.h>

#include <array>

namespace kai::os {

Identity identity() {
  std::array<char, 256> name{};
  const bool named = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0;
  return {.user = "uid " + std::to_string(::getuid()),
          .host = named ? std::string(name.data()) : "unknown-host",
          .process_id = ::getpid()};
}

void leave(int exit_code) { ::_exit(exit_code); }

}  // namespace kai::os
