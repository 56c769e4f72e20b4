// Stamp: the fencing mark on every write of ours: which rollout, which writer, which decision, and
// whether it lowers.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kai::core {

struct Stamp {
  std::string rollout;      // id: lower-case letters and digits, at most 16
  std::uint64_t epoch = 0;  // writer generation; each takeover raises it
  std::uint64_t seq = 0;    // decision of that writer; (epoch, seq) orders all our writes anywhere
  bool down = false;        // the write lowers the canary

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// Whether `a` was decided after `b`; the rollouts and `down` do not matter.
[[nodiscard]] bool is_newer(const Stamp& a, const Stamp& b);

// "<rollout>.<epoch>.<seq>" or "<rollout>.<epoch>.<seq>.down".
[[nodiscard]] std::string format_stamp(const Stamp& stamp);
// Empty when the text is not one of ours.
[[nodiscard]] std::optional<Stamp> parse_stamp(std::string_view text);

}  // namespace kai::core
