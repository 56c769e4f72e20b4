#include "os/log_spdlog.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "os/log_line.h"

namespace kai::os {

struct SpdlogLog::Sink {
  spdlog::logger logger{"kai", std::make_shared<spdlog::sinks::stderr_sink_st>()};
};

SpdlogLog::SpdlogLog(const WallClock& wall, Options options)
    : wall_(wall), options_(options), sink_(std::make_unique<Sink>()) {
  // The line is made by log_line.cc, with our own clock and escaping.
  sink_->logger.set_pattern("%v");
  sink_->logger.set_level(spdlog::level::trace);
  sink_->logger.flush_on(spdlog::level::trace);
  sink_->logger.set_error_handler(
      [](const std::string&) {});  // standard error is gone: nobody is left to tell
}

SpdlogLog::~SpdlogLog() = default;

void SpdlogLog::write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (level < options_.least) return;
  const WallTime now = wall_.now();
  const bool json = options_.format == LogFormat::json;
  const std::string line = json ? format_json_line(now, level, event, fields)
                                : format_text_line(now, level, event, fields);
  sink_->logger.log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace kai::os
