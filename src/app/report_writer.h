// Writes the report of a rollout while it runs: --report=<file>, a line of JSON for each thing.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "app/app.h"
#include "app/flags.h"
#include "app/screen/ending.h"
#include "core/rollout/report.h"
#include "ports/rollout_view.h"

namespace kai::app {

// A file has no more of it: some 30,000 verdicts about ten services. Its end is written all the
// same.
inline constexpr std::size_t report_bytes_max = std::size_t{64} << 20U;

// The most that is read of one: its end may stand behind it.
inline constexpr std::size_t report_file_bytes_max = report_bytes_max + (std::size_t{16} << 20U);

class ReportWriter final : public ports::RolloutViewer {
 public:
  // Writes nothing: nobody asked for a report.
  ReportWriter() = default;
  // Looks before anything starts whether the file of `--report` can be written. A report is of one
  // rollout: a file that holds something is refused, but for the report of `rollout` itself, which
  // is gone on with (empty: of a new one). Prints why not and answers the exit code. The file is
  // made when the rollout begins; one that cannot be written later is told once and never stops a
  // rollout. Its writes block the loop.
  [[nodiscard]] static std::expected<ReportWriter, int> open(App& app, const Arguments& arguments,
                                                             const std::string& rollout);

  [[nodiscard]] bool is_open() const { return app_ != nullptr; }
  void begin(const core::Record& record);
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override;
  void end(const core::Record& record, const Ending& ending);

 private:
  void add(std::string& text, const core::Record& record,
           decltype(core::ReportLine::what) what) const;
  void write(const std::string& text);
  void fill(const core::Record& record);

  App* app_ = nullptr;
  std::string path_;
  std::string head_;          // to be written yet: without it the file is no report
  std::size_t bytes_ = 0;     // in the file
  bool continued_ = false;    // it has a head already
  bool broken_line_ = false;  // its last line may be cut or missing
  bool full_ = false;
  bool told_ = false;  // that it cannot be written
};

}  // namespace kai::app
