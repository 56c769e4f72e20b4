#include "app/flags.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/plan/nearest.h"
#include "core/plan/options.h"

namespace kai::app {
namespace {

using core::Option;
using core::OptionKind;

constexpr std::pair<std::string_view, std::string_view> short_names[] = {
    {"values", "-f"}, {"output", "-o"},         {"quiet", "-q"},    {"verbose", "-v"},
    {"watch", "-w"},  {"all-namespaces", "-A"}, {"namespace", "-n"}};

// A value may be left out: `--dry-run` is `--dry-run=server`.
constexpr std::pair<std::string_view, std::string_view> bare_values[] = {{"dry-run", "server"},
                                                                         {"rollback", ""}};

std::string names_of(const Option& option) {
  std::string names = fmt::format("--{}", option.name);
  for (const auto& [name, letter] : short_names) {
    if (name == option.name) names = fmt::format("{},{}", letter, names);
  }
  if (option.kind == OptionKind::yes_no) names += fmt::format(",!--no-{}", option.name);
  return names;
}

bool may_be_bare(const Option& option) {
  return std::ranges::any_of(bare_values,
                             [&](const auto& bare) { return bare.first == option.name; });
}

std::string bare_value_of(const Option& option) {
  for (const auto& [name, value] : bare_values) {
    if (name == option.name) return std::string(value);
  }
  return {};
}

std::map<const CLI::Option*, const Option*> add_options(CLI::App& parser) {
  std::map<const CLI::Option*, const Option*> known;
  for (const Option& option : core::all_options()) {
    CLI::Option* const added = option.kind == OptionKind::yes_no
                                   ? parser.add_flag(names_of(option))
                                   : parser.add_option(names_of(option))->type_name("TEXT");
    if (option.kind != OptionKind::yes_no) added->expected(may_be_bare(option) ? 0 : 1, 1);
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    added->delimiter('\0');
    known.emplace(added, &option);
  }
  return known;
}

// Stands for an empty value: the library would take the next word for the value of `--registry=`.
constexpr std::string_view empty_value =
    "\x01"
    "empty";

// `--dry-run` takes its value after `=`, or from a next word that can be nothing else:
// `deploy --dry-run shop ./chart` names a release.
std::vector<std::string> without_ambiguity(std::vector<std::string> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool valued =
        i + 1 < words.size() && (words[i + 1] == "client" || words[i + 1] == "server");
    if (words[i] == "--dry-run" && !valued) words[i] = "--dry-run=server";
    const bool is_empty = words[i].starts_with("--") && words[i].find('=') + 1 == words[i].size();
    if (is_empty) words[i] += empty_value;
  }
  return words;
}

std::vector<std::string> describe(const std::vector<std::string>& extras, const Verb& verb) {
  std::vector<std::string> names;
  for (const Option& option : core::all_options())
    names.push_back(fmt::format("--{}", option.name));
  std::vector<std::string> mistakes;
  for (const std::string& extra : extras) {
    const std::string name = extra.substr(0, extra.find('='));
    const std::string near = core::nearest_word(name, names);
    const std::string meant = near.empty() ? "" : fmt::format("; did you mean {}?", near);
    mistakes.push_back(fmt::format("{}: no such option of '{}'{}", name, verb.name, meant));
  }
  return mistakes;
}

// An option that does nothing would look like one that is obeyed.
std::vector<std::string> unread(const Arguments& arguments) {
  std::vector<std::string> mistakes;
  for (const auto& [name, value] : arguments.flags) {
    if (reads(*arguments.verb, name)) continue;
    mistakes.push_back(fmt::format("--{}: '{}' does not use it; see kai-canary help {}", name,
                                   arguments.verb->name, arguments.verb->name));
  }
  return mistakes;
}

// Each occurrence in the order of the command line, with its own value.
std::vector<std::pair<std::string, std::string>> in_order(
    const CLI::App& parser, const std::map<const CLI::Option*, const Option*>& known) {
  std::vector<std::pair<std::string, std::string>> flags;
  std::map<const CLI::Option*, std::size_t> taken;
  for (const CLI::Option* const given : parser.parse_order()) {
    const auto found = known.find(given);
    if (found == known.end()) continue;
    const auto& results = given->results();
    const std::size_t index = taken[given]++;
    const bool nothing =
        index >= results.size() || results[index].empty() || results[index] == empty_value;
    std::string value = nothing ? bare_value_of(*found->second) : results[index];
    flags.emplace_back(std::string(found->second->name), std::move(value));
  }
  return flags;
}

std::vector<std::string> count_mistakes(const Arguments& arguments) {
  const Verb& verb = *arguments.verb;
  if (arguments.words.size() < verb.words_min) {
    return {fmt::format("'{}' needs {}: kai-canary {} {}", verb.name, verb.words, verb.name,
                        verb.words)};
  }
  if (arguments.words.size() <= verb.words_max) return {};
  return {
      fmt::format("'{}': '{}' is one word too many", verb.name, arguments.words[verb.words_max])};
}

std::vector<std::string> unknown_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb& verb : all_verbs()) names.emplace_back(verb.name);
  const std::string near = core::nearest_word(word, names);
  return {fmt::format(
      "'{}' is no verb{}", word,
      near.empty() ? "; see kai-canary help" : fmt::format("; did you mean {}?", near))};
}

}  // namespace

std::expected<Arguments, std::vector<std::string>> parse_arguments(
    const std::vector<std::string>& argv) {
  Arguments arguments;
  if (argv.empty() || argv.front() == "--help" || argv.front() == "-h" || argv.front() == "help") {
    arguments.help = true;
    if (argv.size() < 2) return arguments;
    arguments.verb = find_verb(argv[1]);
    if (arguments.verb == nullptr && argv.front() == "help")
      return std::unexpected(unknown_verb(argv[1]));
    return arguments;
  }
  const std::string first = argv.front() == "--version" ? "version" : argv.front();
  arguments.verb = find_verb(first);
  if (arguments.verb == nullptr) return std::unexpected(unknown_verb(first));

  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras();
  bool help = false;
  parser.add_flag("-h,--help", help);
  const auto known = add_options(parser);
  std::vector<std::string> rest = without_ambiguity({argv.begin() + 1, argv.end()});
  std::ranges::reverse(rest);  // CLI11 wants them back to front
  try {
    parser.parse(std::move(rest));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(std::vector<std::string>{error.what()});
  }
  arguments.help = help;
  std::vector<std::string> extras;
  for (const std::string& word : parser.remaining())
    (word.starts_with('-') && word != "-" ? extras : arguments.words).push_back(word);
  std::vector<std::string> mistakes = describe(extras, *arguments.verb);
  arguments.flags = in_order(parser, known);
  if (!help) {
    std::ranges::move(unread(arguments), std::back_inserter(mistakes));
    std::ranges::move(count_mistakes(arguments), std::back_inserter(mistakes));
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return arguments;
}

}  // namespace kai::app
