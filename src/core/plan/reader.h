// Reader: settings as typed values. Every value that cannot be read becomes a mistake, and reading
// goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/plan/settings.h"
#include "core/traffic/weight.h"

namespace kai::core {

class Reader {
 public:
  // `sources` outlives the reader.
  explicit Reader(const Sources& sources) : sources_(sources) {}

  // Each answers nothing when nobody set the option, or when its value is a mistake (then noted).
  [[nodiscard]] std::optional<std::string> text(std::string_view option);
  [[nodiscard]] std::optional<bool> yes_no(std::string_view option);
  [[nodiscard]] std::optional<Weight> percent(std::string_view option);
  [[nodiscard]] std::optional<double> number(
      std::string_view option);  // "95", "99.5%"; finite, >= 0
  [[nodiscard]] std::optional<std::uint32_t> whole(std::string_view option);
  [[nodiscard]] std::optional<Duration> duration(std::string_view option);  // >= 0
  [[nodiscard]] std::optional<std::string> word(
      std::string_view option);  // one of the option's words
  [[nodiscard]] std::vector<std::string> list(std::string_view option);

  // Whether a flag or an environment variable names it: stronger than any file.
  [[nodiscard]] bool is_on_command_line(std::string_view option) const;
  [[nodiscard]] std::string origin(std::string_view option) const;
  [[nodiscard]] const Sources& sources() const { return sources_; }

  void mistake(std::string where, std::string message);
  // Of an option: its origin is the place.
  void mistake_in(std::string_view option, std::string message);
  [[nodiscard]] std::vector<Mistake> take_mistakes() { return std::move(mistakes_); }

 private:
  [[nodiscard]] std::optional<Setting> find(std::string_view option) const;

  const Sources& sources_;
  std::vector<Mistake> mistakes_;
};

}  // namespace kai::core
