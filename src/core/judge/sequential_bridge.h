// From services to series: how the judge's common face (judge.h) is judged by the sequential rule.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/judge/judge.h"
#include "core/judge/sequential.h"

namespace kai::core {

// One error series per service and one latency series per judged edge; each service has an equal
// share of the pool, half of it for latency when that is judged. The success limit and the latency
// limit become absolute limits. `config` was not checked yet: SequentialRule::create does.
[[nodiscard]] SequentialConfig sequential_config_of(const JudgeConfig& config);

class SequentialBridge {
 public:
  [[nodiscard]] static Result<SequentialBridge> create(const JudgeConfig& config);

  // `frame` was validated by Judge. `check` does not matter: looking costs nothing.
  [[nodiscard]] Verdict observe(const Frame& frame);

  // The newest frame that was taken in, and what was said of it.
  [[nodiscard]] std::uint64_t last_sequence() const { return rule_.last_sequence(); }
  [[nodiscard]] Verdict last() const { return verdict_of(rule_.last()); }

  // As Judge::saved and Judge::restore.
  [[nodiscard]] std::string saved() const;
  [[nodiscard]] std::size_t saved_size_max() const;
  [[nodiscard]] static Result<SequentialBridge> restore(const JudgeConfig& config,
                                                        std::string_view saved);

 private:
  // Where a series' counts are found: errors, or the requests slower than an edge.
  struct Source {
    std::size_t service = 0;
    std::optional<std::size_t> edge;
  };
  SequentialBridge(const JudgeConfig& config, SequentialRule rule);
  [[nodiscard]] Verdict verdict_of(const SequentialVerdict& verdict) const;
  [[nodiscard]] std::vector<ServiceFacts> facts() const;
  [[nodiscard]] std::vector<std::uint64_t> sum_words() const;
  void put_sum_words(std::span<const std::uint64_t> words);
  [[nodiscard]] static std::vector<Source> sources_of(const JudgeConfig& config);
  void read(const std::vector<ServiceCounts>& services, std::vector<Counts>& counts) const;
  friend SequentialConfig sequential_config_of(const JudgeConfig& config);

  Duration interval_;
  std::vector<ServiceConfig> services_;
  double latency_quantile_;
  SequentialRule rule_;
  std::vector<Source> sources_;  // per series
  std::vector<Counts> series_;
  std::vector<Counts> young_;
  std::vector<ServiceCounts> sums_;  // since the first frame; each with all edges
};

}  // namespace kai::core
