#include "app/screen/colour.h"

#include "app/screen/exit_codes.h"

namespace kai::app {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::good:
      return "\x1b[32m";
    case Colour::bad:
      return "\x1b[31m";
    case Colour::attention:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

bool wants_colour(std::string_view wish, const std::map<std::string, std::string>& environment,
                  bool is_terminal) {
  const auto variable = [&](const std::string& name) -> std::string_view {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view() : std::string_view(found->second);
  };
  if (wish == "always" || wish == "never") return wish == "always";
  if (!variable("NO_COLOR").empty()) return false;
  const std::string_view forced = variable("CLICOLOR_FORCE"), helm = variable("HELM_COLOR");
  if (!forced.empty() && forced != "0") return true;
  if (helm == "always" || helm == "never") return helm == "always";
  const std::string_view kind = variable("TERM");
  return is_terminal && !kind.empty() && kind != "dumb";
}

std::string paint(Colour colour, std::string_view text) {
  if (colour == Colour::none || text.empty()) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1b[0m";
}

Colour colour_of_code(int exit_code) {
  if (exit_code == 0) return Colour::good;
  const bool bad = exit_code == exit_refused || exit_code == exit_rolled_back ||
                   exit_code == exit_promotion_failed || exit_code >= exit_not_confirmed;
  return bad ? Colour::bad : Colour::attention;
}

}  // namespace kai::app
