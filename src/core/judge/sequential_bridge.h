// From services to series: how the judge's common face (judge.h) is judged by the sequential rule.
#pragma once

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

 private:
  // Where a series' counts are found: errors, or the requests slower than an edge.
  struct Source {
    std::size_t service = 0;
    std::optional<std::size_t> edge;
  };
  SequentialBridge(const JudgeConfig& config, SequentialRule rule);
  [[nodiscard]] static std::vector<Source> sources_of(const JudgeConfig& config);
  void read(const std::vector<ServiceCounts>& services, std::vector<Counts>& counts) const;
  friend SequentialConfig sequential_config_of(const JudgeConfig& config);

  Duration interval_;
  SequentialRule rule_;
  std::vector<Source> sources_;  // per series
  std::vector<Counts> series_;
  std::vector<Counts> young_;
  std::vector<ServiceFacts> facts_;  // since the first frame
};

}  // namespace kai::core
