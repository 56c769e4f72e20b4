#include "tests/scenarios/story.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "engine/plans.h"

namespace kai::scenarios {
namespace {

using core::EvidenceSeen;
using core::Phase;
using core::Record;
using core::RouteSeen;
using core::Weight;

constexpr std::int64_t helm_takes = 3;  // seconds
const std::vector<double> edges{0.1, 0.25, 0.5, 1.0, 2.5};

WallTime wall(std::int64_t second) { return {std::chrono::seconds(1'000'000 + second)}; }

// The rest of `words` after `start`; empty when they begin otherwise.
std::optional<std::string> after(std::string_view words, std::string_view start) {
  if (!words.starts_with(start)) return std::nullopt;
  return std::string(words.substr(start.size()));
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end) return std::nullopt;
  return value;
}

std::string unquoted(std::string text) {
  std::erase(text, '"');
  return text;
}

std::optional<Duration> duration_in(const std::string& text) {
  return parse_duration(text, std::chrono::seconds(1));
}

// "10% for 20s".
bool read_step(const std::string& words, core::Plan& plan) {
  const std::size_t middle = words.find(" for ");
  if (middle == std::string::npos) return false;
  const auto weight = Weight::from_percent(words.substr(0, middle));
  const auto time = duration_in(words.substr(middle + 5));
  if (!weight || !time) return false;
  plan.steps.push_back({*weight, *time});
  return true;
}

bool read_time(const std::string& words, core::Plan& plan) {
  const std::pair<std::string_view, Duration*> times[] = {
      {"interval ", &plan.timing.interval},
      {"ready within ", &plan.timing.ready_within},
      {"applied within ", &plan.timing.applied_within},
      {"final bake ", &plan.timing.final_bake},
      {"drain ", &plan.timing.drain},
      {"timeout ", &plan.timing.timeout},
      {"unknown budget ", &plan.policy.unknown_budget}};
  for (const auto& [name, into] : times) {
    const auto rest = after(words, name);
    const auto time = rest ? duration_in(*rest) : std::nullopt;
    if (time) *into = *time;
    if (rest) return time.has_value();
  }
  return false;
}

bool read_limit(const std::string& words, core::Plan& plan) {
  if (const auto rest = after(words, "success at least ")) {
    const auto percent = number_in(std::string_view(*rest).substr(0, rest->find('%')));
    plan.limits.success_percent_min = percent.value_or(0);
    return percent.has_value();
  }
  if (const auto rest = after(words, "latency at most ")) {
    plan.limits.latency_max = duration_in(*rest);
    return plan.limits.latency_max.has_value();
  }
  return false;
}

bool read_judge(const std::string& words, core::Plan& plan) {
  if (words == "judge sequential") {
    plan.limits.judge = core::JudgeRule::sequential;
    plan.limits.warm_up = Duration::zero();
    return true;
  }
  const auto rest = after(words, "warm up ");
  const auto time = rest ? duration_in(*rest) : std::nullopt;
  if (time) plan.limits.warm_up = *time;
  return time.has_value();
}

bool read_policy(const std::string& words, core::Plan& plan) {
  if (words == "allow idle") return plan.metrics.allow_idle = true;
  using core::OnFail;
  using core::OnInconclusive;
  using core::OnUnknown;
  core::Policy& policy = plan.policy;
  const std::string rest = after(words, "on ").value_or("");
  if (words == "a person promotes") {
    policy.promote_by_itself = false;
  } else if (rest == "fail freeze") {
    policy.on_fail = OnFail::freeze;
  } else if (rest == "unknown hold") {
    policy.on_unknown = OnUnknown::hold;
  } else if (rest == "unknown rollback") {
    policy.on_unknown = OnUnknown::rollback;
  } else if (rest == "inconclusive rollback") {
    policy.on_inconclusive = OnInconclusive::rollback;
  } else if (rest == "inconclusive promote") {
    policy.on_inconclusive = OnInconclusive::promote;
  } else {
    return false;
  }
  return true;
}

bool read_plan(const std::string& words, Record& record) {
  core::Plan& plan = record.plan;
  if (const auto rest = after(words, "step ")) return read_step(*rest, plan);
  if (words == "first install") {
    record.first_install = true;
    record.start_revision = 0;
    record.phase = Phase::promoting;
    record.stage = core::Stage::upgrade;
    return true;
  }
  return read_time(words, plan) || read_limit(words, plan) || read_judge(words, plan) ||
         read_policy(words, plan);
}

Record new_record() {
  Record record;
  record.rollout = "story";
  record.epoch = 1;
  record.settled = false;
  record.start_revision = 7;
  record.plan.services = {{.name = "api-server", .port = {}}};
  record.plan.timing.interval = std::chrono::seconds(10);
  record.plan.timing.ready_within = std::chrono::seconds(60);
  record.plan.timing.applied_within = std::chrono::seconds(30);
  record.plan.timing.final_bake = std::chrono::seconds(10);
  record.plan.timing.drain = std::chrono::seconds(5);
  record.plan.timing.helm_timeout = std::chrono::seconds(20);
  record.plan.policy.unknown_budget = std::chrono::seconds(30);
  record.workload_plan = engine::pack(ports::WorkloadPlan{
      .data = "workload", .name_space = "shop", .services = {{.name = "api-server"}}, .lines = {}});
  record.metric_plan = engine::pack(ports::MetricPlan{.data = "metrics",
                                                      .edges = {edges},
                                                      .scrape_interval = std::chrono::seconds(1),
                                                      .lines = {}});
  return record;
}

Result<engine::EvidenceCollector> collector_for(const Record& record) {
  const auto config = engine::judge_config(record.plan, record.workload_plan, record.metric_plan);
  const auto how = engine::collecting(record.plan, record.metric_plan);
  const bool goes_on = record.judged.frames > 0 && config.rule == core::Rule::sequential;
  return goes_on ? engine::EvidenceCollector::resume(config, how, record.judged)
                 : engine::EvidenceCollector::create(config, how);
}

std::vector<std::uint64_t> slower_than(std::int64_t latency_ms, std::uint64_t requests) {
  std::vector<std::uint64_t> slower;
  for (const double edge : edges) {
    slower.push_back(static_cast<double>(latency_ms) > edge * 1000 ? requests : 0);
  }
  return slower;
}

}  // namespace

Result<Story> Story::begin(const std::vector<std::string>& plan) {
  Record record = new_record();
  for (const std::string& words : plan) {
    if (!read_plan(words, record))
      return fail(ErrorKind::malformed, "no plan says '" + words + "'");
  }
  if (record.plan.steps.empty()) {
    record.plan.steps = {{Weight::from_hundredths(1000), std::chrono::seconds(20)},
                         {Weight::from_hundredths(2500), std::chrono::seconds(20)}};
  }
  for (const core::Step& step : record.plan.steps)
    record.plan.timing.canary_time = std::max(record.plan.timing.canary_time, step.bake_time);
  auto collector = collector_for(record);
  if (!collector) return std::unexpected(collector.error());
  Story story(std::move(record), std::move(*collector));
  if (story.record_.first_install) {
    story.release_.state = core::ReleaseSeen::State::absent;
    story.record_.plan.timing.canary_time = story.record_.plan.steps.front().bake_time;
  }
  return story;
}

bool Story::see_pods(const std::string& words) {
  const bool pull = words.starts_with("pods cannot start ");
  if (words == "pods ready") {
    pods_ = {};
    source_.pods_since = second_;
  } else if (words == "pods starting" || words == "pods lost") {
    pods_ = {.carries = Weight::zero(), .ready = false};
  } else if (words == "pods unknown") {
    pods_ = {.known = Known::unknown};
  } else if (words == "pods of another image") {
    pods_ = {.digests_match = false};
  } else if (const auto no = after(words, "clones refused ")) {
    pods_.refused = core::Reason{.code = "refused_by_server", .sentence = unquoted(*no)};
  } else if (const auto rest = after(words, "pods carry ")) {
    pods_ = {.carries = Weight::from_percent(*rest).value_or(Weight::zero()), .ready = false};
  } else if (pull) {
    pods_ = {.carries = Weight::zero(),
             .ready = false,
             .fatal = core::Reason{.code = "pods_failed", .sentence = unquoted(words.substr(18))}};
  } else {
    return false;
  }
  return true;
}

bool Story::see_route(const std::string& words) {
  const std::size_t by = words.find(" by ");
  const auto weight = Weight::from_percent(
      words.starts_with("route ") && by != std::string::npos ? words.substr(6, by - 6) : "none");
  if (words == "route follows") {
    route_ = {.attached = route_.attached, .live = route_.live};
  } else if (words == "route stuck") {
    route_.follows = false;
    route_.state = RouteSeen::State::pending;
  } else if (words == "route refused") {
    route_.follows = false;
    route_.state = RouteSeen::State::refused;
  } else if (words == "route gone") {
    route_ = {.state = RouteSeen::State::gone, .follows = false};
  } else if (words == "route unknown") {
    route_.known = Known::unknown;
  } else if (weight) {
    route_.live = *weight;
    route_.who = words.substr(by + 4);
  } else {
    return false;
  }
  return true;
}

bool Story::see_source(const std::string& words) {
  using State = Source::State;
  const auto rest = [&](std::string_view start) { return after(words, start); };
  if (words == "source up") {
    source_.state = State::up;
  } else if (words == "source down") {
    source_.state = State::down;
  } else if (words == "source rejects") {
    source_.state = State::rejects;
  } else if (words == "source stale") {
    source_.state = State::stale;
  } else if (words == "no series of the canary") {
    source_.arms_apart = false;
  } else if (words == "no traffic") {
    source_.requests = 0;
  } else if (words == "traffic") {
    source_.requests = 1000;
  } else if (const auto rate = rest("traffic of ")) {
    source_.requests =
        static_cast<std::uint64_t>(number_in(rate->substr(0, rate->find('/'))).value_or(0));
  } else if (const auto both = rest("errors of both ")) {
    source_.errors_percent = number_in(both->substr(0, both->find('%'))).value_or(-1);
    source_.stable_errors_percent = source_.errors_percent;
  } else if (const auto errors = rest("errors ")) {
    source_.errors_percent = number_in(errors->substr(0, errors->find('%'))).value_or(-1);
  } else if (const auto latency = rest("latency ")) {
    source_.latency_ms = duration_in(*latency).value_or(Duration{}).count() / 1'000'000;
  } else {
    return false;
  }
  return true;
}

bool Story::see_release(const std::string& words) {
  if (words == "helm fails") {
    release_.fails = true;
  } else if (words == "stable does not come back") {
    release_.comes_back = false;
  } else if (words == "stable comes back") {
    release_.comes_back = release_.stable_ready = true;
  } else if (words == "stable crashes") {
    release_.stable_ready = false;
  } else if (words == "somebody upgrades the release") {
    release_.state = core::ReleaseSeen::State::superseded;
  } else if (words == "release unknown") {
    release_.known = Known::unknown;
  } else if (words == "release known") {
    release_.known = Known::yes;
  } else {
    return false;
  }
  return true;
}

bool Story::hear(const std::string& words) {
  const std::size_t by = words.find(" by ");
  if (words == "owner dies") {
    die();
    return true;
  }
  if (words == "saved evidence damaged") {
    record_.judged.evidence += "!";
    return true;
  }
  const auto verb = core::verb_from(words.substr(0, by));
  if (!verb || by == std::string::npos) return false;
  heard_.push_back({.id = "c" + std::to_string(++commands_),
                    .verb = *verb,
                    .who = words.substr(by + 4),
                    .when = wall(second_)});
  return true;
}

Result<Unit> Story::see(const std::string& words) {
  if (see_pods(words) || see_route(words) || see_source(words) || see_release(words) || hear(words))
    return Unit{};
  return fail(ErrorKind::malformed, "nobody knows what '" + words + "' means");
}

// A new owner knows what is saved, and nothing else.
void Story::die() {
  record_ = core::taken_over(std::move(record_));
  record_.epoch += 1;
  record_.seq += 1;
  collect_anew();
}

// As the engine does it: what cannot be read is no evidence.
void Story::collect_anew() {
  auto collector = collector_for(record_);
  if (!collector) {
    record_.judged = {};
    collector = collector_for(record_);
  }
  if (collector) collector_ = std::move(*collector);
  evidence_begun_ = false;
}

std::optional<RouteSeen> Story::route_seen() const {
  if (!record_.route_touched || route_.known == Known::unknown) return std::nullopt;
  return RouteSeen{.state = route_.state,
                   .attached = route_.attached,
                   .live = route_.live,
                   .live_min = route_.live,
                   .stamp = {},
                   .foreign = !route_.who.empty(),
                   .who = route_.who,
                   .detail = ""};
}

std::optional<core::WorkloadSeen> Story::workload_seen() const {
  if (pods_.known == Known::unknown) return std::nullopt;
  const bool upgraded = release_.state == core::ReleaseSeen::State::upgraded;
  core::WorkloadSeen seen;
  seen.canary_exists = true;
  seen.canary = {.wanted = 1,
                 .ready = pods_.ready,
                 .carries = pods_.carries,
                 .any_service_empty = pods_.carries.is_zero(),
                 .fatal = pods_.fatal,
                 .digests_match = pods_.digests_match};
  seen.stable = {
      .wanted = 4, .ready = release_.stable_ready, .carries = Weight::full(), .fatal = {}};
  if (upgraded && !release_.stable_ready)
    seen.stable.fatal = core::Reason{.code = "crash_loop", .sentence = "api-server crash loops"};
  seen.stable_is_candidate = upgraded;
  seen.stable_is_as_started = !upgraded;
  return seen;
}

std::optional<core::ReleaseSeen> Story::release_seen() const {
  if (release_.known == Known::unknown) return std::nullopt;
  using Helm = core::ReleaseSeen::Helm;
  return core::ReleaseSeen{.state = release_.state,
                           .helm = release_.running ? Helm::running : Helm::idle,
                           .detail = release_.fails ? "helm: pods did not get ready" : ""};
}

Result<ports::Counters> Story::counters() const {
  switch (source_.state) {
    case Source::State::up:
    case Source::State::stale:
      break;
    case Source::State::down:
      return fail(ErrorKind::unavailable, "connection refused");
    case Source::State::rejects:
      return fail(ErrorKind::rejected, "401 Unauthorized");
  }
  ports::Counters counters{.slices = {},
                           .source_now = wall(second_),
                           .silent_pods = {},
                           .arms_apart = source_.arms_apart,
                           .stale = source_.state == Source::State::stale};
  if (counters.stale) return counters;  // without traffic the counters stand, and are seen to
  const double share = record_.first_install ? 1 : route_.live.share();
  const auto canary = static_cast<std::uint64_t>(static_cast<double>(source_.requests) * share);
  const auto errors =
      static_cast<std::uint64_t>(static_cast<double>(canary) * source_.errors_percent / 100);
  const core::Slice slice{.service = 0,
                          .arm = core::Arm::canary,
                          .target = "canary-0",
                          .from = wall(second_ - 1),
                          .to = wall(second_),
                          .age = std::chrono::seconds(second_ - 1 - source_.pods_since),
                          .requests = canary,
                          .errors = errors,
                          .timed = canary,
                          .slower = slower_than(source_.latency_ms, canary)};
  core::Slice stable = slice;
  stable.arm = core::Arm::baseline;
  stable.target = "stable-0";
  stable.requests = stable.timed = source_.requests - canary;
  stable.errors = static_cast<std::uint64_t>(static_cast<double>(stable.requests) *
                                             source_.stable_errors_percent / 100);
  stable.age = Duration::max();
  stable.slower = slower_than(100, stable.requests);
  counters.slices = {slice, stable};
  return counters;
}

// As the engine does it: evidence counts while the weight is applied, and is checked once in an
// interval.
EvidenceSeen Story::evidence(const core::Observation& seen) {
  if (!world_.measure) return {};
  collector_.take(counters());
  const bool watching = record_.stage == core::Stage::watch && release_.stable_ready;
  const bool counts = world_.judge && (watching || core::is_applied(record_, seen));
  const bool lost = !world_.judge || (seen.route && seen.route->foreign);
  if (evidence_begun_ && lost) {
    collector_.stop();
    evidence_begun_ = false;
  }
  if (!evidence_begun_ && counts && collector_.source_now()) {
    collector_.begin(*collector_.source_now());
    evidence_begun_ = true;
    next_check_ = second_ + record_.plan.timing.interval.count() / 1'000'000'000;
  }
  const bool full = record_.stage == core::Stage::watch;
  const bool due = evidence_begun_ && (collector_.is_sequential() || second_ >= next_check_);
  EvidenceSeen evidence = collector_.look({.ask = world_.ask,
                                           .check = due,
                                           .authorised = full ? Weight::full() : record_.authorised,
                                           .step_started = !record_.judged.of_step,
                                           .canary_pods = {1}});
  if (evidence.verdict) next_check_ += record_.plan.timing.interval.count() / 1'000'000'000;
  return evidence;
}

core::Observation Story::observe() {
  core::Observation seen{.elapsed = std::chrono::seconds(1),
                         .credited = std::chrono::seconds(1),
                         .now = wall(second_),
                         .durable = true};
  seen.route = route_seen();
  seen.workload = workload_seen();
  seen.release = release_seen();
  seen.restored = world_.route_restored && !route_.attached;
  seen.discarded = world_.discard;
  seen.clones_refused = pods_.refused;
  seen.evidence_kept = true;
  seen.commands = std::exchange(heard_, {});
  seen.evidence = evidence(seen);
  return seen;
}

// What was wanted a second ago is so now, where the table does not say otherwise. A weight above
// ours is pushed down; a lower one is not raised by anything but a decision.
void Story::follow_world() {
  follow_release();
  if (!route_.follows) return;
  if (world_.route_restored) route_ = {.known = route_.known};
  if (!world_.attached || !record_.route_touched) return;
  route_.attached = true;
  route_.live = world_.weight;
  route_.who.clear();
}

void Story::follow_release() {
  using Action = core::World::ReleaseAction;
  using State = core::ReleaseSeen::State;
  if (release_.running && second_ >= release_.runs_until) {
    release_.running = false;
    if (release_.state == State::as_started || release_.state == State::absent) {
      release_.state = release_.fails ? State::reverted : State::upgraded;
    } else if (release_.state != State::superseded) {
      release_.state = State::reverted;
      release_.stable_ready = release_.comes_back;
    }
  }
  if (release_.running) return;
  const bool untouched = release_.state == State::as_started || release_.state == State::absent;
  const bool upgrade = world_.release == Action::upgrade && untouched;
  const bool revert = world_.release == Action::revert && release_.state == State::upgraded;
  if (!upgrade && !revert) return;
  release_.running = true;
  release_.runs_until = second_ + helm_takes;
}

void Story::tick() {
  second_ += 1;
  const core::Observation seen = observe();
  const core::Weight before = record_.authorised;
  const std::uint64_t frames = record_.judged.frames;
  record_ = core::advance(std::move(record_), seen);
  world_ = core::wanted(record_);
  if (frames > 0 && record_.judged.frames == 0 && !core::is_over(record_)) collect_anew();
  const bool other_weight = before != record_.authorised;
  if (other_weight && (record_.stage == core::Stage::weigh || collector_.is_sequential()))
    evidence_begun_ = false;
  follow_world();
}

Result<bool> Story::holds(const std::string& words) const {
  using Action = core::World::ReleaseAction;
  if (const auto stage = core::stage_from(words)) return record_.stage == *stage;
  if (const auto phase = core::phase_from(words)) return record_.phase == *phase;
  if (words == "over") return core::is_over(record_);
  if (words == "upgrades") return world_.release == Action::upgrade;
  if (words == "reverts") return world_.release == Action::revert;
  if (words == "no entry") return !world_.attached;
  if (const auto rest = after(words, "weight "))
    return Weight::from_percent(*rest) == record_.authorised;
  if (const auto rest = after(words, "step "))
    return number_in(*rest) == static_cast<double>(record_.step + 1);
  if (const auto rest = after(words, "exit "))
    return number_in(*rest) == static_cast<double>(core::exit_code_of(record_));
  if (const auto rest = after(words, "because ")) return record_.reason.code == *rest;
  if (const auto rest = after(words, "says "))
    return record_.reason.sentence.find(unquoted(*rest)) != std::string::npos;
  return fail(ErrorKind::malformed, "nobody knows what '" + words + "' means");
}

std::string Story::describe() const {
  std::string text = "at " + std::to_string(second_) + "s: " + std::string(name_of(record_.phase)) +
                     ", " + std::string(name_of(record_.stage)) + ", step " +
                     std::to_string(record_.step + 1) + ", weight " +
                     format_weight(record_.authorised) + ", exit " +
                     std::to_string(core::exit_code_of(record_)) + ", because " +
                     record_.reason.code + ", says \"" + record_.reason.sentence + "\"";
  return core::is_over(record_) ? text + ", over" : text;
}

}  // namespace kai::scenarios
