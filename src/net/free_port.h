// Whether a port of this machine is free.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace kai::net {

// 127.0.0.1:port can be listened on now, which tells nothing about later. False for 0, for a port
// that needs rights, and for one on which connections of its last owner are still closing.
[[nodiscard]] bool is_port_free(std::uint16_t port);

// Whether "0.0.0.0:8080" or "[::]:8080" can be listened on now, connections of its last owner
// apart. `rejected`, with the reason: somebody listens there, no such address, no right, no address
// at all.
[[nodiscard]] Result<Unit> may_listen(const std::string& address);

}  // namespace kai::net
