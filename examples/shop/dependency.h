// What pages of a shop server may need: another server, to which a connection is kept.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

namespace shop {

class Dependency {
 public:
  static constexpr std::chrono::milliseconds connect_max{100};

  // `place` is IP:PORT. Throws std::invalid_argument when it is not.
  explicit Dependency(std::string_view place);
  Dependency(Dependency&&) noexcept;
  ~Dependency();

  // Whether the connection stands. One that was closed is made anew first; the caller waits for
  // that, `connect_max` at most.
  [[nodiscard]] bool answers() const;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace shop
