#include "splitter/route/identity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "base/check.h"
#include "base/random.h"

namespace kai::splitter {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

class BufferWriter {
 public:
  explicit BufferWriter(CookieBuffer& buffer) : buffer_(buffer) {}

  void add(std::string_view text) {
    KAI_CHECK(text.size() <= buffer_.size() - size_);
    std::ranges::copy(text, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
  }
  void add(std::int64_t number) {
    std::array<char, 20> digits;
    const auto written = std::to_chars(digits.begin(), digits.end(), number);
    KAI_CHECK(written.ec == std::errc{});
    add(std::string_view(digits.begin(), written.ptr));
  }
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), size_}; }

 private:
  CookieBuffer& buffer_;
  std::size_t size_ = 0;
};

}  // namespace

Identity mint_identity(Random& random) {
  const std::array<std::uint64_t, 2> bits = {random.next(), random.next()};
  Identity identity;
  // 21 characters of 6 bits, then the 2 that are left as the high bits of the last one.
  for (std::size_t at = 0; at < identity.size(); ++at) {
    const std::size_t begin = 6 * at;  // counted from the highest bit
    std::uint64_t six = 0;
    for (std::size_t bit = begin; bit < begin + 6; ++bit) {
      const std::uint64_t value = bit < 128 ? bits[bit / 64] >> (63 - bit % 64) & 1U : 0U;
      six = six << 1U | value;
    }
    identity[at] = alphabet[six];
  }
  return identity;
}

bool is_identity(std::string_view text) {
  const auto is_known = [](char octet) { return alphabet.contains(octet); };
  if (text.size() != identity_bytes || !std::ranges::all_of(text, is_known)) return false;
  return alphabet.find(text.back()) % 16 == 0;  // the four bits that are too many are zero
}

std::string_view write_identity_cookie(const IdentityCookie& cookie, const Identity& identity,
                                       CookieBuffer& buffer) {
  BufferWriter writer(buffer);
  writer.add(cookie.name);
  writer.add("=");
  writer.add(std::string_view(identity.data(), identity.size()));
  writer.add("; Path=/; HttpOnly; SameSite=Lax");
  if (cookie.transport == CookieTransport::tls) writer.add("; Secure");
  if (cookie.life.count() > 0) {
    writer.add("; Max-Age=");
    writer.add(std::int64_t{cookie.life.count()});
  }
  return writer.text();
}

}  // namespace kai::splitter
