#include "examples/shop/http_service.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct Shared {
  const std::vector<Header>& headers;
  const std::function<Answer(std::string_view)>& handle;
  bool stopping = false;
};

// One connection: read, wait, write, again. Owned by its own pending operation.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Shared& shared)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), shared_(shared) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  void read() {
    idle_ = true;
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       self->idle_ = false;
                       if (!error) {
                         self->answer();
                       }
                     });
  }

  void close_if_idle() {
    if (idle_) {
      error_code ignored;
      socket_.close(ignored);
    }
  }

 private:
  void answer() {
    answer_ = shared_.handle(std::string_view(request_.target().data(), request_.target().size()));
    timer_.expires_after(answer_.delay);
    timer_.async_wait([self = shared_from_this()](error_code) { self->write(); });
  }

  void write() {
    if (answer_.sent) {
      answer_.sent();
    }
    response_ = {};
    response_.version(request_.version());
    response_.result(static_cast<unsigned>(answer_.status));
    response_.set(http::field::content_type, answer_.content_type);
    for (const Header& header : shared_.headers) {
      response_.set(header.name, header.value);
    }
    response_.keep_alive(request_.keep_alive() && !shared_.stopping);
    response_.body() = std::move(answer_.body);
    response_.prepare_payload();
    http::async_write(socket_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) {
                          self->read();
                          return;
                        }
                        error_code ignored;
                        self->socket_.shutdown(tcp::socket::shutdown_both, ignored);
                      });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const Shared& shared_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  Answer answer_;
  bool idle_ = false;
};

class Server {
 public:
  Server(const ServiceSettings& settings, Shared& shared)
      : settings_(settings),
        shared_(shared),
        acceptor_(context_),
        signals_(context_),
        timer_(context_),
        life_(context_) {
    const tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(1024);
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
  }

  int run() {
    accept();
    signals_.async_wait([this](error_code error, int) {
      if (!error) {
        begin_stop();
      }
    });
    if (settings_.exit_after.count() > 0) {
      life_.expires_after(settings_.exit_after);
      life_.async_wait([](error_code error) {
        if (!error) {
          std::fputs("fatal: exit after the time that was asked for\n", stderr);
          std::_Exit(1);
        }
      });
    }
    context_.run();
    return 0;
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) {
        return;
      }
      if (!error) {
        sessions_.remove_if([](const auto& session) { return session.expired(); });
        const auto session = std::make_shared<Session>(std::move(socket), shared_);
        sessions_.emplace_back(session);
        session->read();
      }
      accept();
    });
  }

  // From here on answers say "Connection: close": clients leave before the listener is gone.
  void begin_stop() {
    std::printf("stopping: %lld ms for routers to notice\n",
                static_cast<long long>(settings_.stop_delay.count()));
    shared_.stopping = true;
    timer_.expires_after(settings_.stop_delay);
    timer_.async_wait([this](error_code) { end_stop(); });
  }

  void end_stop() {
    error_code ignored;
    acceptor_.close(ignored);
    life_.cancel();
    for (const auto& session : sessions_) {
      if (const auto alive = session.lock()) {
        alive->close_if_idle();
      }
    }
    timer_.expires_after(settings_.drain_max);
    timer_.async_wait([this](error_code) { context_.stop(); });
    watch_drain();
  }

  void watch_drain() {
    sessions_.remove_if([](const auto& session) { return session.expired(); });
    if (sessions_.empty()) {
      std::puts("stopped: nothing in flight");
      context_.stop();
      return;
    }
    life_.expires_after(std::chrono::milliseconds(10));
    life_.async_wait([this](error_code) { watch_drain(); });
  }

  const ServiceSettings& settings_;
  Shared& shared_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  asio::steady_timer life_;
  std::list<std::weak_ptr<Session>> sessions_;
};

}  // namespace

int serve(const ServiceSettings& settings, const std::vector<Header>& headers,
          const std::function<Answer(std::string_view target)>& handle) {
  Shared shared{.headers = headers, .handle = handle};
  Server server(settings, shared);
  return server.run();
}

}  // namespace shop
