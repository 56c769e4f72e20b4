// A log that keeps its lines: "warn lease_lost release=shop reason=taken".
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/log.h"

namespace kai::fakes {

class FakeLog final : public Log {
 public:
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    std::string line(name_of(level));
    line += ' ';
    line += event;
    for (const LogField& field : fields) line += " " + field.key + "=" + field.value;
    lines.push_back(std::move(line));
  }
  // Some line holds `part`.
  [[nodiscard]] bool contains(std::string_view part) const {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

  std::vector<std::string> lines;

 private:
  static std::string_view name_of(LogLevel level) {
    switch (level) {
      case LogLevel::debug:
        return "debug";
      case LogLevel::info:
        return "info";
      case LogLevel::warn:
        return "warn";
      case LogLevel::error:
        return "error";
    }
    return "?";
  }
};

}  // namespace kai::fakes
