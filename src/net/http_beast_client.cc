#include "net/http_beast_client.h"

#include <algorithm>
#include <set>
#include <utility>

#include "net/http_exchange.h"
#include "net/http_pool.h"
#include "net/http_write.h"
#include "net/tls_cache.h"

namespace kai::net {

struct BeastHttpClient::Impl : std::enable_shared_from_this<BeastHttpClient::Impl> {
  Impl(Loop& on_loop, Options with);

  std::shared_ptr<Exchange> start(ExchangeKind kind, HttpRequest request, StreamEvents events);
  Result<Unit> prepare(Exchange& exchange);
  void on_bytes(Exchange& exchange, std::string_view bytes);
  void on_closed(Exchange& exchange, Result<Unit> end);
  void tell(Exchange& exchange);
  void repeat(Exchange& exchange);
  void limit_connecting(const std::shared_ptr<Exchange>& exchange);
  void on_time_out(Exchange& exchange);
  void arm(Exchange& exchange, Duration wait);
  void finish(Exchange& exchange, Result<Unit> result);
  void drop(Exchange& exchange);

  Loop& loop;
  Options options;
  TlsCache contexts;
  HttpPool pool;
  std::set<std::shared_ptr<Exchange>> running;
};

namespace {

using ExchangePointer = std::shared_ptr<Exchange>;

// Collects what a stream tells into one answer.
StreamEvents collect(Reply<HttpResponse> reply) {
  const auto response = std::make_shared<HttpResponse>();
  return {
      .on_head = [response](const HttpResponse& head) { *response = head; },
      .on_piece = [response](std::string_view bytes) { response->body += bytes; },
      .on_end =
          [response, answer = std::move(reply)](Result<Unit> end) mutable {
            if (!end) return answer(std::unexpected(std::move(end.error())));
            answer(std::move(*response));
          },
  };
}

}  // namespace

BeastHttpClient::Impl::Impl(Loop& on_loop, Options with)
    : loop(on_loop),
      options(std::move(with)),
      contexts(options.authorities_file),
      pool(loop, {.on_bytes = [this](Exchange& exchange,
                                     std::string_view bytes) { on_bytes(exchange, bytes); },
                  .on_closed = [this](Exchange& exchange,
                                      Result<Unit> end) { on_closed(exchange, std::move(end)); }}) {
}

ExchangePointer BeastHttpClient::Impl::start(ExchangeKind kind, HttpRequest request,
                                             StreamEvents events) {
  const Result<Url> url = parse_url(request.url);
  const auto exchange =
      std::make_shared<Exchange>(kind, std::move(request), url.value_or(Url{}), std::move(events));
  running.insert(exchange);
  Result<Unit> begun = url ? prepare(*exchange) : Result<Unit>(std::unexpected(url.error()));
  if (begun) begun = pool.add(exchange);
  arm(*exchange, exchange->asked.timeout);
  if (begun) {
    limit_connecting(exchange);
    return exchange;
  }
  // The reply may not come before this call returned.
  loop.post([weak = weak_from_this(), exchange, error = std::move(begun.error())]() mutable {
    if (const auto self = weak.lock()) self->finish(*exchange, std::unexpected(std::move(error)));
  });
  return exchange;
}

// What can be said without the network: the bytes to send, and to whom.
Result<Unit> BeastHttpClient::Impl::prepare(Exchange& exchange) {
  Result<std::string> bytes = write_request(exchange.asked, exchange.where);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  exchange.bytes = std::move(*bytes);
  exchange.asked.body.clear();
  exchange.asked.authorization = {};
  exchange.peer = {.host = exchange.where.host,
                   .port = exchange.where.port,
                   .unix_socket = exchange.asked.unix_socket};
  exchange.origin = exchange.kind == ExchangeKind::stream ? "stream " : "whole ";
  exchange.origin += exchange.where.authority();
  if (!exchange.peer.unix_socket.empty()) exchange.origin += " over " + exchange.peer.unix_socket;
  if (!exchange.where.tls) return Unit{};
  const Result<TlsCache::Entry> tls = contexts.get(exchange.asked.tls);
  if (!tls) return std::unexpected(tls.error());
  exchange.origin += " tls " + std::to_string(tls->identity);
  exchange.peer.tls = tls->context;
  if (exchange.asked.tls) {
    exchange.peer.verified_name = exchange.asked.tls->server_name;
    exchange.peer.insecure_skip_verify = exchange.asked.tls->insecure_skip_verify;
  }
  return Unit{};
}

void BeastHttpClient::Impl::on_bytes(Exchange& exchange, std::string_view bytes) {
  const ExchangePointer keep_alive = exchange.shared_from_this();
  if (exchange.ended) return;
  if (Result<Unit> fed = exchange.parser.feed(bytes); !fed) {
    fed.error().message += exchange.doubt();
    return finish(exchange, std::move(fed));
  }
  tell(exchange);
  if (exchange.ended) return;
  if (exchange.parser.is_done()) return finish(exchange, Unit{});
  if (exchange.kind == ExchangeKind::stream && exchange.head_told)
    arm(exchange, exchange.asked.silence_max);
}

void BeastHttpClient::Impl::tell(Exchange& exchange) {
  if (!exchange.parser.has_head()) return;
  if (!exchange.head_told) {
    exchange.head_told = true;
    loop.contain([&] { exchange.events.on_head(exchange.parser.head()); });
  }
  const std::string body = exchange.parser.take_body();
  const std::size_t piece_max = std::max<std::size_t>(exchange.asked.body_bytes_max, 1);
  for (std::string_view rest = body; !rest.empty() && !exchange.ended;) {
    const std::string_view piece = rest.substr(0, piece_max);
    rest.remove_prefix(piece.size());
    loop.contain([&] { exchange.events.on_piece(piece); });
  }
}

void BeastHttpClient::Impl::on_closed(Exchange& exchange, Result<Unit> end) {
  const ExchangePointer keep_alive = exchange.shared_from_this();
  const bool unanswered = !exchange.parser.has_any_byte();
  if (unanswered && exchange.is_on_kept_connection && exchange.may_repeat() &&
      !exchange.was_repeated) {
    return repeat(exchange);
  }
  if (end) end = exchange.parser.feed_end();
  if (end) tell(exchange);
  if (exchange.ended) return;
  // A reset after the request was sent says as little as a proper close.
  if (!end && exchange.was_sent && unanswered && end.error().kind == ErrorKind::unavailable) {
    end.error().message = "connection closed before an answer";
  }
  if (!end && end.error().kind != ErrorKind::rejected) end.error().message += exchange.doubt();
  finish(exchange, std::move(end));
}

void BeastHttpClient::Impl::repeat(Exchange& exchange) {
  exchange.was_repeated = true;
  exchange.restart();
  exchange.was_sent = false;
  // What was kept open beside the dead one was most likely closed with it.
  pool.forget_idle(exchange.origin);
  if (Result<Unit> added = pool.add(exchange.shared_from_this()); !added)
    return finish(exchange, std::move(added));
  limit_connecting(exchange.shared_from_this());
}

// Looks every `connect_timeout` whether a connection begun that long ago stands; while the exchange
// waits in the queue there is none to judge.
void BeastHttpClient::Impl::limit_connecting(const ExchangePointer& exchange) {
  const SteadyTime since = exchange->connection ? exchange->connecting_since : loop.now();
  loop.at(since + options.connect_timeout,
          [weak = weak_from_this(), watched = std::weak_ptr(exchange)] {
            const auto self = weak.lock();
            const auto late = watched.lock();
            if (!self || !late || late->ended || late->was_sent) return;
            const bool too_long = late->connection && self->loop.now() - late->connecting_since >=
                                                          self->options.connect_timeout;
            if (!too_long) return self->limit_connecting(late);
            const std::string doing(late->connection->doing());
            self->finish(*late, fail(ErrorKind::unavailable,
                                     doing + ": no success within " +
                                         format_duration(self->options.connect_timeout)));
          });
}

void BeastHttpClient::Impl::arm(Exchange& exchange, Duration wait) {
  loop.cancel(exchange.timer);
  exchange.timer = 0;
  const bool endless = exchange.head_told && wait <= Duration::zero();
  if (endless) return;
  exchange.timer =
      loop.at(loop.now() + wait, [weak = weak_from_this(), late = exchange.weak_from_this()] {
        const auto self = weak.lock();
        const auto exchange_now = late.lock();
        if (self && exchange_now && !exchange_now->ended) self->on_time_out(*exchange_now);
      });
}

void BeastHttpClient::Impl::on_time_out(Exchange& exchange) {
  const bool silent = exchange.kind == ExchangeKind::stream && exchange.head_told;
  if (silent) {
    return finish(exchange,
                  fail(ErrorKind::unavailable,
                       "the stream was silent for " + format_duration(exchange.asked.silence_max)));
  }
  std::string doing = "waiting for a free connection";
  if (exchange.connection) doing = exchange.connection->doing();
  if (exchange.parser.has_any_byte()) doing = "reading the answer";
  finish(exchange,
         fail(ErrorKind::unavailable, "timed out after " + format_duration(exchange.asked.timeout) +
                                          ", " + doing + std::string(exchange.doubt())));
}

void BeastHttpClient::Impl::finish(Exchange& exchange, Result<Unit> result) {
  if (exchange.ended) return;
  const ExchangePointer keep_alive = exchange.shared_from_this();
  drop(exchange);
  result = in_context(exchange.name(), std::move(result));
  loop.contain([&] { keep_alive->events.on_end(std::move(result)); });
}

void BeastHttpClient::Impl::drop(Exchange& exchange) {
  exchange.ended = true;
  loop.cancel(exchange.timer);
  pool.release(exchange, exchange.parser.may_reuse_connection());
  running.erase(exchange.shared_from_this());
}

namespace {

// The asker's end of a stream.
class OpenStream final : public HttpStream {
 public:
  explicit OpenStream(std::move_only_function<void()> close) : close_(std::move(close)) {}
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  ~OpenStream() override { close_(); }

 private:
  std::move_only_function<void()> close_;
};

}  // namespace

BeastHttpClient::BeastHttpClient(Loop& loop, Options options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

BeastHttpClient::~BeastHttpClient() {
  for (const ExchangePointer& exchange : std::set(impl_->running)) impl_->drop(*exchange);
}

void BeastHttpClient::send(HttpRequest request, Reply<HttpResponse> reply) {
  impl_->start(ExchangeKind::whole, std::move(request), collect(std::move(reply)));
}

std::unique_ptr<HttpStream> BeastHttpClient::open_stream(HttpRequest request, StreamEvents events) {
  const ExchangePointer exchange =
      impl_->start(ExchangeKind::stream, std::move(request), std::move(events));
  return std::make_unique<OpenStream>([weak = std::weak_ptr(impl_), exchange] {
    const auto self = weak.lock();
    if (self && !exchange->ended) self->drop(*exchange);
  });
}

}  // namespace kai::net
