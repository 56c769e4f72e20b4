#include "app/screen/words.h"

#include <fmt/format.h>

#include "core/plan/pods_word.h"

namespace kai::app {
namespace {

using core::Stage;

std::string step_text(const core::Record& record) {
  return fmt::format("step {}/{}", record.step + 1, record.plan.steps.size());
}

std::string of_stage(const core::Record& record) {
  switch (record.stage) {
    case Stage::bring_up:
      return "bringing the canary up; waiting for its " + core::pods_word(record.plan);
    case Stage::attach:
      return "adding the canary to the route at 0%";
    case Stage::measure:
      return "waiting for the metrics of both versions";
    case Stage::size_up:
      return fmt::format("{}: making the canary big enough for {}", step_text(record),
                         format_weight(record.plan.steps[record.step].weight));
    case Stage::weigh:
      return fmt::format("{}: waiting until {} is applied", step_text(record),
                         format_weight(record.authorised));
    case Stage::bake:
      return fmt::format("{}: judging at {}, {} of {}", step_text(record),
                         format_weight(record.authorised), format_duration(record.bake_credit),
                         format_duration(record.plan.steps[record.step].bake_time));
    case Stage::give_back:
      return "giving the weight back before the upgrade";
    case Stage::detach:
      return "putting the route back as it was";
    case Stage::upgrade:
      return record.plan.local ? "making what was judged the stable version"
                               : "helm upgrade with what was judged";
    case Stage::final_bake:
      return fmt::format("watching the upgraded release for {}",
                         format_duration(record.plan.timing.final_bake));
    case Stage::watch:
      return "watching the new release by absolute limits; no baseline";
    case Stage::revert:
      return "returning the release to revision " + std::to_string(record.start_revision);
    case Stage::zero:
      return "taking all weight from the canary";
    case Stage::drain:
      return "letting requests in flight finish";
    case Stage::restore:
      return "putting the route back as it was";
    case Stage::discard:
      return record.first_install ? "finishing the install" : "removing the canary";
    case Stage::done:
      return "done";
  }
  return "";
}

}  // namespace

std::string versions_of(const core::Record& record) {
  const std::string from = record.stable_version.empty() ? "(nothing)" : record.stable_version;
  return from + " -> " + (record.canary_version.empty() ? "?" : record.canary_version);
}

std::string words_of(const core::Record& record) {
  if (is_paused(record)) return "paused at " + format_weight(record.authorised);
  return of_stage(record);
}

std::optional<Duration> longest_wait(const core::Record& record) {
  const core::Timing& timing = record.plan.timing;
  if (is_paused(record)) return std::nullopt;
  switch (record.stage) {
    case Stage::bring_up:
    case Stage::size_up:
      return timing.ready_within;
    case Stage::attach:
    case Stage::measure:
    case Stage::weigh:
      return timing.applied_within;
    case Stage::final_bake:
      return timing.final_bake + timing.ready_within;
    case Stage::revert:
      return 2 * timing.helm_timeout + timing.ready_within;
    case Stage::bake:
    case Stage::give_back:
    case Stage::detach:
    case Stage::upgrade:
    case Stage::watch:
    case Stage::zero:
    case Stage::drain:
    case Stage::restore:
    case Stage::discard:
    case Stage::done:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string waited(const core::Record& record) {
  const auto most = longest_wait(record);
  if (!most) return "";
  return fmt::format("{} of at most {}", format_duration(record.in_stage), format_duration(*most));
}

std::string applied_text(const core::Record& record) {
  if (!record.route_touched) return "route untouched";
  switch (record.applied) {
    case core::Applied::unknown:
      return "not confirmed";
    case core::Applied::bounded:
      return fmt::format("applied {}", format_weight(record.authorised));
    case core::Applied::verified:
      return fmt::format("applied {} (verified)", format_weight(record.authorised));
  }
  return "";
}

std::string unknown_text(const core::Record& record) {
  if (record.unknown_spent == Duration::zero()) return "";
  const std::string text =
      fmt::format("nothing measured for {}; ", format_duration(record.unknown_spent));
  const std::string budget = format_duration(record.plan.policy.unknown_budget);
  switch (record.plan.policy.on_unknown) {
    case core::OnUnknown::pause:
      return text + "at " + budget + " the rollout pauses";
    case core::OnUnknown::hold:
      return text + "the weight stays until something can be measured";
    case core::OnUnknown::rollback:
      return text + "at " + budget + " it is rolled back";
  }
  return text;
}

}  // namespace kai::app
