// The calls of the control socket, without the socket: a request in, an answer later.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/tree.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/answers.h"

namespace kai::splitter {

// What the asker may do; each includes the one before.
enum class Rights : std::uint8_t {
  figures,  // /metrics, /healthz, /readyz
  read,     // what is in force, without salts
  write,    // changes
};

struct Call {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  Rights rights = Rights::figures;
};

struct CallAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow = {};  // of 405: the method that is possible
};

class ControlCalls {
 public:
  static constexpr std::size_t body_bytes_max = std::size_t{16} << 20;

  // What only the data plane knows.
  struct DataPlane {
    // More series in the text format of Prometheus, each line ended.
    std::move_only_function<void(std::string& text)> add_metrics;
    // Merged into /v1/status: connections and the like.
    std::move_only_function<void(Tree& status)> add_status;
    // Listening and not ending.
    std::move_only_function<bool()> is_ready;
  };
  using Answer = std::move_only_function<void(CallAnswer)>;

  ControlCalls(Publisher& publisher, DataPlane data_plane);

  // Calls `answer` once, within or after this call.
  void take(const Call& call, Answer answer);

 private:
  [[nodiscard]] CallAnswer metrics();
  [[nodiscard]] CallAnswer readiness();
  [[nodiscard]] CallAnswer status();
  [[nodiscard]] CallAnswer snapshot();
  [[nodiscard]] CallAnswer explanation(std::string_view body);
  void replace(std::string_view body, bool dry_run, Answer answer);
  void change_split(std::string_view route, std::string_view body, Answer answer);

  Publisher& publisher_;
  DataPlane data_plane_;
};

}  // namespace kai::splitter
