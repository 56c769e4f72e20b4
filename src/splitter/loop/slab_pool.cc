#include "splitter/loop/slab_pool.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace kai::splitter {

SlabPool::Slab SlabPool::take(std::size_t size_class) {
  const std::size_t bytes = slab_bytes[size_class];
  if (bytes > bytes_max_ - lent_bytes_) return {};
  lent_bytes_ += bytes;
  auto& kept = kept_[size_class];
  if (kept.empty()) return std::make_unique_for_overwrite<char[]>(bytes);  // NOLINT: see Slab
  Slab slab = std::move(kept.back());
  kept.pop_back();
  kept_bytes_ -= bytes;
  return slab;
}

void SlabPool::give(Slab slab, std::size_t size_class) {
  const std::size_t bytes = slab_bytes[size_class];
  lent_bytes_ -= bytes;
  if (bytes > kept_bytes_max_ - kept_bytes_) return;
  kept_bytes_ += bytes;
  kept_[size_class].push_back(std::move(slab));
}

bool Buffer::reserve(std::size_t bytes) {
  if (bytes <= room_bytes() && slab_) return true;
  if (bytes > bytes_max - size()) return false;
  if (size() + bytes <= capacity()) {
    std::memmove(slab_.get(), slab_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  std::uint8_t wanted = 0;
  while (slab_bytes[wanted] < size() + bytes) ++wanted;
  SlabPool::Slab larger = pool_->take(wanted);
  if (!larger) return false;
  const std::size_t kept = size();
  if (kept > 0) std::memcpy(larger.get(), slab_.get() + begin_, kept);
  clear();
  slab_ = std::move(larger);
  size_class_ = wanted;
  end_ = static_cast<std::uint32_t>(kept);
  return true;
}

void Buffer::extend(std::size_t bytes) {
  KAI_CHECK(bytes <= room_bytes());
  end_ += static_cast<std::uint32_t>(bytes);
}

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  KAI_CHECK(bytes.size() <= room_bytes());
  std::memcpy(room(), bytes.data(), bytes.size());
  end_ += static_cast<std::uint32_t>(bytes.size());
}

void Buffer::drop_front(std::size_t bytes) {
  KAI_CHECK(bytes <= size());
  begin_ += static_cast<std::uint32_t>(bytes);
  if (begin_ == end_) begin_ = end_ = 0;
}

void Buffer::clear() {
  if (slab_) pool_->give(std::move(slab_), size_class_);
  slab_ = nullptr;
  begin_ = end_ = 0;
}

}  // namespace kai::splitter
