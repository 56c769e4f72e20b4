// Report: what one rollout did, line by line as it happened, with all that its judge was given and
// answered. A copy, never authority: nothing is decided by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/judge/judge_log.h"
#include "core/judge/replay.h"
#include "core/rollout/record.h"

namespace kai::core {

inline constexpr std::uint32_t report_format = 1;

// After its head; a full file of verdicts has less than half of them.
inline constexpr std::size_t report_lines_max = 250'000;

// The first line. Chosen fields only: a plan may hold values that nobody should read in a file that
// is handed on.
struct ReportHead {
  std::string program;  // version of ours that began it
  std::string rollout;
  std::string release;
  std::string name_space;
  std::string stable_version;  // empty: a first install
  std::string canary_version;
  std::vector<Step> steps;
  WallTime started_at;

  friend bool operator==(const ReportHead&, const ReportHead&) = default;
};

// `program`: version of ours that began it; empty when nobody knows.
[[nodiscard]] ReportHead head_of(const Record& record, std::string program);

// Something that happened once; the words are those of a ports::RolloutEvent.
struct ReportEvent {
  std::string kind;
  std::string code;
  std::string sentence;
  Weight weight;  // authorised at that time

  friend bool operator==(const ReportEvent&, const ReportEvent&) = default;
};

// How the process that ran it ended. A paused rollout may go on after it.
struct ReportEnd {
  int exit_code = 0;
  Phase phase = Phase::paused;
  End end = End::none;
  Reason reason;
  std::string sentence;

  friend bool operator==(const ReportEnd&, const ReportEnd&) = default;
};

// The file had its full size: what came after it, but for the end, is not in it.
struct ReportFull {
  friend bool operator==(const ReportFull&, const ReportFull&) = default;
};

struct ReportLine {
  std::size_t number = 0;  // in its file, from 1; 0: it was in none
  WallTime at;
  std::uint64_t epoch = 0;  // of the owner that wrote it: two of them may write across each other
  std::variant<ReportEvent, JudgeBegan, FrameJudged, ReportEnd, ReportFull> what;
};

[[nodiscard]] Tree to_tree(const ReportHead& head);
[[nodiscard]] Tree to_tree(const ReportLine& line);

struct Report {
  ReportHead head;
  std::vector<ReportLine> lines;
  struct Unread {
    std::size_t line = 0;
    std::string why;
  };
  std::vector<Unread> unread;  // lines that are cut, damaged or of a kind that nobody knows
};

// The newest end in it; null while there is none, or when something happened after it, also when
// nobody can read what.
[[nodiscard]] const ReportEnd* end_of(const Report& report);
[[nodiscard]] bool is_full(const Report& report);
// Every verdict once more, by the judge of this build.
[[nodiscard]] Replayed replay(const Report& report);

// Puts a report together from its lines, in their order.
class ReportReader {
 public:
  // `line` as it was parsed, or why it could not be. An error ends it: the first line is no head
  // (`malformed`), or of a format that is newer than ours (`rejected`), or they are too many
  // (`malformed`). Later lines only become unread.
  [[nodiscard]] Result<Unit> take(std::size_t number, const Result<Tree>& line);
  // `malformed` when there was no line at all.
  [[nodiscard]] Result<Report> finish() &&;

 private:
  std::optional<ReportHead> head_;
  Report report_;
};

}  // namespace kai::core
