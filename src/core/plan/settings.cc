#include "core/plan/settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/plan/nearest.h"

namespace kai::core {
namespace {

std::string pointer_of(std::string_view dotted_key) {
  std::string pointer;
  while (!dotted_key.empty()) {
    const std::size_t dot = dotted_key.find('.');
    pointer += "/" + escape_pointer(dotted_key.substr(0, dot));
    dotted_key = dot == std::string_view::npos ? std::string_view() : dotted_key.substr(dot + 1);
  }
  return pointer;
}

std::string origin_of(const ConfigSource& source, std::string_view key, const Tree& node) {
  const std::string line = node.line() == 0 ? "" : fmt::format(":{}", node.line());
  return fmt::format("{}{}: {}{}", source.file, line, source.prefix, key);
}

template <typename Counts>
ConfigNode find_node_in(const Sources& sources, std::string_view dotted_key, Counts counts) {
  const std::string pointer = pointer_of(dotted_key);
  for (const ConfigSource& source : sources.configs) {
    const Tree* const node = counts(source) ? source.block.at(pointer) : nullptr;
    if (node != nullptr && !node->is_null())
      return {.node = node, .origin = origin_of(source, dotted_key, *node)};
  }
  return {};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

void append(std::vector<std::string>& values, const Option& option, const std::string& text) {
  switch (option.kind) {
    case OptionKind::list:
      std::ranges::copy(split_list(text), std::back_inserter(values));
      return;
    case OptionKind::each:
      values.push_back(text);
      return;
    case OptionKind::yes_no:
    case OptionKind::text:
    case OptionKind::percent:
    case OptionKind::whole:
    case OptionKind::duration:
    case OptionKind::words:
      values.assign(1, text);
      return;
  }
}

std::optional<Setting> from_flags(const Sources& sources, const Option& option) {
  Setting setting{.values = {}, .origin = fmt::format("--{}", option.name)};
  bool named = false;
  for (const auto& [name, value] : sources.flags) {
    if (name != option.name) continue;
    append(setting.values, option, value);
    named = true;
  }
  return named ? std::optional(setting) : std::nullopt;
}

std::optional<Setting> from_environment(const Sources& sources, const Option& option) {
  if (option.users_own) return std::nullopt;
  for (const std::string& name : {environment_name(option), std::string(option.environment)}) {
    const auto found = sources.environment.find(name);
    if (name.empty() || found == sources.environment.end() || found->second.empty()) continue;
    Setting setting{.values = {}, .origin = "$" + name};
    append(setting.values, option, found->second);
    return setting;
  }
  return std::nullopt;
}

std::optional<Setting> from_configs(const Sources& sources, const Option& option) {
  if (option.key.empty()) return std::nullopt;
  const ConfigNode found = find_node_in(sources, option.key, [&](const ConfigSource& source) {
    return source.users_own || !option.users_own;
  });
  if (found.node == nullptr || found.node->is_null()) return std::nullopt;
  Setting setting{.values = {}, .origin = found.origin};
  if (const Tree::List* const items = found.node->as_list()) {
    for (const Tree& item : *items)
      setting.values.push_back(scalar_text(item).value_or("{not a scalar}"));
    return setting;
  }
  append(setting.values, option, scalar_text(*found.node).value_or("{not a scalar}"));
  return setting;
}

bool is_known_key(const std::string& key) {
  const auto only = config_only_keys();
  return find_option_by_key(key) != nullptr || std::ranges::find(only, key) != only.end();
}

// A key with known keys below it.
bool is_known_section(const std::string& key) {
  const std::string prefix = key + ".";
  const auto below = [&](std::string_view known) { return known.starts_with(prefix); };
  const auto options = all_options();
  return std::ranges::any_of(options, [&](const Option& option) { return below(option.key); }) ||
         std::ranges::any_of(config_only_keys(), below);
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const Option& option : all_options()) {
    if (!option.key.empty()) keys.emplace_back(option.key);
  }
  for (const std::string_view key : config_only_keys()) keys.emplace_back(key);
  return keys;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known,
                       std::string_view dashes) {
  const std::string near = nearest_word(word, known);
  return near.empty() ? "" : fmt::format("; did you mean {}{}?", dashes, near);
}

// The schema is two levels deep in places; sections are walked, values are not looked into.
void find_unknown_keys(const ConfigSource& source, const Tree& node, const std::string& prefix,
                       std::vector<Mistake>& unknown) {
  if (node.as_map() == nullptr) return;
  for (const auto& [name, value] : *node.as_map()) {
    const std::string key = prefix.empty() ? name : prefix + "." + name;
    if (is_known_key(key) && !(is_known_section(key) && value.as_map() != nullptr)) continue;
    if (is_known_section(key) && value.as_map() != nullptr) {
      // One section inside another at most: depth is bounded by the table of keys.
      for (const auto& [inner, below] : *value.as_map()) {
        Tree one;
        one.set(inner, below);
        find_unknown_keys(source, one, key, unknown);  // NOLINT(misc-no-recursion)
      }
      continue;
    }
    unknown.push_back(
        {origin_of(source, key, value), "no such key" + suggestion(key, known_keys(), "")});
  }
}

// The user's own options, said by somebody else.
void find_usurped(const Sources& sources, std::vector<Mistake>& mistakes) {
  for (const Option& option : all_options()) {
    if (!option.users_own) continue;
    const std::string why =
        fmt::format("--{} says it{}, and nothing else", option.name,
                    option.key.empty() ? "" : ", or your own configuration file");
    const auto variable = sources.environment.find(environment_name(option));
    if (variable != sources.environment.end() && !variable->second.empty())
      mistakes.push_back({"$" + variable->first, why});
    if (option.key.empty()) continue;
    const ConfigNode found = find_node_in(
        sources, option.key, [](const ConfigSource& source) { return !source.users_own; });
    if (found.node != nullptr) mistakes.push_back({found.origin, why});
  }
}

}  // namespace

std::optional<std::string> scalar_text(const Tree& node) {
  if (const auto* text = node.as_text()) return *text;
  if (const auto* whole = node.as_int()) return std::to_string(*whole);
  if (const auto* real = node.as_double()) return fmt::format("{}", *real);
  if (const auto* yes = node.as_bool()) return *yes ? "true" : "false";
  return std::nullopt;
}

ConfigNode find_node(const Sources& sources, std::string_view dotted_key) {
  return find_node_in(sources, dotted_key, [](const ConfigSource&) { return true; });
}

std::optional<Setting> find_setting(const Sources& sources, const Option& option) {
  if (auto setting = from_flags(sources, option)) return setting;
  if (auto setting = from_environment(sources, option)) return setting;
  if (auto setting = from_configs(sources, option)) return setting;
  const auto fallback = sources.defaults.find(std::string(option.name));
  if (fallback == sources.defaults.end()) return std::nullopt;
  Setting setting{.values = {}, .origin = "default", .by_default = true};
  append(setting.values, option, fallback->second);
  return setting;
}

std::vector<Mistake> unknown_words(const Sources& sources, std::vector<std::string>& warnings) {
  std::vector<Mistake> mistakes;
  std::vector<std::string> names;
  for (const Option& option : all_options()) names.emplace_back(option.name);
  for (const auto& [name, _] : sources.flags) {
    if (find_option(name) == nullptr)
      mistakes.push_back({"--" + name, "no such option" + suggestion(name, names, "--")});
  }
  // Words of the plan are checked by whoever reads them; nobody reads those of the output there.
  for (const Option& option : all_options()) {
    if (option.group != output_group || option.kind != OptionKind::words || option.not_yet)
      continue;
    const auto setting = find_setting(sources, option);
    if (!setting || has_word(option, setting->values.back())) continue;
    mistakes.push_back(
        {setting->origin, fmt::format("'{}' is none of {}", setting->values.back(), option.words)});
  }
  // Wherever it stands: a setting that is silently ignored looks like one that is obeyed.
  for (const Option& option : all_options()) {
    const auto setting = option.not_yet ? find_setting(sources, option) : std::nullopt;
    if (setting) mistakes.push_back({setting->origin, "not yet: this version cannot do it"});
  }
  find_usurped(sources, mistakes);
  for (const ConfigSource& source : sources.configs) {
    std::vector<Mistake> unknown;
    find_unknown_keys(source, source.block, "", unknown);
    for (const Mistake& mistake : unknown) {
      if (source.foreign) {
        warnings.push_back(mistake.where + ": " + mistake.message + " (ignored)");
      } else {
        mistakes.push_back(mistake);
      }
    }
  }
  return mistakes;
}

}  // namespace kai::core
