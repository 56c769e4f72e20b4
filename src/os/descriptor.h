// Ownership of a file descriptor, and the few calls on one that must be repeated until they are
// done.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace kai::os {

// Closes what it holds; -1 is nothing.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

// Writes all of it to a blocking descriptor, through interruptions. False when it failed; errno
// says why.
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);

// What strerror says, without its shared buffer.
[[nodiscard]] std::string error_text(int error_number);

}  // namespace kai::os
