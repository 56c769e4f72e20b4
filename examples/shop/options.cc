#include "examples/shop/options.h"

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace shop {
namespace {

std::string environment_name(std::string_view prefix, std::string_view name) {
  std::string result = std::string(prefix) + "_";
  for (const char letter : name) {
    const bool lower = letter >= 'a' && letter <= 'z';
    result += letter == '-' ? '_' : (lower ? static_cast<char>(letter - 'a' + 'A') : letter);
  }
  return result;
}

}  // namespace

Options::Options(int argc, const char* const* argv, std::string environment_prefix)
    : environment_prefix_(std::move(environment_prefix)) {
  for (int index = 1; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (!argument.starts_with("--")) {
      mistakes_.push_back("unexpected argument '" + std::string(argument) + "'");
      continue;
    }
    const std::string_view body = argument.substr(2);
    const auto equals = body.find('=');
    const bool bare = equals == std::string_view::npos;
    flags_.push_back({.name = std::string(body.substr(0, equals)),
                      .value = bare ? "true" : std::string(body.substr(equals + 1))});
  }
}

std::string Options::text(std::string_view name, std::string_view fallback) {
  std::string value(fallback);
  if (const char* found = std::getenv(environment_name(environment_prefix_, name).c_str())) {
    value = found;
  }
  for (Flag& flag : flags_) {
    if (flag.name == name) {
      flag.known = true;
      value = flag.value;
    }
  }
  return value;
}

double Options::number(std::string_view name, double fallback, Range range) {
  const std::string value = text(name, "");
  if (value.empty()) {
    return fallback;
  }
  double parsed = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, parsed);
  if (error == std::errc{} && stop == end && parsed >= range.least && parsed <= range.most) {
    return parsed;
  }
  mistakes_.push_back("--" + std::string(name) + "=" + value + ": want a number from " +
                      std::to_string(range.least) + " to " + std::to_string(range.most));
  return fallback;
}

bool Options::flag(std::string_view name) {
  const std::string value = text(name, "");
  if (!value.empty() && value != "true" && value != "false") {
    mistakes_.push_back("--" + std::string(name) + "=" + value + ": want true or false");
  }
  return value == "true";
}

std::vector<std::string> Options::list(std::string_view name, std::string_view fallback) {
  std::vector<std::string> parts;
  std::string value = text(name, fallback) + ",";
  for (std::size_t begin = 0, comma = 0; (comma = value.find(',', begin)) != std::string::npos;
       begin = comma + 1) {
    if (comma > begin) {
      parts.push_back(value.substr(begin, comma - begin));
    }
  }
  return parts;
}

std::vector<std::string> Options::mistakes() const {
  std::vector<std::string> all = mistakes_;
  for (const Flag& flag : flags_) {
    if (!flag.known) {
      all.push_back("unknown option --" + flag.name);
    }
  }
  return all;
}

}  // namespace shop
