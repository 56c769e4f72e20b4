// The control socket, and the loopback listener for figures: HTTP/1.1 on the admin thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "os/descriptor.h"
#include "splitter/admin/control_calls.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

class ControlServer {
 public:
  // Listening sockets of the process that is taken over from. Nobody is accepted at the server that
  // has them before resume().
  struct Given {
    os::Descriptor control;
    os::Descriptor metrics;  // may be none
  };

  // `calls` and `loop` outlive the server; `own_user` is the one this process runs as. Makes the
  // directory of the socket (0700) if it is not there. `rejected`: the directory belongs to another
  // user or others may write to it; else as HttpServer::listen.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> listen(net::Loop& loop,
                                                                     const Settings& settings,
                                                                     std::uint32_t own_user,
                                                                     ControlCalls& calls,
                                                                     const Given& given = {});

  // For a process that takes over: what is listened on, and as HttpServer has it.
  [[nodiscard]] int control_descriptor() const { return control_->listening_descriptor(); }
  [[nodiscard]] int metrics_descriptor() const;  // -1: none
  void pause();
  void resume();
  void leave();

  // Of the loopback listener; nothing without one.
  [[nodiscard]] std::optional<std::uint16_t> metrics_port() const;

 private:
  std::unique_ptr<net::HttpServer> control_;
  std::unique_ptr<net::HttpServer> metrics_;
};

// Root and `own_user` may do everything, others what they are listed for, nothing if they are not.
[[nodiscard]] std::optional<Rights> rights_of(std::uint32_t user, std::uint32_t own_user,
                                              const ControlAccess& access);

// Of the connections to the control socket: those who may only look leave these to the others, so
// that a weight can be lowered whatever they do.
inline constexpr std::size_t kept_for_writers = 64;
// Whether one more may come while `open` are there. Strangers may not, before they send a byte.
[[nodiscard]] bool may_connect(std::optional<Rights> rights, std::size_t open);

}  // namespace kai::splitter
