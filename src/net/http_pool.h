// Connections kept open per origin, and the exchanges that wait for one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "net/http_exchange.h"

namespace kai::net {

class HttpPool {
 public:
  // Of one origin: scheme, host, port, Unix socket, TLS identity; those of streams are counted
  // apart, so that watches, which stay, cannot keep a request waiting.
  static constexpr std::size_t connections_max = 8;
  static constexpr std::size_t stream_connections_max = 64;
  static constexpr std::size_t waiting_max = 1024;
  static constexpr Duration idle_max = std::chrono::seconds(50);  // below the usual 60 s of servers

  // What became of an exchange. None of them is told twice or for an exchange that was dropped.
  struct Events {
    std::move_only_function<void(Exchange&, std::string_view bytes)> on_bytes;
    std::move_only_function<void(Exchange&, Result<Unit>)> on_closed;  // also: could not be opened
  };

  HttpPool(Loop& loop, Events events);
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;
  ~HttpPool();

  // Sends `exchange` over a kept or a new connection, or lets it wait. `unavailable` when too many
  // wait.
  Result<Unit> add(const std::shared_ptr<Exchange>& exchange);
  // The exchange needs its connection no more; it is kept when `reusable`, else closed.
  void release(Exchange& exchange, bool reusable);
  // Closes all idle connections of an origin: one of them turned out to be dead.
  void forget_idle(const std::string& origin);

 private:
  struct Lane;
  struct Origin;

  void send_over(Lane& lane, Exchange& exchange, bool kept);
  void open_lane(Origin& origin, const std::shared_ptr<Exchange>& exchange);
  void on_opened(const std::shared_ptr<Lane>& lane, Result<Unit> result);
  void on_lane_closed(const std::shared_ptr<Lane>& lane, Result<Unit> result);
  void make_idle(const std::shared_ptr<Lane>& lane);
  void remove(const std::shared_ptr<Lane>& lane);
  void serve_waiting(const std::string& origin);

  Loop& loop_;
  Events events_;
  std::map<std::string, Origin> origins_;
};

}  // namespace kai::net
