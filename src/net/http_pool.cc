#include "net/http_pool.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kai::net {

// A connection and who uses it now. Owned by its origin; the connection's callbacks hold it weakly.
struct HttpPool::Lane {
  std::string origin;
  std::shared_ptr<Connection> connection;
  std::weak_ptr<Exchange> user;
  bool idle = false;
  TimerId idle_timer = 0;
};

struct HttpPool::Origin {
  std::vector<std::shared_ptr<Lane>> lanes;  // least recently used first
  std::deque<std::weak_ptr<Exchange>> waiting;
};

HttpPool::HttpPool(Loop& loop, Events events) : loop_(loop), events_(std::move(events)) {}

HttpPool::~HttpPool() {
  for (auto& [key, origin] : origins_) {
    for (const auto& lane : origin.lanes) {
      loop_.cancel(lane->idle_timer);
      lane->connection->close();
    }
  }
}

Result<Unit> HttpPool::add(const std::shared_ptr<Exchange>& exchange) {
  Origin& origin = origins_[exchange->origin];
  std::erase_if(origin.waiting,
                [](const auto& waiting) { return waiting.expired() || waiting.lock()->ended; });
  // The most recently used one is the least likely to have been closed by the other side.
  const auto idle = std::find_if(origin.lanes.rbegin(), origin.lanes.rend(),
                                 [](const auto& lane) { return lane->idle; });
  if (idle != origin.lanes.rend()) {
    Lane& lane = **idle;
    lane.user = exchange;
    send_over(lane, *exchange, true);
    return Unit{};
  }
  const std::size_t most =
      exchange->kind == ExchangeKind::stream ? stream_connections_max : connections_max;
  if (origin.lanes.size() < most) {
    open_lane(origin, exchange);
    return Unit{};
  }
  if (origin.waiting.size() >= waiting_max)
    return fail(ErrorKind::unavailable, "too many requests wait for this server");
  origin.waiting.push_back(exchange);
  return Unit{};
}

void HttpPool::send_over(Lane& lane, Exchange& exchange, bool kept) {
  lane.idle = false;
  loop_.cancel(lane.idle_timer);
  exchange.connection = lane.connection;
  exchange.is_on_kept_connection = kept;
  exchange.was_sent = true;
  lane.connection->write(exchange.bytes);
}

void HttpPool::open_lane(Origin& origin, const std::shared_ptr<Exchange>& exchange) {
  auto lane = std::make_shared<Lane>(Lane{.origin = exchange->origin,
                                          .connection = std::make_shared<Connection>(loop_),
                                          .user = exchange});
  exchange->connection = lane->connection;
  exchange->connecting_since = loop_.now();
  origin.lanes.push_back(lane);
  lane->connection->open(exchange->peer, [this, weak = std::weak_ptr(lane)](Result<Unit> result) {
    if (const auto opened = weak.lock()) on_opened(opened, std::move(result));
  });
}

void HttpPool::on_opened(const std::shared_ptr<Lane>& lane, Result<Unit> result) {
  if (!result) return on_lane_closed(lane, std::move(result));
  lane->connection->start({
      .on_bytes =
          [this, weak = std::weak_ptr(lane)](std::string_view bytes) {
            const auto told = weak.lock();
            if (!told) return;
            const auto user = told->user.lock();
            // Nobody asked: the time-out message of a server, or an answer too many.
            if (!user) return remove(told);
            events_.on_bytes(*user, bytes);
          },
      .on_closed =
          [this, weak = std::weak_ptr(lane)](Result<Unit> end) {
            if (const auto told = weak.lock()) on_lane_closed(told, std::move(end));
          },
  });
  if (const auto user = lane->user.lock()) return send_over(*lane, *user, false);
  make_idle(lane);
}

void HttpPool::on_lane_closed(const std::shared_ptr<Lane>& lane, Result<Unit> result) {
  const auto user = lane->user.lock();
  if (user) {
    user->connection = nullptr;
    lane->user.reset();
  }
  remove(lane);
  if (user && !user->ended) events_.on_closed(*user, std::move(result));
}

void HttpPool::release(Exchange& exchange, bool reusable) {
  const auto connection = std::exchange(exchange.connection, nullptr);
  if (!connection) return;
  const auto& lanes = origins_.at(exchange.origin).lanes;
  const auto found =
      std::ranges::find(lanes, connection, [](const auto& open) { return open->connection; });
  if (found == lanes.end()) return;
  // A copy, since remove() takes it out of the list.
  const std::shared_ptr<Lane> lane = *found;  // NOLINT(performance-unnecessary-copy-initialization)
  lane->user.reset();
  const bool keep = reusable && connection->is_open() && connection->is_all_written();
  return keep ? make_idle(lane) : remove(lane);
}

void HttpPool::make_idle(const std::shared_ptr<Lane>& lane) {
  std::vector<std::shared_ptr<Lane>>& lanes = origins_.at(lane->origin).lanes;
  std::rotate(std::ranges::find(lanes, lane), std::ranges::find(lanes, lane) + 1, lanes.end());
  lane->idle = true;
  lane->idle_timer = loop_.at(loop_.now() + idle_max, [this, weak = std::weak_ptr(lane)] {
    if (const auto old = weak.lock()) remove(old);
  });
  serve_waiting(lane->origin);
}

void HttpPool::remove(const std::shared_ptr<Lane>& lane) {
  loop_.cancel(lane->idle_timer);
  lane->connection->close();
  const std::string key = lane->origin;
  std::erase(origins_.at(key).lanes, lane);
  serve_waiting(key);
}

void HttpPool::forget_idle(const std::string& key) {
  Origin& origin = origins_[key];
  for (const auto& lane : std::vector(origin.lanes)) {
    if (lane->idle) remove(lane);
  }
}

void HttpPool::serve_waiting(const std::string& key) {
  const auto found = origins_.find(key);
  if (found == origins_.end()) return;
  std::deque<std::weak_ptr<Exchange>>& waiting = found->second.waiting;
  while (!waiting.empty()) {
    const auto next = waiting.front().lock();
    waiting.pop_front();
    if (!next || next->ended) continue;
    // There is an idle connection or room for a new one: it cannot come back to the queue or fail.
    const Result<Unit> added = add(next);
    KAI_CHECK(added.has_value());
    return;
  }
  if (found->second.lanes.empty()) origins_.erase(found);
}

}  // namespace kai::net
