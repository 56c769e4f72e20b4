#include "net/http_server.h"

#include <cstring>
#include <set>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "net/connection.h"
#include "net/http_write.h"

namespace kai::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors: trying again at once would only burn the processor.
constexpr Duration accept_pause = std::chrono::milliseconds(200);

std::optional<PeerProcess> peer_process_of(int socket) {
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &address_bytes) != 0) return {};
  ucred peer{};
  socklen_t peer_bytes = sizeof peer;
  if (address.ss_family != AF_UNIX) return {};
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &peer_bytes) != 0) return {};
  return PeerProcess{.user = peer.uid};
}

// Whether somebody answers on the socket at `path`; if nobody does, it is left over and removed.
bool is_served(asio::io_context& context, const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0 || !S_ISSOCK(about.st_mode)) return false;
  asio::local::stream_protocol::socket probe(context);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
  return !error;
}

}  // namespace

// One connection and the request that is being read or answered on it.
struct HttpServer::Session : std::enable_shared_from_this<HttpServer::Session> {
  explicit Session(std::size_t body_bytes_max) : parser(body_bytes_max) {}

  std::shared_ptr<Connection> connection;
  std::optional<PeerProcess> peer;
  RequestParser parser;
  TimerId timer = 0;
  bool answering = false;
};

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(Loop& on_loop, Options with, TlsContext with_tls, Handler on_request)
      : loop(on_loop),
        options(std::move(with)),
        tls(std::move(with_tls)),
        handler(std::move(on_request)),
        acceptor(on_loop.context()) {}

  Result<Unit> listen();
  Result<Unit> listen_on_address();
  Result<Unit> listen_on_path();
  void listen_on(const asio::generic::stream_protocol::endpoint& endpoint, error_code& error);
  Result<Unit> listen_on_given();
  void accept();
  [[nodiscard]] bool may_come(int socket);
  void add_session(int socket);
  void read_requests(Session& session);
  void on_bytes(Session& session, std::string_view bytes);
  void on_answered(Session& session);
  void refuse(Session& session, const Error& error);
  void limit_request(Session& session);
  void remove(Session& session);

  Loop& loop;
  Options options;
  TlsContext tls;
  Handler handler;
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor;
  std::set<std::shared_ptr<Session>> sessions;
  std::size_t accepted = 0;
  bool is_paused = false;
  bool accepts = false;  // one call of the kernel waits
  bool has_left = false;
  bool owns_path = true;  // one that was given is another process's until it is resumed
};

struct HttpResponder::State {
  std::weak_ptr<HttpServer::Impl> server;
  std::weak_ptr<HttpServer::Session> session;
  bool head_only = false;  // the answer to HEAD
  bool ended = false;
};

HttpResponder::HttpResponder(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpResponder::~HttpResponder() = default;

void HttpResponder::send(const HttpResponse& response) {
  std::string bytes = write_response_head(response, Framing::length);
  if (!state_->head_only) bytes += response.body;
  write(bytes);
  end();
}

void HttpResponder::begin(const HttpResponse& head) {
  write(write_response_head(head, Framing::chunks));
}

void HttpResponder::piece(std::string_view bytes) {
  if (!bytes.empty() && !state_->head_only) write(write_chunk(bytes));
}

void HttpResponder::finish() {
  if (!state_->head_only) write(write_chunk(""));
  end();
}

void HttpResponder::raw(std::string_view bytes) { write(bytes); }

void HttpResponder::close() {
  if (is_open()) state_->session.lock()->connection->close_when_written();
  state_->ended = true;
}

bool HttpResponder::is_open() const {
  const auto session = state_->session.lock();
  return !state_->ended && session && session->connection->is_open();
}

void HttpResponder::write(std::string_view bytes) {
  if (is_open()) state_->session.lock()->connection->write(bytes);
}

void HttpResponder::end() {
  const auto server = state_->server.lock();
  if (server && is_open()) server->on_answered(*state_->session.lock());
  state_->ended = true;
}

Result<Unit> HttpServer::Impl::listen() {
  if (options.listening >= 0) return listen_on_given();
  return options.unix_path.empty() ? listen_on_address() : listen_on_path();
}

void HttpServer::Impl::listen_on(const asio::generic::stream_protocol::endpoint& endpoint,
                                 error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
}

Result<Unit> HttpServer::Impl::listen_on_address() {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) return fail(ErrorKind::rejected, "no IP address: " + options.address);
  listen_on(tcp::endpoint(address, options.port), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return Unit{};
  return fail(ErrorKind::unavailable, "listening on " + options.address + " port " +
                                          std::to_string(options.port) + ": " + error.message());
}

Result<Unit> HttpServer::Impl::listen_on_given() {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  error_code error;
  if (::getsockname(options.listening, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
    return fail(ErrorKind::rejected, "what was handed over is no socket");
  }
  acceptor.assign(asio::generic::stream_protocol(address.ss_family, 0), options.listening, error);
  owns_path = false;
  if (!error) return Unit{};
  return fail(ErrorKind::rejected, "a socket that was handed over: " + error.message());
}

Result<Unit> HttpServer::Impl::listen_on_path() {
  const std::string& path = options.unix_path;
  const std::string what = "listening on " + path + ": ";
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::rejected, what + "the path is too long for a socket");
  }
  if (is_served(loop.context(), path)) {
    return fail(ErrorKind::unavailable, what + "another process listens there");
  }
  error_code error;
  listen_on(asio::local::stream_protocol::endpoint(path), error);
  if (error) return fail(ErrorKind::rejected, what + error.message());
  // Between bind and listen nobody can connect, so nobody gets in before the mode is right.
  if (::chmod(path.c_str(), options.unix_mode) != 0) {
    return fail(ErrorKind::rejected, what + "its mode cannot be set");
  }
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(ErrorKind::unavailable, what + error.message());
  return Unit{};
}

void HttpServer::Impl::accept() {
  if (is_paused || accepts) return;
  accepts = true;
  acceptor.async_accept(
      [weak = weak_from_this()](error_code error, asio::generic::stream_protocol::socket socket) {
        const auto self = weak.lock();
        if (!self) return;
        self->accepts = false;
        if (self->has_left) return;
        if (error == asio::error::operation_aborted) return self->accept();  // resumed since
        if (error) {
          self->loop.at(self->loop.now() + accept_pause, [weak] {
            if (const auto later = weak.lock()) later->accept();
          });
          return;
        }
        if (self->may_come(socket.native_handle())) self->add_session(socket.release());
        self->accept();
      });
}

bool HttpServer::Impl::may_come(int socket) {
  if (sessions.size() >= connections_max) return false;
  if (!options.may_connect) return true;
  const auto peer = peer_process_of(socket);
  return peer && options.may_connect(*peer, sessions.size());
}

void HttpServer::Impl::add_session(int socket) {
  ++accepted;
  const auto session = std::make_shared<Session>(options.body_bytes_max);
  session->connection = std::make_shared<Connection>(loop);
  session->peer = peer_process_of(socket);
  sessions.insert(session);
  limit_request(*session);
  const auto on_opened = [weak = weak_from_this(),
                          weak_session = std::weak_ptr(session)](Result<Unit> opened) {
    const auto self = weak.lock();
    const auto known = weak_session.lock();
    if (!self || !known) return;
    if (!opened) return self->remove(*known);
    known->connection->start({
        .on_bytes =
            [weak, weak_session](std::string_view bytes) {
              const auto server = weak.lock();
              const auto told = weak_session.lock();
              if (server && told) server->on_bytes(*told, bytes);
            },
        .on_closed =
            [weak, weak_session](const Result<Unit>&) {
              const auto server = weak.lock();
              const auto told = weak_session.lock();
              if (server && told) server->remove(*told);
            },
    });
  };
  session->connection->adopt(socket, tls, on_opened);
}

void HttpServer::Impl::on_bytes(Session& session, std::string_view bytes) {
  if (const Result<Unit> fed = session.parser.feed(bytes); !fed)
    return refuse(session, fed.error());
  if (!session.answering) read_requests(session);
}

// Hands the next request on when it is complete.
void HttpServer::Impl::read_requests(Session& session) {
  if (!session.parser.is_done()) return;
  loop.cancel(session.timer);
  session.answering = true;
  HttpServerRequest request{
      .head = session.parser.head(), .body = session.parser.take_body(), .peer = session.peer};
  const bool head_only = request.head.method == "HEAD";
  handler(std::move(request),
          std::make_shared<HttpResponder>(std::make_unique<HttpResponder::State>(
              HttpResponder::State{.server = weak_from_this(),
                                   .session = session.weak_from_this(),
                                   .head_only = head_only})));
}

void HttpServer::Impl::on_answered(Session& session) {
  if (!session.parser.keeps_connection()) return session.connection->close_when_written();
  limit_request(session);
  // Later, since the handler of the last request may still be running.
  loop.post([weak = weak_from_this(), weak_session = session.weak_from_this()] {
    const auto self = weak.lock();
    const auto next = weak_session.lock();
    if (!self || !next || !next->connection->is_open()) return;
    next->answering = false;
    if (const Result<Unit> begun = next->parser.next(); !begun)
      return self->refuse(*next, begun.error());
    self->read_requests(*next);
  });
}

void HttpServer::Impl::refuse(Session& session, const Error& error) {
  const bool too_long = error.message.find("longer") != std::string::npos;
  const HttpResponse response{.status = too_long ? 413 : 400, .headers = {{"Connection", "close"}}};
  if (!session.answering) session.connection->write(write_response_head(response, Framing::length));
  session.connection->close_when_written();
}

void HttpServer::Impl::limit_request(Session& session) {
  loop.cancel(session.timer);
  session.timer = loop.at(loop.now() + options.request_timeout,
                          [weak = weak_from_this(), weak_session = session.weak_from_this()] {
                            const auto self = weak.lock();
                            const auto late = weak_session.lock();
                            if (self && late) self->remove(*late);
                          });
}

void HttpServer::Impl::remove(Session& session) {
  const auto keep_alive = session.shared_from_this();
  loop.cancel(session.timer);
  session.connection->close();
  sessions.erase(keep_alive);
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, Options options,
                                                       Handler handler) {
  TlsContext tls;
  if (options.tls) {
    Result<TlsContext> made = make_server_tls_context(*options.tls);
    if (!made) return std::unexpected(made.error());
    tls = std::move(*made);
  }
  const auto impl =
      std::make_shared<Impl>(loop, std::move(options), std::move(tls), std::move(handler));
  if (const Result<Unit> listening = impl->listen(); !listening)
    return std::unexpected(listening.error());
  impl->is_paused = impl->options.starts_paused;
  impl->accept();
  return std::make_unique<HttpServer>(Private{}, impl);
}

HttpServer::~HttpServer() {  // NOLINT(bugprone-exception-escape): only for want of memory
  error_code not_vital;
  // Ours until it is closed: a successor finds a socket that is served, or none.
  if (impl_->owns_path && !impl_->options.unix_path.empty())
    ::unlink(impl_->options.unix_path.c_str());
  impl_->has_left = true;
  impl_->acceptor.close(not_vital);
  close_connections();
}

std::uint16_t HttpServer::port() const {
  error_code not_vital;
  const auto here = impl_->acceptor.local_endpoint(not_vital);
  tcp::endpoint endpoint;
  if (!impl_->options.unix_path.empty() || here.size() > endpoint.capacity()) return 0;
  std::memcpy(endpoint.data(), here.data(), here.size());
  endpoint.resize(here.size());
  return endpoint.port();
}

std::size_t HttpServer::connections_accepted() const { return impl_->accepted; }
std::size_t HttpServer::connections_open() const { return impl_->sessions.size(); }

void HttpServer::close_connections() {
  for (const auto& session : std::set(impl_->sessions)) impl_->remove(*session);
}

int HttpServer::listening_descriptor() const { return impl_->acceptor.native_handle(); }

void HttpServer::pause() {
  error_code not_vital;
  impl_->is_paused = true;
  impl_->acceptor.cancel(not_vital);
}

void HttpServer::resume() {
  impl_->owns_path = true;
  impl_->is_paused = false;
  impl_->accept();
}

void HttpServer::leave() {
  error_code not_vital;
  impl_->owns_path = false;
  impl_->has_left = true;
  // Not by close() of theirs: it relies on the kernel's forgetting a socket that is closed, and
  // this one stays open in the other process, so its events would go on coming here.
  const int listening = impl_->acceptor.release(not_vital);
  if (listening >= 0) ::close(listening);
  for (const auto& session : std::set(impl_->sessions)) {
    if (session->answering) {
      session->connection->close_when_written();
    } else {
      impl_->remove(*session);
    }
  }
}

}  // namespace kai::net
