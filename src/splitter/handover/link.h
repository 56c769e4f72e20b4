// Messages and open descriptors between two splitters of one user, over a Unix socket.
//
// A frame is the length of its body (4 bytes, little-endian), how many descriptors come with it (4
// bytes), and the body: a JSON map with a "type".
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "os/descriptor.h"

namespace kai::splitter {

struct Frame {
  Tree body;  // a map
  std::vector<os::Descriptor> descriptors;

  [[nodiscard]] std::string type() const { return body.text_or("/type", ""); }
};
// {"type": `type`}
[[nodiscard]] Tree message(std::string_view type);

// Never blocks.
class Link {
 public:
  static constexpr std::size_t frame_bytes_max = std::size_t{64} << 20;
  static constexpr std::size_t output_bytes_max = 2 * frame_bytes_max;
  static constexpr std::size_t frame_descriptors_max = 64;

  // A connected socket that does not block.
  explicit Link(os::Descriptor socket) : socket_(std::move(socket)) {}

  // Writes what the other side has room for; the rest waits for flush(). `descriptors` stay open
  // until it is written. `unavailable`: the other side is gone, or reads nothing.
  [[nodiscard]] Result<Unit> send(const Tree& body, std::span<const int> descriptors = {});
  [[nodiscard]] Result<Unit> flush();
  [[nodiscard]] bool has_output() const { return !output_.empty(); }

  // The next frame, if it is all here. `unavailable`: the other side has ended; `malformed`: it
  // does not speak as it should.
  [[nodiscard]] Result<std::optional<Frame>> receive();

  // From now on nothing can be sent to us and nothing by us. What came before can still be
  // received: so what the other side believes to have sent is either here or an error there.
  void shut_down();

  [[nodiscard]] int descriptor() const { return socket_.number(); }

 private:
  struct Output {
    std::string bytes;
    std::size_t sent = 0;
    std::vector<int> descriptors;  // leave with the first byte
  };
  [[nodiscard]] Result<bool> write_some(Output& output);
  [[nodiscard]] Result<bool> read_some();
  [[nodiscard]] Result<std::optional<Frame>> take_frame();

  os::Descriptor socket_;
  std::deque<Output> output_;
  std::size_t output_bytes_ = 0;
  std::string input_;
  std::deque<os::Descriptor> descriptors_;
};

// Whether the process at the other end is of `own_user`, or of root.
[[nodiscard]] bool is_peer_ours(int socket, std::uint32_t own_user);

// Connects to the Unix socket at `path`. `rejected`: there is none, or it is not of our user;
// `unavailable`: nobody listens there.
[[nodiscard]] Result<os::Descriptor> connect_to_path(const std::string& path);
// Listens there with mode 0600. A socket that nobody listens on any more is replaced. `rejected`:
// the path is no good; `unavailable`: something is there already.
[[nodiscard]] Result<os::Descriptor> listen_on_path(const std::string& path);
// Not open: nobody waits.
[[nodiscard]] os::Descriptor accept_link(const os::Descriptor& listening);
// Waits until it can be read (or, with `also_writes`, written), or the time is over: false.
[[nodiscard]] bool wait_for(int descriptor, bool also_writes, std::int64_t milliseconds);

}  // namespace kai::splitter
