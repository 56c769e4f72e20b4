#include "examples/shop/crowd.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/tally.h"

namespace shop {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// A connection that has idled longer may be closed by the other side just as we write to it.
constexpr milliseconds idle_max{10'000};

struct Job {
  std::string path;
  Clock::time_point due;
};

microseconds since(Clock::time_point moment) {
  return std::chrono::duration_cast<microseconds>(Clock::now() - moment);
}

class Crowd;

// One connection, carrying one request at a time.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  explicit Visitor(Crowd& crowd);
  void take(Job job);
  [[nodiscard]] bool usable();  // idle not for too long, and not closed by the other side

 private:
  void connected(error_code error);
  void write();
  void written(error_code error, std::size_t size);
  void answered(error_code error, std::size_t size);
  void fail(Failure failure, error_code error);

  Crowd& crowd_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
  Job job_;
  bool connected_ = false;
  Clock::time_point idle_since_;
};

class Crowd {
 public:
  Crowd(const CrowdSettings& settings,
        const std::function<void(const Tally&, const Tally::Moment&)>& report)
      : settings_(settings),
        endpoint_(asio::ip::make_address(settings.address), settings.port),
        report_(report),
        signals_(context_),
        send_timer_(context_),
        report_timer_(context_) {}

  void run();

  // A visitor is done with its request: it takes the next one that waits, rests, or is forgotten.
  enum class Connection : std::uint8_t { reusable, closed };
  void done(const std::shared_ptr<Visitor>& visitor, Connection connection);

  const CrowdSettings& settings() const { return settings_; }
  const tcp::endpoint& endpoint() const { return endpoint_; }
  asio::io_context& context() { return context_; }
  Tally& tally() { return tally_; }

 private:
  void schedule();
  void send_due();
  void dispatch(Job job);
  void report_later();
  void report(bool final_line);
  void stop();
  void end_when_drained();

  const CrowdSettings& settings_;
  tcp::endpoint endpoint_;
  const std::function<void(const Tally&, const Tally::Moment&)>& report_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  asio::steady_timer send_timer_;
  asio::steady_timer report_timer_;
  Tally tally_;
  Clock::time_point started_;
  std::uint64_t sent_ = 0;
  std::size_t open_ = 0;
  std::vector<std::shared_ptr<Visitor>> resting_;  // the most recently used is taken first
  std::deque<Job> waiting_;
  bool stopping_ = false;  // nothing more is sent
  bool ended_ = false;     // and nothing is in flight
};

Visitor::Visitor(Crowd& crowd) : crowd_(crowd), stream_(crowd.context()) {}

bool Visitor::usable() {
  if (Clock::now() - idle_since_ > idle_max) {
    return false;
  }
  error_code error;
  char byte = 0;
  stream_.socket().non_blocking(true, error);
  stream_.socket().receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error == asio::error::would_block;  // data or an end of file: not in step with us
}

void Visitor::take(Job job) {
  job_ = std::move(job);
  stream_.expires_at(job_.due + crowd_.settings().timeout);
  if (connected_) {
    write();
    return;
  }
  stream_.async_connect(crowd_.endpoint(),
                        beast::bind_front_handler(&Visitor::connected, shared_from_this()));
}

void Visitor::connected(error_code error) {
  if (error) {
    fail(Failure::connect, error);
    return;
  }
  connected_ = true;
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  write();
}

void Visitor::write() {
  request_ = {http::verb::get, job_.path, 11};
  request_.set(http::field::host, crowd_.settings().host);
  request_.set(http::field::user_agent, "visitors");
  http::async_write(stream_, request_,
                    beast::bind_front_handler(&Visitor::written, shared_from_this()));
}

void Visitor::written(error_code error, std::size_t /*size*/) {
  if (error) {
    fail(Failure::reset, error);
    return;
  }
  response_ = {};
  http::async_read(stream_, buffer_, response_,
                   beast::bind_front_handler(&Visitor::answered, shared_from_this()));
}

void Visitor::answered(error_code error, std::size_t /*size*/) {
  if (error) {
    fail(Failure::reset, error);
    return;
  }
  crowd_.tally().answered({.service = std::string(response_["x-service"]),
                           .version = std::string(response_["x-version"]),
                           .status = static_cast<int>(response_.result_int())},
                          since(job_.due));
  idle_since_ = Clock::now();
  crowd_.done(shared_from_this(),
              response_.keep_alive() ? Crowd::Connection::reusable : Crowd::Connection::closed);
}

void Visitor::fail(Failure failure, error_code error) {
  crowd_.tally().failed(error == beast::error::timeout ? Failure::timeout : failure);
  crowd_.done(shared_from_this(), Crowd::Connection::closed);
}

void Crowd::run() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](error_code error, int) {
    if (!error) {
      stop();
    }
  });
  started_ = Clock::now();
  report_later();
  schedule();
  context_.run();
  report(true);
}

void Crowd::schedule() {
  const auto offset = std::chrono::duration<double>(static_cast<double>(sent_) / settings_.rate);
  send_timer_.expires_at(started_ + std::chrono::duration_cast<Clock::duration>(offset));
  send_timer_.async_wait([this](error_code error) {
    if (!error && !stopping_) {
      send_due();
    }
  });
}

// Everything that is due by now, each with the moment it was due: being late is never forgiven.
void Crowd::send_due() {
  while (true) {
    const auto offset = std::chrono::duration<double>(static_cast<double>(sent_) / settings_.rate);
    const auto due = started_ + std::chrono::duration_cast<Clock::duration>(offset);
    if (settings_.duration.count() > 0 && due >= started_ + settings_.duration) {
      stop();
      return;
    }
    if (due > Clock::now()) {
      schedule();
      return;
    }
    tally_.sent(since(due));
    dispatch({.path = settings_.paths[sent_ % settings_.paths.size()], .due = due});
    sent_ += 1;
  }
}

void Crowd::dispatch(Job job) {
  while (!resting_.empty()) {
    const std::shared_ptr<Visitor> visitor = std::move(resting_.back());
    resting_.pop_back();
    if (visitor->usable()) {
      visitor->take(std::move(job));
      return;
    }
    open_ -= 1;
  }
  if (open_ >= settings_.connections_max) {
    waiting_.push_back(std::move(job));
    return;
  }
  open_ += 1;
  std::make_shared<Visitor>(*this)->take(std::move(job));
}

void Crowd::done(const std::shared_ptr<Visitor>& visitor, Connection connection) {
  const bool reusable = connection == Connection::reusable;
  open_ -= reusable ? 0 : 1;
  while (!waiting_.empty() && since(waiting_.front().due) >= settings_.timeout) {
    tally_.failed(Failure::timeout);
    waiting_.pop_front();
  }
  if (!waiting_.empty()) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    if (reusable) {
      visitor->take(std::move(job));
    } else {
      dispatch(std::move(job));
    }
  } else if (reusable) {
    resting_.push_back(visitor);
  }
  end_when_drained();
}

void Crowd::report_later() {
  report_timer_.expires_after(settings_.report_interval);
  report_timer_.async_wait([this](error_code error) {
    // One that is due when the end comes cannot be cancelled any more.
    if (!error && !ended_) {
      report(false);
      report_later();
    }
  });
}

void Crowd::report(bool final_line) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  report_(tally_, {.unix_seconds = std::chrono::duration<double>(now).count(),
                   .elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - started_),
                   .final_line = final_line});
}

void Crowd::stop() {
  stopping_ = true;
  send_timer_.cancel();
  signals_.cancel();
  end_when_drained();
}

// Every request ends by its time-out, so this happens.
void Crowd::end_when_drained() {
  if (!stopping_ || tally_.in_flight() > 0) {
    return;
  }
  ended_ = true;
  report_timer_.cancel();
  resting_.clear();
}

}  // namespace

void send_crowd(const CrowdSettings& settings,
                const std::function<void(const Tally&, const Tally::Moment&)>& report) {
  Crowd crowd(settings, report);
  crowd.run();
}

}  // namespace shop
