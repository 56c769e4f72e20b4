// Log as a seam: a line is level, event and fields. Keys are glossary words.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kai {

enum class LogLevel {
  debug,  // everything else
  info,   // a change of phase, step or verdict, with its reason
  warn,   // degraded and retrying
  error,  // a person must act
};

struct LogField {
  std::string key;
  std::string value;  // foreign bytes are escaped by the sink
};

class Log {
 public:
  virtual ~Log() = default;
  // An error is logged once, where it is handled.
  virtual void write(LogLevel level, std::string_view event,
                     const std::vector<LogField>& fields) = 0;
};

}  // namespace kai
