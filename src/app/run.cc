#include "app/run.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "app/commands/common.h"
#include "app/screen/colour.h"
#include "app/screen/findings.h"
#include "app/screen/json_path.h"
#include "core/plan/options.h"

namespace kai::app {
namespace {

// The forms that this verb has; what others have is none of them.
std::vector<core::Mistake> form_mistakes(const App& app, const Arguments& arguments) {
  const std::string_view first = arguments.verb->forms.substr(0, arguments.verb->forms.find('|'));
  const std::string form = option_or(app, arguments, "output", first);
  core::Option forms = *core::find_option("output");
  forms.words = arguments.verb->forms;
  if (!core::has_word(forms, form)) {
    return {{"--output", fmt::format("'{}' is none of {}, which {} has", form, forms.words,
                                     arguments.verb->name)}};
  }
  if (form_of(app, arguments) != Form::jsonpath) return {};
  const auto path = JsonPath::parse(json_path_of(form));
  if (path) return {};
  return {{"--output", path.error().message}};
}

std::vector<core::Mistake> word_mistakes(const App& app, const Arguments& arguments) {
  std::vector<core::Mistake> mistakes;
  for (const std::string_view name : {"color", "log-format"}) {
    const core::Option& option = *core::find_option(name);
    const std::string word = option_or(app, arguments, name, option.default_text);
    if (core::has_word(option, word)) continue;
    mistakes.push_back(
        {fmt::format("--{}", name), fmt::format("'{}' is none of {}", word, option.words)});
  }
  return mistakes;
}

}  // namespace

int run(App& app, const Arguments& arguments) {
  if (arguments.help || arguments.verb == nullptr) {
    app.out(help_text(arguments.verb));
    return 0;
  }
  const std::string colours = option_or(app, arguments, "color", "auto");
  app.out_colour = wants_colour(colours, app.environment, app.out_is_terminal);
  app.err_colour = wants_colour(colours, app.environment, app.err_is_terminal);
  std::vector<core::Mistake> mistakes = form_mistakes(app, arguments);
  std::ranges::move(word_mistakes(app, arguments), std::back_inserter(mistakes));
  if (!mistakes.empty()) {
    narrate(app, mistakes_lines(mistakes));
    return exit_usage;
  }
  return arguments.verb->run(app, arguments);
}

}  // namespace kai::app
