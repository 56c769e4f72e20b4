// version, completion and config.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/config_sources.h"
#include "app/screen/findings.h"
#include "app/screen/table.h"
#include "app/service_file.h"
#include "app/verbs.h"
#include "app/version.h"
#include "core/plan/make_plan.h"
#include "core/plan/options.h"
#include "core/plan/settings.h"

namespace kai::app {
namespace {

std::string words_for_completion() {
  std::string words;
  for (const Verb& verb : all_verbs()) words += fmt::format("{} ", verb.name);
  for (const core::Option& option : core::all_options()) {
    if (!option.not_yet)
      words +=
          fmt::format("--{}{} ", option.name, option.kind == core::OptionKind::yes_no ? "" : "=");
  }
  return words;
}

std::string value_text(const core::Setting& setting) {
  std::string text;
  for (const std::string& value : setting.values) text += (text.empty() ? "" : ",") + value;
  return text;
}

}  // namespace

int run_version(App& app, const Arguments& arguments) {
  if (wants_data(app, arguments)) {
    print_data(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "Version"},
                              {"version", std::string(program_version())}}));
  } else {
    app.out(fmt::format("kai-canary {}\n", program_version()));
  }
  return 0;
}

int run_completion(App& app, const Arguments& arguments) {
  const std::string& shell = arguments.words[0];
  if (shell == "bash") {
    app.out(fmt::format(
        "_kai_canary() {{ COMPREPLY=($(compgen -W \"{}\" -- \"${{COMP_WORDS[COMP_CWORD]}}\")); "
        "}}\ncomplete -o nospace -F _kai_canary kai-canary\n",
        words_for_completion()));
    return 0;
  }
  if (shell == "zsh") {
    app.out(fmt::format("#compdef kai-canary\n_arguments '*:word:({})'\n", words_for_completion()));
    return 0;
  }
  if (shell == "fish") {
    app.out(fmt::format("complete -c kai-canary -f -a \"{}\"\n", words_for_completion()));
    return 0;
  }
  narrate(app, {{{fmt::format("kai-canary: '{}' is none of bash, zsh, fish", shell)}}});
  return exit_usage;
}

// `config view [--origin]`: every setting that somebody made, and where; `config validate`: all
// mistakes.
int run_config(App& app, const Arguments& arguments) {
  const std::string& what = arguments.words[0];
  if (what != "view" && what != "validate") {
    narrate(app, {{{fmt::format("kai-canary: config '{}' is none of view, validate", what)}}});
    return exit_usage;
  }
  if (what == "validate" && form_of(app, arguments) != Form::table) {
    narrate(app, {{{"kai-canary: --output: config validate has table alone"}}});
    return exit_usage;
  }
  auto defaults = helm_deploy_defaults(app);
  defaults.erase("env");
  const auto read = read_settings(app, arguments, std::move(defaults), NeedsChart::no);
  if (!read) {
    narrate(app, mistakes_lines(read.error()));
    return exit_usage;
  }
  if (what == "validate") {
    auto sources = read->sources;
    sources.defaults.try_emplace("tag", "v0");
    const auto plan = core::make_plan(sources);
    if (plan) {
      print(app, {{{"no mistake was found", Colour::good},
                   {read->sources.service_file ? "; nothing was started"
                                               : "; the cluster was not asked"}}});
      return 0;
    }
    narrate(app, mistakes_lines(plan.error()));
    return exit_usage;
  }
  std::vector<Row> rows;
  const bool origin = is_on(app, arguments, "origin");
  if (!is_on(app, arguments, "no-headers")) rows.push_back({"OPTION", "VALUE"});
  if (!rows.empty() && origin) rows.back().push_back("ORIGIN");
  Tree items = Tree::list();
  for (const core::Option& option : core::all_options()) {
    const auto setting = core::find_setting(read->sources, option);
    if (!setting || option.group == core::output_group) continue;
    rows.push_back({std::string(option.name), value_text(*setting)});
    if (origin) rows.back().push_back(setting->origin);
    items.push_back(Tree(Tree::Map{
        {"option", option.name}, {"value", value_text(*setting)}, {"origin", setting->origin}}));
  }
  if (wants_data(app, arguments)) {
    print_data(app, arguments,
               Tree(Tree::Map{{"apiVersion", "kai-canary.dev/v1"},
                              {"kind", "Settings"},
                              {"items", std::move(items)}}));
  } else {
    print(app, table_of(rows));
  }
  return 0;
}

}  // namespace kai::app
