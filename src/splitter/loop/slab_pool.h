// Memory for bytes on their way, in three sizes, lent by one pool per worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace kai::splitter {

inline constexpr std::array<std::size_t, 3> slab_bytes = {4096, 16'384, 65'536};

class SlabPool {
 public:
  // At most `bytes_max` are lent; at most `kept_bytes_max` of what comes back is kept for later.
  SlabPool(std::size_t bytes_max, std::size_t kept_bytes_max)
      : bytes_max_(bytes_max), kept_bytes_max_(kept_bytes_max) {}
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  [[nodiscard]] std::size_t lent_bytes() const { return lent_bytes_; }

 private:
  friend class Buffer;
  using Slab = std::unique_ptr<char[]>;  // NOLINT(modernize-avoid-c-arrays): the size is elsewhere

  // Null when bytes_max would be exceeded.
  [[nodiscard]] Slab take(std::size_t size_class);
  void give(Slab slab, std::size_t size_class);

  std::size_t bytes_max_;
  std::size_t kept_bytes_max_;
  std::size_t lent_bytes_ = 0;
  std::size_t kept_bytes_ = 0;
  std::array<std::vector<Slab>, slab_bytes.size()> kept_;
};

// Bytes in the order in which they came, always in one piece. Holds a slab only while it holds
// bytes or is about to.
class Buffer {
 public:
  static constexpr std::size_t bytes_max = slab_bytes.back();

  explicit Buffer(SlabPool& pool) : pool_(&pool) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { clear(); }

  [[nodiscard]] std::string_view view() const { return {slab_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool is_empty() const { return begin_ == end_; }

  // Makes room for `bytes` more behind the end; views into the buffer end. False when that would
  // exceed bytes_max or the pool.
  [[nodiscard]] bool reserve(std::size_t bytes);
  // The room behind the end, to be written to and then declared by extend().
  [[nodiscard]] char* room() { return slab_.get() + end_; }
  [[nodiscard]] std::size_t room_bytes() const { return capacity() - end_; }
  void extend(std::size_t bytes);
  // Throws Bug where there is no room.
  void append(std::string_view bytes);
  void drop_front(std::size_t bytes);
  // Forgets the bytes and gives the slab back.
  void clear();

 private:
  [[nodiscard]] std::size_t capacity() const { return slab_ ? slab_bytes[size_class_] : 0; }

  SlabPool* pool_;
  SlabPool::Slab slab_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint8_t size_class_ = 0;
};

}  // namespace kai::splitter
