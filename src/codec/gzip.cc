#include "codec/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <expected>
#include <limits>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/error.h"

namespace kai::codec {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window; 16 means "gzip, and nothing else"
constexpr int memory_level = 8;            // zlib's default
constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

// zlib counts its input in 32 bits and has no const in its interface.
void offer(z_stream& stream, std::string_view bytes) {
  const std::size_t most = std::numeric_limits<uInt>::max();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min(bytes.size(), most));
}

class Inflater {
 public:
  Inflater() { KAI_CHECK(inflateInit2(&stream_, gzip_window_bits) == Z_OK); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Takes one member from the front of `bytes` and appends its content.
  Result<Unit> read_member(std::string_view& bytes, std::string& content, std::size_t bytes_max) {
    inflateReset(&stream_);
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      std::array<char, chunk_bytes> chunk;
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = chunk.size();
      offer(stream_, bytes);
      const std::size_t offered = stream_.avail_in;
      status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_BUF_ERROR) return fail(ErrorKind::malformed, "gzip data is cut off");
      if (status != Z_OK && status != Z_STREAM_END) return fail(ErrorKind::malformed, reason());
      bytes.remove_prefix(offered - stream_.avail_in);
      const std::size_t fresh = chunk.size() - stream_.avail_out;
      if (fresh > bytes_max - content.size()) {
        return fail(ErrorKind::malformed, "gzip content is longer than the " +
                                              std::to_string(bytes_max) + " bytes allowed");
      }
      content.append(chunk.data(), fresh);
    }
    return Unit{};
  }

 private:
  std::string reason() const {
    return std::string("not gzip data: ") + (stream_.msg == nullptr ? "corrupt" : stream_.msg);
  }

  z_stream stream_{};
};

}  // namespace

Result<std::string> inflate(std::string_view bytes, std::size_t bytes_max) {
  Inflater inflater;
  std::string content;
  do {
    const Result<Unit> read = inflater.read_member(bytes, content, bytes_max);
    if (!read) return std::unexpected(read.error());
  } while (!bytes.empty());
  return content;
}

std::string deflate(std::string_view content) {
  z_stream stream{};
  KAI_CHECK(content.size() < std::numeric_limits<uInt>::max());
  KAI_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                         Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  offer(stream, content);
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int status = ::deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  KAI_CHECK(status == Z_STREAM_END);
  return bytes;
}

}  // namespace kai::codec
