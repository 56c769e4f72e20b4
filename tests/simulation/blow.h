// Blow: what happens to the process, or to the call, at one chosen effect of a run.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kai::simulation {

struct Blow {
  enum class Kind {
    crash_before,  // the process dies, and the effect never happens
    crash_unseen,  // the effect happens, and the process dies before the reply
    crash_late,    // the process dies, and the effect happens shortly before its lease runs out
    crash_after,   // the process dies with the reply in its hands
    late,          // the reply says "timed out", and the effect happens 14 s later
    reply_lost,    // the effect happens, the reply says "unavailable"
    refused,       // it does not happen
  };
  std::uint64_t effect = 0;  // the first one is 1
  Kind kind = Kind::crash_before;
};

struct BlowName {
  Blow::Kind kind;
  std::string_view name;
};

inline constexpr std::array blow_names{BlowName{Blow::Kind::crash_before, "crash_before"},
                                       BlowName{Blow::Kind::crash_unseen, "crash_unseen"},
                                       BlowName{Blow::Kind::crash_late, "crash_late"},
                                       BlowName{Blow::Kind::crash_after, "crash_after"},
                                       BlowName{Blow::Kind::late, "late"},
                                       BlowName{Blow::Kind::reply_lost, "reply_lost"},
                                       BlowName{Blow::Kind::refused, "refused"}};

}  // namespace kai::simulation
