// Evidence: from slices to frames to a verdict, for one step at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/judge.h"
#include "core/judge/slice.h"
#include "core/rollout/observation.h"
#include "core/traffic/weight.h"
#include "ports/metric_source.h"

namespace kai::engine {

// What a check is about.
struct Question {
  core::Ask ask = core::Ask::tick;
  bool check = false;       // a check is due
  core::Weight authorised;  // for the share
};

class EvidenceCollector {
 public:
  // `rejected` when the judge cannot work with this configuration.
  [[nodiscard]] static Result<EvidenceCollector> create(core::JudgeConfig config);

  // Evidence begins anew: only slices that begin at `start` (source's clock) or later count. Called
  // when a weight was applied, and whenever it was not applied in between.
  void begin(WallTime start);
  // No slice counts until the next `begin`.
  void stop();
  // An answer of the metric source, or why there is none.
  void take(const Result<ports::Counters>& answer);
  // What the tick may know. At a check, everything taken since the last one is judged.
  [[nodiscard]] core::EvidenceSeen look(const Question& question);

  [[nodiscard]] const core::JudgeConfig& config() const { return config_; }
  [[nodiscard]] const std::vector<core::ServiceFacts>& facts() const { return facts_; }
  // The source's clock at its last answer; empty before the first.
  [[nodiscard]] std::optional<WallTime> source_now() const { return source_now_; }

 private:
  EvidenceCollector(core::JudgeConfig config, core::Judge judge);
  void add(const core::Slice& slice);
  [[nodiscard]] core::Frame take_frame(const Question& question);
  [[nodiscard]] bool is_over_delivered(core::Weight authorised) const;

  core::JudgeConfig config_;
  core::Judge judge_;
  core::EvidenceSeen::State state_ = core::EvidenceSeen::State::none;
  std::string trouble_;  // why there is no evidence; empty when there is
  std::string last_sentence_ = "no evidence yet";
  bool arms_apart_ = false;
  std::optional<WallTime> start_;  // evidence counts from here; empty: it does not count
  bool step_started_ = false;      // the next frame is the first since `begin`
  bool answered_since_check_ = false;
  std::vector<core::ServiceCounts> pending_;  // since the last frame
  WallTime pending_from_;
  WallTime pending_to_;
  std::uint64_t sequence_ = 0;
  std::uint64_t canary_requests_ = 0;  // since `begin`
  std::uint64_t all_requests_ = 0;
  std::optional<WallTime> source_now_;
  std::vector<core::ServiceFacts> facts_;
};

}  // namespace kai::engine
