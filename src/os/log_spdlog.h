// The log of a real process: one line per call on standard error.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/log.h"

namespace kai::os {

enum class LogFormat { text, json };

class SpdlogLog final : public Log {
 public:
  struct Options {
    LogFormat format = LogFormat::text;
    LogLevel least = LogLevel::info;  // lines below it are dropped
  };

  SpdlogLog(const WallClock& wall, Options options);
  ~SpdlogLog() override;
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override;

 private:
  struct Sink;
  const WallClock& wall_;
  Options options_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace kai::os
