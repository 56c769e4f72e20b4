#include "core/rollout/record.h"

#include <array>

#include "base/name_table.h"

namespace kai::core {
namespace {

constexpr std::array<Name<Phase>, 5> phases{{{Phase::progressing, "progressing"},
                                             {Phase::paused, "paused"},
                                             {Phase::promoting, "promoting"},
                                             {Phase::promoted, "promoted"},
                                             {Phase::rolled_back, "rolled_back"}}};

constexpr std::array<Name<Stage>, 17> stages{{{Stage::bring_up, "bring_up"},
                                              {Stage::attach, "attach"},
                                              {Stage::measure, "measure"},
                                              {Stage::size_up, "size_up"},
                                              {Stage::weigh, "weigh"},
                                              {Stage::bake, "bake"},
                                              {Stage::give_back, "give_back"},
                                              {Stage::detach, "detach"},
                                              {Stage::upgrade, "upgrade"},
                                              {Stage::final_bake, "final_bake"},
                                              {Stage::watch, "watch"},
                                              {Stage::revert, "revert"},
                                              {Stage::zero, "zero"},
                                              {Stage::drain, "drain"},
                                              {Stage::restore, "restore"},
                                              {Stage::discard, "discard"},
                                              {Stage::done, "done"}}};

constexpr std::array<Name<End>, 9> ends{{{End::none, "none"},
                                         {End::promoted, "promoted"},
                                         {End::failed_on_evidence, "failed_on_evidence"},
                                         {End::not_proved, "not_proved"},
                                         {End::promotion_failed, "promotion_failed"},
                                         {End::superseded, "superseded"},
                                         {End::aborted, "aborted"},
                                         {End::cannot_measure, "cannot_measure"},
                                         {End::refused, "refused"}}};

constexpr std::array<Name<Verb>, 4> verbs{{{Verb::pause, "pause"},
                                           {Verb::resume, "resume"},
                                           {Verb::promote, "promote"},
                                           {Verb::abort, "abort"}}};

constexpr std::array<Name<Applied>, 3> applieds{{{Applied::unknown, "unknown"},
                                                 {Applied::bounded, "bounded"},
                                                 {Applied::verified, "verified"}}};

}  // namespace

std::string_view name_of(Phase phase) { return text_in(phases, phase); }
std::string_view name_of(Stage stage) { return text_in(stages, stage); }
std::string_view name_of(End end) { return text_in(ends, end); }
std::string_view name_of(Verb verb) { return text_in(verbs, verb); }
std::string_view name_of(Applied applied) { return text_in(applieds, applied); }

std::optional<Phase> phase_from(std::string_view text) { return value_in(phases, text); }
std::optional<Stage> stage_from(std::string_view text) { return value_in(stages, text); }
std::optional<End> end_from(std::string_view text) { return value_in(ends, text); }
std::optional<Verb> verb_from(std::string_view text) { return value_in(verbs, text); }
std::optional<Applied> applied_from(std::string_view text) { return value_in(applieds, text); }

bool is_paused(const Record& record) { return record.phase == Phase::paused; }

bool is_over(const Record& record) {
  const bool ended = record.phase == Phase::promoted || record.phase == Phase::rolled_back;
  return ended && record.settled;
}

}  // namespace kai::core
