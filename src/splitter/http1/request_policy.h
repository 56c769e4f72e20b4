// Which requests may go on: framing, Host, target, hop-by-hop fields and upgrades.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

struct ListenerRules {
  // Lower case. Others are taken out of the request, which goes on as plain HTTP/1.1.
  std::span<const std::string_view> upgrade_protocols;
};

// Checks `head` and fills `request`, whose views point into the buffer of `head` and whose fields
// are its table; the fields of `head` get their ids. A reason: the request must be answered with
// it, the connection closed, and nothing of it may reach a backend; `request` is then half filled.
[[nodiscard]] std::optional<Refusal> judge_request(RequestHead& head, const ListenerRules& rules,
                                                   Request& request);

// What is known only when the route is known.
struct RouteRules {
  bool allows_dot_segments = false;
  std::uint64_t body_bytes_max = std::numeric_limits<std::uint64_t>::max();
};
[[nodiscard]] std::optional<Refusal> judge_for_route(const Request& request,
                                                     const RouteRules& rules);

}  // namespace kai::splitter
