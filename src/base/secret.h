// Text that must never be printed: no formatter, no stream operator, zeroed when it goes.
#pragma once

#include <string>
#include <string_view>

namespace kai {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();

  [[nodiscard]] bool empty() const { return text_.empty(); }
  // For the one place that hands it to the other side.
  [[nodiscard]] std::string_view reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace kai
