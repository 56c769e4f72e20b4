#include "engine/evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "core/judge/judge_fresh.h"
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

// Answers come a little early or late; an interval is over when this much of it is missing at most.
constexpr Duration early_max = std::chrono::milliseconds(500);

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

// A frame is complete: each edge has a count, also where nothing was seen. The sequential rule
// takes an arm without any count of an edge as one that says nothing about it.
void fill_edges(std::vector<core::ServiceCounts>& services, const core::JudgeConfig& config) {
  for (std::size_t i = 0; i < services.size(); ++i) {
    services[i].canary.slower.resize(config.services[i].edges.size());
    services[i].baseline.slower.resize(config.services[i].edges.size());
  }
}

// What keeps the judge from an answer is the number of requests, not what they said.
bool is_for_want_of_requests(core::VerdictReason reason) {
  return reason == core::VerdictReason::collecting ||
         reason == core::VerdictReason::too_few_requests ||
         reason == core::VerdictReason::outside_tolerance;
}

// The sequential rule names silence only after minutes, which no lag explains; before the first
// interval with both versions it does not wait for that.
bool is_silence_too_short(const core::Verdict& verdict) {
  if (verdict.reason == core::VerdictReason::warming_up)
    return verdict.sequential && verdict.sequential->facts.quiet_intervals > 0;
  if (verdict.reason != core::VerdictReason::no_canary_traffic) return false;
  return !verdict.sequential || verdict.sequential->reason != verdict.reason;
}

std::uint64_t canary_requests_in(const core::Frame& frame) {
  std::uint64_t sum = 0;
  for (const core::ServiceCounts& service : frame.services) sum += service.canary.requests;
  return sum;
}

std::uint64_t requests_in(const core::Frame& frame) {
  std::uint64_t sum = canary_requests_in(frame);
  for (const core::ServiceCounts& service : frame.services) sum += service.baseline.requests;
  return sum;
}

}  // namespace

Result<EvidenceCollector> EvidenceCollector::create(core::JudgeConfig config, Collecting how) {
  auto judge = core::Judge::create(config);
  if (!judge) return std::unexpected(judge.error());
  return EvidenceCollector(std::move(config), std::move(how), std::move(*judge));
}

Result<EvidenceCollector> EvidenceCollector::resume(core::JudgeConfig config, Collecting how,
                                                    const core::Judged& judged) {
  auto judge = core::Judge::restore(config, judged.evidence);
  if (!judge) return std::unexpected(judge.error());
  EvidenceCollector collector(std::move(config), std::move(how), std::move(*judge));
  collector.judged_ = judged;
  collector.sequence_ = judged.frames;
  return collector;
}

EvidenceCollector::EvidenceCollector(core::JudgeConfig config, Collecting how, core::Judge judge)
    : config_(std::move(config)),
      how_(std::move(how)),
      judge_(std::move(judge)),
      pending_(config_.services.size()),
      young_(config_.services.size()),
      heard_(config_.services.size()),
      facts_(config_.services.size()) {}

void EvidenceCollector::drop_pending() {
  pending_.assign(config_.services.size(), {});
  young_.assign(config_.services.size(), {});
}

// What an owner before us has counted is not counted again, whatever the source's clock did since.
void EvidenceCollector::begin(WallTime start) {
  if (is_sequential()) start = std::max(start, judged_.to);
  start_ = start;
  step_started_ = true;
  answered_since_check_ = false;
  drop_pending();
  heard_.assign(config_.services.size(), false);
  pending_from_ = pending_to_ = start;
  canary_requests_ = all_requests_ = 0;
}

void EvidenceCollector::stop() {
  start_.reset();
  drop_pending();
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
  const bool canary = slice.arm == core::Arm::canary;
  all_requests_ += slice.requests;
  if (canary) canary_requests_ += slice.requests;
  if (canary) heard_[slice.service] = true;
  pending_to_ = std::max(pending_to_, slice.to);
  // Caches are cold and pools empty for a while in every fresh pod, in either arm.
  const bool young = slice.age < how_.warm_up;
  core::ServiceCounts& service = (young ? young_ : pending_)[slice.service];
  if (!young || canary) add_counts(canary ? service.canary : service.baseline, slice);
}

bool EvidenceCollector::is_due(const Question& question) {
  if (!question.check || !is_sequential()) return question.check;
  if (!source_now_) return false;
  pending_from_ = std::min(pending_from_, *source_now_);  // the source's clock was put back
  const Duration early = std::min<Duration>(how_.frame / 4, early_max);
  return *source_now_ - pending_from_ >= how_.frame - early;
}

// Both arms are cut at one moment, that of the answer: each pod's last scrape before it.
WallTime EvidenceCollector::end_of_frame() const {
  return is_sequential() && source_now_ ? *source_now_ : pending_to_;
}

core::Frame EvidenceCollector::take_frame(const Question& question) {
  fill_edges(pending_, config_);
  fill_edges(young_, config_);
  const WallTime end = end_of_frame();
  const bool started = std::exchange(step_started_, false);
  core::Frame frame{
      .sequence = ++sequence_,
      .span = std::max<Duration>(end - pending_from_, std::chrono::milliseconds(1)),
      .ask = question.ask,
      .check = true,
      .step_started = is_sequential() ? question.step_started : started,
      .services = std::exchange(pending_, {}),
      .weight_ppm = static_cast<std::uint32_t>(question.authorised.hundredths()) * 100};
  if (is_sequential()) frame.young = std::exchange(young_, {});
  drop_pending();
  pending_from_ = end;
  answered_since_check_ = false;
  return frame;
}

// How many times the requests of one of stable's pods a pod of the canary gets: what was learned of
// the scatter between pods holds for that many. From the weight and the old version's traffic,
// since the canary's own may be what is wrong with it.
double EvidenceCollector::load_ratio(const core::Frame& frame, const Question& question) const {
  const double share = question.authorised.share();
  double ratio = 1;
  for (std::size_t i = 0; i < frame.services.size(); ++i) {
    const double before = i < how_.requests_per_second.size() ? how_.requests_per_second[i] : 0.0;
    const double pods = i < question.canary_pods.size() ? question.canary_pods[i] : 0.0;
    if (!(before > 0) || !(pods > 0) || !(share > 0) || share >= 1) continue;
    const auto old_version = static_cast<double>(frame.services[i].baseline.requests);
    const double expected = old_version * share / (1 - share) / seconds_of(frame.span);
    ratio = std::max(ratio, expected / pods / before);
  }
  return ratio;
}

bool EvidenceCollector::is_over_delivered(core::Weight authorised) const {
  const double share = authorised.share();
  const double all = static_cast<double>(all_requests_);
  if (share <= 0 || share >= 1 || all * share < share_requests_min) return false;
  const double deviation = std::sqrt(share_dispersion * share * (1 - share) / all);
  const double most = share + std::max(share_points, share_deviations * deviation);
  return static_cast<double>(canary_requests_) / all > most;
}

// The source lags by a scrape or two: as long as nothing came, it is not known whether requests
// did.
std::string EvidenceCollector::sentence_about(const core::Verdict& verdict) const {
  if (!is_silence_too_short(verdict) || heard_[verdict.culprit])
    return core::sentence_of(verdict, config_);
  return config_.services[verdict.culprit].name +
         ": no counts of the canary have arrived since the weight was applied";
}

core::EvidenceSeen EvidenceCollector::look(const Question& question) {
  EvidenceSeen seen{.state = state_,
                    .arms_apart = arms_apart_,
                    .sentence = trouble_.empty() ? last_sentence_ : trouble_};
  seen.canary_requests = canary_requests_;
  seen.all_requests = all_requests_;
  if (!start_) return seen;
  // After a gap of the source one version's pods are scraped before the other's: what came in the
  // gap is then counted for one of them alone.
  seen.over_delivered =
      state_ == EvidenceSeen::State::fresh && is_over_delivered(question.authorised);
  seen.from = *start_;
  seen.to = pending_to_;
  // Nothing new since the last check is no check: silence must not be judged a second time.
  if (!answered_since_check_ || state_ != EvidenceSeen::State::fresh || !is_due(question))
    return seen;
  judge(question, seen);
  return seen;
}

void EvidenceCollector::judge(const Question& question, core::EvidenceSeen& seen) {
  core::Frame frame = take_frame(question);
  if (frame.step_started) judged_.load_ratio = load_ratio(frame, question);
  if (is_sequential()) frame.load_ratio = judged_.load_ratio;
  seen.verdict = core::judge_fresh(judge_, frame);
  facts_ = seen.verdict->facts;
  last_sentence_ = sentence_about(*seen.verdict);
  seen.sentence = last_sentence_;
  if (is_sequential()) keep(frame, *seen.verdict);
  frame_judged_ = core::FrameJudged{
      .frame = std::move(frame), .verdict = *seen.verdict, .sentence = last_sentence_};
  if (!is_sequential()) return;
  seen.judged = judged_;
  if (question.ask != core::Ask::tick && is_for_want_of_requests(seen.verdict->reason))
    seen.unproved = core::unproved_sentence(*seen.verdict, config_, question.authorised.share());
}

void EvidenceCollector::keep(const core::Frame& frame, const core::Verdict& verdict) {
  judged_.frames = frame.sequence;
  judged_.to = std::max(judged_.to, pending_from_);
  judged_.canary_requests += canary_requests_in(frame);
  judged_.all_requests += requests_in(frame);
  judged_.of_step = true;
  judged_.failed = verdict.outcome == core::Outcome::fail;
  judged_.sentence = last_sentence_;
  judged_.evidence = judge_.saved();
  if (judged_.evidence.size() > saved_evidence_max) judged_.evidence.clear();
}

}  // namespace kai::engine
