// Replay: the judge of this build over a log of frames. The same verdicts, to the bit, or where
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/judge/judge_log.h"

namespace kai::core {

// A log that asks for more series than a judge of ours ever had is not replayed: each costs 8 KiB.
inline constexpr std::size_t replayed_series_max = 4096;

struct Replayed {
  std::uint64_t same = 0;
  std::uint64_t different = 0;
  std::uint64_t unchecked =
      0;  // verdicts that could not be given again, and lines that may hold one
  struct Place {
    std::size_t line = 0;  // of the log
    std::string what;      // "outcome was fail, is inconclusive"
  };
  std::optional<Place> first_different;
  std::optional<Place> first_unchecked;  // ... and why

  // Every verdict was given again, there is one, and all are the same.
  [[nodiscard]] bool is_same() const { return same > 0 && different == 0 && unchecked == 0; }
};

// So many owners of a rollout are followed side by side: one that stood still may go on for a
// moment after the next one has begun.
inline constexpr std::size_t replayed_owners_max = 4;

class Replay {
 public:
  // Entries of a log, in its order. `line` is only told; each `owner` (an epoch) has a judge of its
  // own.
  void take(std::size_t line, std::uint64_t owner, const JudgeEntry& entry);
  // What stood here is lost, and nobody knows whose it was: no verdict can be given again from here
  // to the next beginning of its judge.
  void lose(std::size_t line, std::string why);

  [[nodiscard]] const Replayed& result() const { return result_; }

 private:
  struct Owner {
    std::optional<Judge> judge{};
    std::uint64_t last_sequence = 0;
    std::string why_not = "no judge has begun before it";
  };

  static void begin(Owner& owner, std::size_t line, const JudgeBegan& began);
  void observe(Owner& owner, std::size_t line, const FrameJudged& judged);
  void leave_unchecked(std::size_t line, std::string why);

  std::map<std::uint64_t, Owner> owners_;
  std::string lost_;  // why an owner that is not in `owners_` has no judge; empty: it never had
  Replayed result_;
};

// The first field in which two verdicts differ: "ln_evidence was 3.25, is 3.5". Empty: none, to the
// bit.
[[nodiscard]] std::string difference_of(const Verdict& was, const Verdict& is);

}  // namespace kai::core
