// Evidence: from slices to frames to a verdict, for one step at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/judge.h"
#include "core/judge/judge_log.h"
#include "core/judge/slice.h"
#include "core/rollout/observation.h"
#include "core/traffic/weight.h"
#include "ports/metric_source.h"

namespace kai::engine {

// What a check is about.
struct Question {
  core::Ask ask = core::Ask::tick;
  bool check = false;  // a check is due; for the sequential rule: evidence counts at the moment
  core::Weight authorised;                   // of the canary
  bool step_started = true;                  // the step has no frame yet
  std::vector<std::uint32_t> canary_pods{};  // ready, per service; empty: unknown
};

// How slices become frames.
struct Collecting {
  Duration frame{0};    // length of the intervals that are compared
  Duration warm_up{0};  // pods younger than it are not judged
  // Of one of stable's pods, per service, before the canary came; empty or 0: unknown.
  std::vector<double> requests_per_second{};
};

// A record keeps no more of a judge's evidence.
inline constexpr std::size_t saved_evidence_max = std::size_t{384} << 10U;

class EvidenceCollector {
 public:
  // `rejected` when the judge cannot work with this configuration.
  [[nodiscard]] static Result<EvidenceCollector> create(core::JudgeConfig config,
                                                        Collecting how = {});
  // Goes on where `judged` is. `malformed` when its evidence cannot be read or belongs to another
  // configuration: then there is none, and nothing follows from it.
  [[nodiscard]] static Result<EvidenceCollector> resume(core::JudgeConfig config, Collecting how,
                                                        const core::Judged& judged);

  // Evidence begins anew: only slices that begin at `start` (source's clock) or later count. Called
  // when a weight was applied, and whenever it was not applied in between.
  void begin(WallTime start);
  // No slice counts until the next `begin`.
  void stop();
  // An answer of the metric source, or why there is none.
  void take(const Result<ports::Counters>& answer);
  // What the tick may know. At a check, everything taken since the last one is judged; the
  // sequential rule judges whenever an interval is over.
  [[nodiscard]] core::EvidenceSeen look(const Question& question);

  // The frame that the last look judged, with its verdict; only once.
  [[nodiscard]] std::optional<core::FrameJudged> take_judged() {
    return std::exchange(frame_judged_, std::nullopt);
  }

  // Said instead of a verdict until there is one.
  void explain(std::string sentence) { last_sentence_ = std::move(sentence); }

  [[nodiscard]] const core::JudgeConfig& config() const { return config_; }
  // Whether it looks at every interval by itself, instead of when a check is due.
  [[nodiscard]] bool is_sequential() const { return config_.rule == core::Rule::sequential; }
  [[nodiscard]] const std::vector<core::ServiceFacts>& facts() const { return facts_; }
  // The source's clock at its last answer; empty before the first.
  [[nodiscard]] std::optional<WallTime> source_now() const { return source_now_; }

 private:
  EvidenceCollector(core::JudgeConfig config, Collecting how, core::Judge judge);
  void add(const core::Slice& slice);
  void drop_pending();
  [[nodiscard]] bool is_due(const Question& question);
  [[nodiscard]] core::Frame take_frame(const Question& question);
  [[nodiscard]] WallTime end_of_frame() const;
  [[nodiscard]] double load_ratio(const core::Frame& frame, const Question& question) const;
  void judge(const Question& question, core::EvidenceSeen& seen);
  void keep(const core::Frame& frame, const core::Verdict& verdict);
  [[nodiscard]] bool is_over_delivered(core::Weight authorised) const;
  [[nodiscard]] std::string sentence_about(const core::Verdict& verdict) const;

  core::JudgeConfig config_;
  Collecting how_;
  core::Judge judge_;
  core::Judged judged_;  // of the sequential rule
  core::EvidenceSeen::State state_ = core::EvidenceSeen::State::none;
  std::string trouble_;  // why there is no evidence; empty when there is
  std::string last_sentence_ = "no evidence yet";
  bool arms_apart_ = false;
  std::optional<WallTime> start_;  // evidence counts from here; empty: it does not count
  bool step_started_ = false;      // the next frame is the first since `begin`
  bool answered_since_check_ = false;
  std::vector<core::ServiceCounts> pending_;  // since the last frame
  std::vector<core::ServiceCounts> young_;    // ... of the canary's pods that warm up
  std::vector<bool> heard_;  // per service: counts of its canary came since `begin`, zeros too
  WallTime pending_from_;
  WallTime pending_to_;
  std::uint64_t sequence_ = 0;
  std::uint64_t canary_requests_ = 0;  // since `begin`
  std::uint64_t all_requests_ = 0;
  std::optional<WallTime> source_now_;
  std::vector<core::ServiceFacts> facts_;
  std::optional<core::FrameJudged> frame_judged_;
};

}  // namespace kai::engine
