// Appends text to a buffer of fixed size and remembers whether all of it fitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace kai::splitter {

class HeadOutput {
 public:
  explicit HeadOutput(std::span<char> buffer) : buffer_(buffer) {}

  // Text that does not fit is left out, and everything after it too.
  void append(std::string_view text) {
    if (!has_room(text.size())) return;
    put(text);
  }
  void append_decimal(std::uint64_t number);
  // "name: value" CRLF
  void append_field(std::string_view name, std::string_view value) {
    if (!has_room(name.size() + value.size() + 4)) return;
    put(name);
    put(": ");
    put(value);
    put("\r\n");
  }

  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  bool has_room(std::size_t bytes) {
    if (bytes > buffer_.size() - size_) overflowed_ = true;
    return !overflowed_;
  }
  void put(std::string_view text) {
    if (text.empty()) return;  // an empty view may be a null one, which memcpy must not get
    std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  std::span<char> buffer_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace kai::splitter
