// Whether a port of this machine is free.
#pragma once

#include <cstdint>

namespace kai::net {

// 127.0.0.1:port can be listened on now, which tells nothing about later. False for 0, for a port
// that needs rights, and for one on which connections of its last owner are still closing.
[[nodiscard]] bool is_port_free(std::uint16_t port);

}  // namespace kai::net
