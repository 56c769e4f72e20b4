// What a connection may hold and how long it may take, where neither listener nor route says.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "base/time.h"
#include "splitter/http1/request_policy.h"

namespace kai::splitter {

// Bytes on their way in one direction of an exchange: reading stops at the first and goes on below
// the second.
inline constexpr std::size_t held_bytes_max = 65'536;
inline constexpr std::size_t held_bytes_resume = 32'768;
// Read for one connection in one turn, so that none starves the others.
inline constexpr std::size_t turn_bytes_max = 65'536;
// Heads and answers that one client connection may go through in one turn.
inline constexpr std::size_t steps_per_turn_max = 64;
// First slab of a read: a head from a client, a body from a backend.
inline constexpr std::size_t client_read_bytes = 4096;
inline constexpr std::size_t backend_read_bytes = 16'384;

// After a last answer the client's bytes are read away for so long, because a reset would destroy
// the answer before it was read.
inline constexpr std::size_t linger_bytes_max = 65'536;
inline constexpr Duration linger_time = std::chrono::seconds(2);
// `Expect: 100-continue`: neither an answer nor a body.
inline constexpr Duration continue_time = std::chrono::seconds(10);

inline constexpr Duration pool_idle_max = std::chrono::seconds(30);
// A backend that says how long it keeps a connection is left this much earlier.
inline constexpr Duration pool_idle_margin = std::chrono::seconds(1);
// What must not be repeated takes a pooled connection only if it was used so recently that its
// backend cannot be closing it for idleness.
inline constexpr Duration unrepeatable_idle_max = std::chrono::seconds(1);

inline constexpr std::size_t slab_bytes_per_worker_max = std::size_t{512} << 20;
inline constexpr std::size_t slab_bytes_kept_max = std::size_t{8} << 20;

inline constexpr std::array<std::string_view, 1> upgrade_protocols = {"websocket"};
inline constexpr ListenerRules listener_rules{.upgrade_protocols = upgrade_protocols};
inline constexpr unsigned overload_retry_after_seconds = 1;

}  // namespace kai::splitter
