#include "net/connection.h"

#include <array>
#include <optional>
#include <utility>

#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "base/check.h"
#include "net/tls_failure.h"
#include "net/unix_socket.h"

namespace kai::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket&>;

unsigned long openssl_code(const error_code& error) {
  if (error.category() != asio::error::get_ssl_category()) return 0;
  return static_cast<unsigned long>(error.value());
}

Error transport_error(const error_code& error, std::string_view doing) {
  if (openssl_code(error) != 0) return tls_alert(openssl_code(error), "failed");
  return {.kind = ErrorKind::unavailable, .message = std::string(doing) + ": " + error.message()};
}

// Name or address to verify, and the name to ask for (RFC 6066 §3: no addresses in SNI).
bool set_verified_name(SSL& tls, const std::string& name) {
  error_code no_address;
  asio::ip::make_address(name, no_address);
  if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&tls), name.c_str()) == 1;
  // The common name is not looked at, as everywhere else today (RFC 9525 §2).
  SSL_set_hostflags(&tls,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  // What the macro SSL_set_tlsext_host_name does, without its old-style cast.
  std::string shown = name;
  const long asked =
      SSL_ctrl(&tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, shown.data());
  return asked == 1 && SSL_set1_host(&tls, name.c_str()) == 1;
}

}  // namespace

// Every pending operation holds `self`; after close() each of them returns without a word.
// That an operation begins the next one is no recursion: Asio calls back from the loop only.
// NOLINTBEGIN(misc-no-recursion)
struct Connection::Impl {
  using Self = std::shared_ptr<Connection>;

  explicit Impl(Loop& on_loop)
      : loop(on_loop), resolver(on_loop.context()), socket(on_loop.context()) {}

  void connect(const Self& self, const tcp::resolver::results_type& endpoints);
  void connect_to_path(const Self& self);
  void connected(const Self& self);
  void shake_hands(const Self& self, asio::ssl::stream_base::handshake_type side);
  void finish_open(Result<Unit> result);
  void read(const Self& self);
  void on_read(const Self& self, error_code error, std::size_t size);
  void write_next(const Self& self);
  void shut_down(const Self& self);
  void end(Result<Unit> result);
  void close_socket();
  void on_stream(auto&& use);

  Loop& loop;
  tcp::resolver resolver;
  tcp::socket socket;
  std::unique_ptr<TlsStream> tls;
  Peer peer;
  Reply<Unit> opened;
  ConnectionEvents events;
  std::array<char, 32768> input{};
  std::string output;   // waiting
  std::string sending;  // with the kernel
  std::string_view doing = "waiting";
  bool closing = false;
  bool closed = false;
};

void Connection::Impl::on_stream(auto&& use) {
  if (tls) {
    use(*tls);
  } else {
    use(socket);
  }
}

void Connection::Impl::connect(const Self& self, const tcp::resolver::results_type& endpoints) {
  doing = "connecting";
  asio::async_connect(socket, endpoints, [this, self](error_code error, const tcp::endpoint&) {
    if (closed) return;
    if (error) return finish_open(std::unexpected(transport_error(error, doing)));
    connected(self);
  });
}

// As soon as it is asked for; the reply still comes later.
void Connection::Impl::connect_to_path(const Self& self) {
  doing = "connecting";
  Result<int> connected_socket = connect_unix(peer.unix_socket);
  error_code error;
  if (connected_socket) socket.assign(tcp::v4(), *connected_socket, error);
  if (error) {  // the kernel has no memory or no watch for one more
    ::close(*connected_socket);
    connected_socket = std::unexpected(transport_error(error, doing));
  }
  loop.post([this, self, result = std::move(connected_socket)]() mutable {
    if (closed) return;
    if (!result) return finish_open(std::unexpected(std::move(result.error())));
    connected(self);
  });
}

void Connection::Impl::connected(const Self& self) {
  error_code not_vital;
  socket.set_option(tcp::no_delay(true), not_vital);
  if (!peer.tls) return finish_open(Unit{});
  tls = std::make_unique<TlsStream>(socket, SSL_new(peer.tls.get()));
  const std::string& name = peer.verified_name.empty() ? peer.host : peer.verified_name;
  if (!set_verified_name(*tls->native_handle(), name) && !peer.insecure_skip_verify) {
    return finish_open(fail(ErrorKind::rejected, "TLS: the server name is not usable"));
  }
  shake_hands(self, asio::ssl::stream_base::client);
}

void Connection::Impl::shake_hands(const Self& self, asio::ssl::stream_base::handshake_type side) {
  doing = "TLS handshake";
  tls->async_handshake(side, [this, self](error_code error) {
    if (closed) return;
    if (!error) return finish_open(Unit{});
    const std::string& name = peer.verified_name.empty() ? peer.host : peer.verified_name;
    finish_open(std::unexpected(tls_failure(*tls->native_handle(), openssl_code(error), name)));
  });
}

void Connection::Impl::finish_open(Result<Unit> result) {
  doing = "waiting for the answer";
  if (!result) close_socket();
  Reply<Unit> reply = std::move(opened);
  loop.contain([&] { reply(std::move(result)); });
}

void Connection::Impl::read(const Self& self) {
  on_stream([&](auto& stream) {
    stream.async_read_some(asio::buffer(input), [this, self](error_code error, std::size_t size) {
      if (!closed) on_read(self, error, size);
    });
  });
}

void Connection::Impl::on_read(const Self& self, error_code error, std::size_t size) {
  if (size > 0) loop.contain([&] { events.on_bytes(std::string_view(input.data(), size)); });
  if (closed) return;
  if (!error) return read(self);
  if (error == asio::error::eof) return end(Unit{});
  if (error == asio::ssl::error::stream_truncated) {
    return end(fail(ErrorKind::unavailable, "connection closed without a TLS close notice"));
  }
  end(std::unexpected(transport_error(error, "reading")));
}

void Connection::Impl::write_next(const Self& self) {
  if (!sending.empty()) return;
  if (output.empty()) return closing ? shut_down(self) : static_cast<void>(0);
  sending = std::exchange(output, {});
  on_stream([&](auto& stream) {
    asio::async_write(stream, asio::buffer(sending), [this, self](error_code error, std::size_t) {
      sending.clear();
      // A failed write ends the connection only through the read: an answer may have come before
      // the reset (a server that refuses a long body answers and closes).
      if (closed || error) return;
      write_next(self);
    });
  });
}

void Connection::Impl::shut_down(const Self& self) {
  if (!tls) {
    error_code not_vital;
    socket.shutdown(tcp::socket::shutdown_send, not_vital);
    return end(Unit{});
  }
  tls->async_shutdown([this, self](error_code) {
    if (!closed) end(Unit{});
  });
}

void Connection::Impl::end(Result<Unit> result) {
  if (closed) return;
  close_socket();
  if (events.on_closed) loop.contain([&] { events.on_closed(std::move(result)); });
}

void Connection::Impl::close_socket() {
  closed = true;
  error_code not_vital;
  resolver.cancel();
  socket.close(not_vital);
}

// NOLINTEND(misc-no-recursion)

Connection::Connection(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}
Connection::~Connection() = default;

void Connection::open(Peer peer, Reply<Unit> opened) {
  impl_->peer = std::move(peer);
  impl_->opened = std::move(opened);
  if (!impl_->peer.unix_socket.empty()) return impl_->connect_to_path(shared_from_this());
  const std::uint16_t port = impl_->peer.port;
  error_code no_address;
  const asio::ip::address address = asio::ip::make_address(impl_->peer.host, no_address);
  if (!no_address) {
    return impl_->connect(shared_from_this(), tcp::resolver::results_type::create(
                                                  tcp::endpoint(address, port), "", ""));
  }
  impl_->doing = "looking up the name";
  impl_->resolver.async_resolve(
      impl_->peer.host, std::to_string(port), tcp::resolver::numeric_service,
      [this, self = shared_from_this()](error_code error,
                                        const tcp::resolver::results_type& endpoints) {
        if (impl_->closed) return;
        if (error) return impl_->finish_open(std::unexpected(transport_error(error, impl_->doing)));
        impl_->connect(self, endpoints);
      });
}

void Connection::adopt(int socket, TlsContext tls, Reply<Unit> opened) {
  error_code error;
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  const bool known = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  impl_->socket.assign(known && address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket,
                       error);
  KAI_CHECK(!error);
  impl_->opened = std::move(opened);
  impl_->socket.set_option(tcp::no_delay(true), error);
  if (!tls)
    return impl_->loop.post([this, self = shared_from_this()] { impl_->finish_open(Unit{}); });
  impl_->peer.tls = std::move(tls);
  impl_->tls = std::make_unique<TlsStream>(impl_->socket, SSL_new(impl_->peer.tls.get()));
  impl_->shake_hands(shared_from_this(), asio::ssl::stream_base::server);
}

void Connection::start(ConnectionEvents events) {
  impl_->events = std::move(events);
  impl_->read(shared_from_this());
}

void Connection::write(std::string_view bytes) {
  if (impl_->closed || impl_->closing || bytes.empty()) return;
  if (impl_->output.size() + bytes.size() > output_bytes_max) {
    return impl_->loop.post([this, self = shared_from_this()] {
      impl_->end(fail(ErrorKind::unavailable, "the other side does not read what we send"));
    });
  }
  impl_->output += bytes;
  impl_->write_next(shared_from_this());
}

void Connection::close_when_written() {
  if (impl_->closed || impl_->closing) return;
  impl_->closing = true;
  impl_->loop.post([this, self = shared_from_this()] { impl_->write_next(self); });
}

void Connection::close() { impl_->close_socket(); }

bool Connection::is_open() const { return !impl_->closed; }

bool Connection::is_all_written() const { return impl_->sending.empty() && impl_->output.empty(); }

std::string_view Connection::doing() const { return impl_->doing; }

}  // namespace kai::net
