// All mistakes of a configuration at once, each with the place of the value that is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kai::splitter {

struct Finding {
  std::string pointer;  // JSON pointer to the value, or to the map that lacks it; "" is the whole
  std::string message;  // what is wrong and what would be right

  friend bool operator==(const Finding&, const Finding&) = default;
};

class Findings {
 public:
  static constexpr std::size_t findings_max = 100;

  // Those beyond findings_max are counted, not kept.
  void add(std::string pointer, std::string message);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Finding>& list() const { return list_; }
  [[nodiscard]] std::size_t left_off() const { return left_off_; }

 private:
  std::vector<Finding> list_;
  std::size_t left_off_ = 0;
};

}  // namespace kai::splitter
