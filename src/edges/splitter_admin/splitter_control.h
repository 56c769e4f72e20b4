// The control socket of kai-splitter: what is in force, and changes to it that lose nothing that
// somebody else changed meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reply.h"
#include "base/timers.h"
#include "net/http_client.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

inline constexpr Duration splitter_read_max = std::chrono::seconds(5);
// A raise waits up to 10 s for the disk, and then up to 1 s for the workers.
inline constexpr Duration splitter_change_max = std::chrono::seconds(15);
inline constexpr std::size_t splitter_answer_bytes_max = std::size_t{16} << 20;
// Somebody else changed the configuration between our look and our change.
inline constexpr int splitter_tries_max = 5;
inline constexpr std::size_t splitter_waiting_max = 64;  // changes, of each urgency

struct SplitterStatus {
  std::uint64_t generation = 0;  // in force
  std::uint64_t writer_epoch = 0;
  bool durable = false;                // a restart comes up with it
  bool is_draining = false;            // it ends
  std::vector<std::uint64_t> workers;  // the generation that each of them uses; never empty

  // The workers that decide by something older than `wanted`.
  [[nodiscard]] std::size_t behind(std::uint64_t wanted) const;
  // "1 of 2 workers of kai-splitter have not taken generation 7".
  [[nodiscard]] std::string laggards(std::uint64_t wanted) const;
};

// What a change did.
struct SplitterWritten {
  std::uint64_t generation = 0;  // that is in force with it, on every worker
  bool durable = false;          // a restart comes up with it
};

// Every error names the socket. `unavailable`: no such socket, nobody listens, no answer, a change
// whose outcome is unknown, one that the disk or a worker did not take (503, 504), one that was
// overtaken (a higher epoch, another change). `rejected`: the splitter refuses the configuration,
// or this user. `malformed`: its answer is not of the form, or too long.
class SplitterControl {
 public:
  // All outlive the control. `socket` is a path.
  SplitterControl(net::HttpClient& http, Timers& timers, const SteadyClock& steady,
                  std::string socket);
  SplitterControl(const SplitterControl&) = delete;
  SplitterControl& operator=(const SplitterControl&) = delete;
  // What is under way or waits then is never answered.
  ~SplitterControl();

  // What is in force, without salts. (A route that is sent without a salt keeps the one it has.)
  void read(Reply<splitter::SnapshotSpec> reply);
  void status(Reply<SplitterStatus> reply);
  // Text format of Prometheus, not looked into.
  void metrics(Reply<std::string> reply);

  // Whether it would take this in the place of what is in force; changes nothing.
  void check(const splitter::SnapshotSpec& wanted, Reply<Unit> reply);

  // Makes of what is in force what should be; false when it is so already. An error ends the
  // change. Called again when somebody else was faster. It leaves `generation` alone, and
  // `writer_epoch` unless it fences.
  using Edit = std::move_only_function<Result<bool>(splitter::SnapshotSpec& snapshot)>;
  enum class Urgency : std::uint8_t {
    in_turn,  // after the changes before it
    at_once,  // beside what is under way: lowering waits for nothing
  };
  // Reads, edits, writes all of it as one change and answers after the barrier; also when nothing
  // differed: what is in force already may not be so on every worker yet.
  void change(Edit edit, Urgency urgency, Reply<SplitterWritten> reply);

  [[nodiscard]] const std::string& socket() const;
  // Runs after the present call, for answers that are known at once; not when the control has gone
  // by then.
  void later(Task task);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::edges
