// Help: made from the tables of verbs and options.
#include <algorithm>

#include <fmt/format.h>

#include "app/flags.h"
#include "core/plan/options.h"

namespace kai::app {
namespace {

std::string option_line(const core::Option& option) {
  std::string left = fmt::format("--{}", option.name);
  if (!option.value_name.empty()) left += fmt::format("={}", option.value_name);
  std::string right(option.help);
  if (!option.words.empty()) right += fmt::format(": {}", option.words);
  if (!option.default_text.empty()) right += fmt::format(" [{}]", option.default_text);
  if (left.size() > 32) return fmt::format("  {}\n  {:32}  {}\n", left, "", right);
  return fmt::format("  {:32}  {}\n", left, right);
}

bool is_of(const Verb& verb, const core::Option& option) {
  return !option.not_yet && reads(verb, option.name);
}

// A verb has forms of its own, and the first of them unless another one is asked for.
core::Option with_forms(core::Option output, const Verb& verb) {
  output.words = verb.forms;
  output.default_text = verb.forms.substr(0, verb.forms.find('|'));
  return output;
}

std::string options_by_group(const Verb& verb) {
  std::vector<std::string_view> groups;
  for (const core::Option& option : core::all_options()) {
    if (is_of(verb, option) && std::ranges::find(groups, option.group) == groups.end())
      groups.push_back(option.group);
  }
  std::string text;
  for (const std::string_view group : groups) {
    text += fmt::format("\n{}\n", group);
    for (const core::Option& option : core::all_options()) {
      if (option.group != group || !is_of(verb, option)) continue;
      text += option.name == "output" ? option_line(with_forms(option, verb)) : option_line(option);
    }
  }
  return text;
}

// What no variable and no chart may say.
std::string users_own() {
  std::string names;
  for (const core::Option& option : core::all_options()) {
    if (option.users_own) names += fmt::format("{}--{}", names.empty() ? "" : ", ", option.name);
  }
  return names;
}

}  // namespace

std::string help_text(const Verb* verb) {
  if (verb != nullptr) {
    return fmt::format(
        "kai-canary {}{}{}\n  {}\n{}\nEvery option is also read from $KAI_CANARY_<NAME>, but for "
        "{}.\n",
        verb->name, verb->words.empty() ? "" : " ", verb->words, verb->help,
        options_by_group(*verb), users_own());
  }
  std::string text =
      "kai-canary deploys the new version of a release beside the old one, sends it a small "
      "share of the\n"
      "traffic, watches its health, and promotes it or rolls it back.\n\n"
      "  kai-canary helm-deploy --context=C --env=production --canary --tag=v1.2.3   a Helm "
      "release\n"
      "  kai-canary deploy kai.yaml --tag=v1.2.3                      processes on this machine\n\n"
      "Verbs\n";
  for (const Verb& each : all_verbs())
    text += fmt::format("  {:14} {:22} {}\n", each.name, each.words, each.help);
  text +=
      "\nExit codes\n"
      "  0 done and confirmed   2 usage   3 no answer   4 refused   5 locked   6 cannot "
      "measure\n"
      "  7 a replayed verdict differs   8 not every verdict could be replayed\n"
      "  10 rolled back on evidence   11 paused   12 not proved   13 promotion failed, stable "
      "restored\n"
      "  14 superseded   20 aborted   64 not confirmed: act by hand\n\n"
      "kai-canary help VERB shows the options.\n";
  return text;
}

}  // namespace kai::app
