// Options of the example programs: `--name=value` on the command line, else PREFIX_NAME in the
// environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shop {

// Reads options one by one; afterwards `mistakes()` holds a sentence per wrong or unknown one.
// A flag wins over the environment. A flag without `=value` reads as "true".
class Options {
 public:
  // `environment_prefix` "SHOP" makes `--error-percent` also readable as SHOP_ERROR_PERCENT.
  Options(int argc, const char* const* argv, std::string environment_prefix);

  [[nodiscard]] std::string text(std::string_view name, std::string_view fallback);
  // A number from `least` to `most`, both included; outside is a mistake and yields the fallback.
  struct Range {
    double least;
    double most;
  };
  [[nodiscard]] double number(std::string_view name, double fallback, Range range);
  [[nodiscard]] bool flag(std::string_view name);
  // Comma-separated; empty parts are dropped.
  [[nodiscard]] std::vector<std::string> list(std::string_view name, std::string_view fallback);

  // To be asked last: every mistake, and every flag nobody asked for.
  [[nodiscard]] std::vector<std::string> mistakes() const;

 private:
  struct Flag {
    std::string name;
    std::string value;
    bool known = false;
  };
  std::vector<Flag> flags_;
  std::string environment_prefix_;
  std::vector<std::string> mistakes_;
};

}  // namespace shop
