// Exit codes that we choose ourselves; docs/exit-codes.md has what each of them means. The code of
// a rollout that ended is core::exit_code_of.
#pragma once

namespace kai::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_bug = 1;  // before anything was changed
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 3;
inline constexpr int exit_refused = 4;
inline constexpr int exit_locked = 5;
inline constexpr int exit_cannot_measure = 6;
inline constexpr int exit_replay_differs = 7;    // a logged verdict is another one today
inline constexpr int exit_replay_not_whole = 8;  // not every logged verdict could be given again
inline constexpr int exit_rolled_back = 10;
inline constexpr int exit_promotion_failed = 13;
// From here on a person has to look.
inline constexpr int exit_not_confirmed = 64;
inline constexpr int exit_bug_after_change = 65;
inline constexpr int exit_signal = 128;  // plus its number

}  // namespace kai::app
