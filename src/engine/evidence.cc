#include "engine/evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "core/judge/sentence.h"

namespace kai::engine {
namespace {

using core::EvidenceSeen;

// Over-delivery must be proved: this many standard deviations of a binomial count, with room for
// keyed splits and few clients, and at least two points.
constexpr double share_deviations = 5;
constexpr double share_dispersion = 2;
constexpr double share_points = 0.02;
constexpr double share_requests_min = 400;

EvidenceSeen::State state_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable:
    case ErrorKind::malformed:
      return EvidenceSeen::State::unavailable;
    case ErrorKind::rejected:
      return EvidenceSeen::State::rejected;
    case ErrorKind::no_data:
      return EvidenceSeen::State::no_data;
  }
  return EvidenceSeen::State::unavailable;
}

void add_counts(core::ArmCounts& sum, const core::Slice& slice) {
  sum.requests += slice.requests;
  sum.errors += slice.errors;
  sum.timed += slice.timed;
  sum.slower.resize(std::max(sum.slower.size(), slice.slower.size()));
  for (std::size_t i = 0; i < slice.slower.size(); ++i) sum.slower[i] += slice.slower[i];
}

// A frame is complete: each edge has a count, also where nothing was seen.
void fill_edges(std::vector<core::ServiceCounts>& services, const core::JudgeConfig& config) {
  for (std::size_t i = 0; i < services.size(); ++i) {
    services[i].canary.slower.resize(config.services[i].edges.size());
    services[i].baseline.slower.resize(config.services[i].edges.size());
  }
}

// Traffic that stopped must not pass a step on what was seen before it stopped: a pass needs
// requests on every service's canary since the last check, however long the rule's own window is.
core::Verdict require_fresh(core::Verdict verdict, const core::Frame& frame) {
  if (verdict.outcome != core::Outcome::pass) return verdict;
  for (std::size_t i = 0; i < frame.services.size(); ++i) {
    if (frame.services[i].canary.requests > 0) continue;
    verdict.outcome = core::Outcome::inconclusive;
    verdict.reason = core::VerdictReason::no_canary_traffic;
    verdict.culprit = i;
    return verdict;
  }
  return verdict;
}

}  // namespace

Result<EvidenceCollector> EvidenceCollector::create(core::JudgeConfig config) {
  auto judge = core::Judge::create(config);
  if (!judge) return std::unexpected(judge.error());
  return EvidenceCollector(std::move(config), std::move(*judge));
}

EvidenceCollector::EvidenceCollector(core::JudgeConfig config, core::Judge judge)
    : config_(std::move(config)),
      judge_(std::move(judge)),
      pending_(config_.services.size()),
      facts_(config_.services.size()) {}

void EvidenceCollector::begin(WallTime start) {
  start_ = start;
  step_started_ = true;
  answered_since_check_ = false;
  pending_.assign(config_.services.size(), {});
  pending_from_ = pending_to_ = start;
  canary_requests_ = all_requests_ = 0;
}

void EvidenceCollector::stop() {
  start_.reset();
  pending_.assign(config_.services.size(), {});
}

void EvidenceCollector::take(const Result<ports::Counters>& answer) {
  if (!answer) {
    state_ = state_of(answer.error());
    trouble_ = answer.error().message;
    return;
  }
  source_now_ = answer->source_now;
  arms_apart_ = answer->arms_apart;
  state_ = answer->stale ? EvidenceSeen::State::no_data : EvidenceSeen::State::fresh;
  trouble_ = answer->stale ? "the newest samples are older than two scrapes" : "";
  if (!answer->silent_pods.empty()) trouble_ = "no series of pod " + answer->silent_pods.front();
  if (!answer->stale) answered_since_check_ = true;
  for (const core::Slice& slice : answer->slices) add(slice);
}

void EvidenceCollector::add(const core::Slice& slice) {
  KAI_CHECK(slice.service < pending_.size());
  if (!start_ || slice.from < *start_) return;  // it straddles the change of weight, or is older
  core::ServiceCounts& service = pending_[slice.service];
  const bool canary = slice.arm == core::Arm::canary;
  add_counts(canary ? service.canary : service.baseline, slice);
  all_requests_ += slice.requests;
  if (canary) canary_requests_ += slice.requests;
  pending_to_ = std::max(pending_to_, slice.to);
}

core::Frame EvidenceCollector::take_frame(const Question& question) {
  fill_edges(pending_, config_);
  const Duration span =
      std::max<Duration>(pending_to_ - pending_from_, std::chrono::milliseconds(1));
  core::Frame frame{.sequence = ++sequence_,
                    .span = span,
                    .ask = question.ask,
                    .check = true,
                    .step_started = std::exchange(step_started_, false),
                    .services = std::exchange(
                        pending_, std::vector<core::ServiceCounts>(config_.services.size()))};
  pending_from_ = pending_to_;
  answered_since_check_ = false;
  return frame;
}

bool EvidenceCollector::is_over_delivered(core::Weight authorised) const {
  const double share = authorised.share();
  const double all = static_cast<double>(all_requests_);
  if (share <= 0 || share >= 1 || all * share < share_requests_min) return false;
  const double deviation = std::sqrt(share_dispersion * share * (1 - share) / all);
  const double most = share + std::max(share_points, share_deviations * deviation);
  return static_cast<double>(canary_requests_) / all > most;
}

core::EvidenceSeen EvidenceCollector::look(const Question& question) {
  EvidenceSeen seen{.state = state_,
                    .arms_apart = arms_apart_,
                    .sentence = trouble_.empty() ? last_sentence_ : trouble_};
  seen.canary_requests = canary_requests_;
  seen.all_requests = all_requests_;
  if (!start_) return seen;
  seen.over_delivered = is_over_delivered(question.authorised);
  seen.from = *start_;
  seen.to = pending_to_;
  // Nothing new since the last check is no check: silence must not be judged a second time.
  if (!question.check || !answered_since_check_ || state_ != EvidenceSeen::State::fresh)
    return seen;
  const core::Frame frame = take_frame(question);
  seen.verdict = require_fresh(judge_.observe(frame), frame);
  facts_ = seen.verdict->facts;
  last_sentence_ = core::sentence_of(*seen.verdict, config_);
  seen.sentence = last_sentence_;
  return seen;
}

}  // namespace kai::engine
