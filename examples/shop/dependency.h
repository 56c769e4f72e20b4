// What pages of a shop server may need: another server, called anew for each of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace shop {

class Dependency {
 public:
  static constexpr std::chrono::milliseconds answer_max{100};

  // `place` is IP:PORT. Throws std::invalid_argument when it is not.
  explicit Dependency(std::string_view place);

  // Whether it takes a connection. The caller waits for that, `answer_max` at most: the page waits,
  // too, and with one thread so do those after it.
  [[nodiscard]] bool answers() const;

 private:
  std::string address_;
  std::uint16_t port_ = 0;
};

}  // namespace shop
