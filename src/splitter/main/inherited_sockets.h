// Listening sockets that a supervisor opened and holds: it hands them over by systemd's convention
// (sd_listen_fds(3)).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::splitter {

// Descriptors 3 and up, as LISTEN_FDS and LISTEN_PID of `environment` say; none if they are meant
// for another process. They do not block afterwards. `rejected`: one of them is no listening
// internet socket, or LISTEN_FDS is no number of 0 to 4096.
[[nodiscard]] Result<std::vector<os::Descriptor>> take_inherited_sockets(
    const std::map<std::string, std::string>& environment, std::int64_t process_id);

}  // namespace kai::splitter
