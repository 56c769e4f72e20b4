#include "splitter/proxy/client_connection.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/own_answer.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/request_policy.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"
#include "splitter/loop/stream.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/exchange.h"
#include "splitter/proxy/limits.h"
#include "splitter/proxy/request_id.h"
#include "splitter/proxy/worker.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

const WatcherCalls ClientConnection::calls{
    .on_ready =
        [](Watcher& watcher, Readiness readiness) {
          static_cast<ClientConnection&>(watcher).on_ready(readiness);
        },
    .on_due = [](Watcher& watcher) { static_cast<ClientConnection&>(watcher).on_due(); },
    .on_bug = [](Watcher& watcher,
                 std::string_view) { static_cast<ClientConnection&>(watcher).abort(); },
};

ClientConnection::ClientConnection(Worker& worker, const ListenerSettings& settings,
                                   os::Descriptor socket, const IpAddress& peer)
    : Watcher(calls),
      worker_(worker),
      settings_(&settings),
      stream_(worker.slabs(), std::move(socket)),
      entered_(worker.reactor().now()),
      write_progress_(entered_),
      peer_(peer) {
  is_trusted_ = std::ranges::any_of(settings.trusted_proxies,
                                    [&](const Network& network) { return network.contains(peer); });
}

void ClientConnection::on_ready(Readiness readiness) {
  stream_.note(readiness);
  run();
}

void ClientConnection::run() {
  bool goes_on = true;
  for (std::size_t count = 0; goes_on; ++count) {
    // A client that keeps sending what costs us little must not keep the others waiting.
    if (count == steps_per_turn_max) {
      worker_.reactor().again(*this);
      break;
    }
    switch (state_) {
      case State::fresh:
      case State::idle:
      case State::head:
        goes_on = run_head();
        break;
      case State::exchange:
        goes_on = run_exchange();
        break;
      case State::flushing:
        goes_on = run_flushing();
        break;
      case State::draining:
        goes_on = run_draining();
        break;
      case State::lingering:
        goes_on = run_lingering();
        break;
      case State::closed:
        return;
    }
  }
  if (state_ != State::closed) rearm();
}

bool ClientConnection::enter(State state) {
  state_ = state;
  entered_ = worker_.reactor().now();
  return true;
}

bool ClientConnection::run_head() {
  if (stream_.failed) return end_without_answer();
  if (!stream_.in.is_empty()) {
    if (take_head()) return true;
    if (state_ != State::head) return false;
  }
  return read_head();
}

bool ClientConnection::read_head() {
  switch (stream_.fill(client_read_bytes)) {
    case Fill::more:
      if (state_ != State::head) enter(State::head);
      return true;
    case Fill::blocked:
      return false;
    case Fill::closed:
    case Fill::failed:
      return end_without_answer();
    case Fill::no_room:
      return answer({.status = 503,
                     .sentence = "The server is short of memory.",
                     .retry_after_seconds = overload_retry_after_seconds});
  }
  return false;
}

// Reads the head that the buffer begins with, if it is whole.
bool ClientConnection::take_head() {
  Scratch& scratch = worker_.scratch();
  const HeadStep step = parse_request_head(progress_, stream_.in.view(), scratch.request_head);
  if (step.progress == Progress::refused) return refuse(step.refusal);
  if (step.progress == Progress::need_more) return false;
  progress_ = {};
  const auto refusal = judge_request(scratch.request_head, listener_rules, scratch.request);
  if (refusal) return refuse(*refusal);
  exchange_ = &worker_.take_exchange();
  enter(State::exchange);
  return take(exchange_->begin(*this, scratch.request));
}

void ClientConnection::reconsider() {
  if (state_ != State::exchange) return;
  take(exchange_->reconsider());
  run();
}

void ClientConnection::end_if_idle() {
  if (state_ == State::fresh || state_ == State::idle || state_ == State::head) close();
}

bool ClientConnection::run_exchange() {
  if (stream_.failed) return end_without_answer();
  return take(exchange_->advance());
}

bool ClientConnection::take(const ExchangeStep& step) {
  switch (step.kind) {
    case ExchangeStep::Kind::waiting:
      return false;
    case ExchangeStep::Kind::complete:
      keeps_alive_ = step.keeps_alive;
      return enter(State::flushing);
    case ExchangeStep::Kind::answer: {
      OwnAnswer own = step.answer;
      own.request_id = exchange_->request_id();
      own.is_to_head = exchange_->is_to_head();
      return answer(own);
    }
    case ExchangeStep::Kind::refused:
      return refuse(step.refusal);
    case ExchangeStep::Kind::aborted:
      abort();
      return false;
  }
  return false;
}

bool ClientConnection::run_flushing() {
  if (!stream_.flush()) return end_without_answer();
  if (!stream_.out.is_empty()) return false;
  if (!keeps_alive_) return linger();
  if (exchange_ != nullptr) {
    exchange_->end(Outcome::ok);
    if (!exchange_->request_is_over()) return enter(State::draining);
  }
  return next_request();
}

bool ClientConnection::run_draining() {
  switch (exchange_->drain_request(linger_bytes_max)) {
    case Exchange::Drain::waiting:
      return false;
    case Exchange::Drain::over:
      return next_request();
    case Exchange::Drain::hopeless:
      return linger();
  }
  return false;
}

bool ClientConnection::next_request() {
  release_exchange(Outcome::ok);
  enter(stream_.in.is_empty() ? State::idle : State::head);
  if (stream_.in.is_empty()) stream_.in.clear();
  return true;
}

bool ClientConnection::refuse(Refusal refusal) {
  worker_.cells().count_refusal(refusal);
  std::array<char, minted_id_bytes> minted;
  std::string_view id = exchange_ != nullptr ? exchange_->request_id() : std::string_view();
  if (id.empty()) {
    mint_request_id(worker_.random(), minted);
    id = {minted.data(), minted.size()};
  }
  return answer({.status = status_of(refusal),
                 .sentence = sentence_of(refusal),
                 .request_id = id,
                 .is_to_head = exchange_ != nullptr && exchange_->is_to_head()});
}

bool ClientConnection::answer(const OwnAnswer& answer) {
  keeps_alive_ = answer.keeps_alive;
  Buffer& out = stream_.out;
  if (!out.reserve(own_answer_bytes_max)) {
    abort();
    return false;
  }
  const auto size = write_own_answer(answer, std::span(out.room(), out.room_bytes()));
  KAI_CHECK(size.has_value());
  out.extend(*size);
  return enter(State::flushing);
}

// Our end goes out behind the answer, and the rest of what the client sends is read away: a reset
// for unread bytes would reach it before the answer.
bool ClientConnection::linger() {
  release_exchange(Outcome::ok);
  if (stream_.at_end) return close();
  shut_down_writing(stream_.socket.number());
  stream_.in.clear();
  read_away_ = 0;
  return enter(State::lingering);
}

bool ClientConnection::run_lingering() {
  while (stream_.can_read && read_away_ < linger_bytes_max) {
    const Transfer transfer = read_away(stream_.socket.number(), linger_bytes_max - read_away_);
    if (transfer.closed || transfer.failed) return close();
    if (transfer.blocked && !stream_.read_closed) stream_.can_read = false;
    read_away_ += static_cast<std::uint32_t>(transfer.bytes);
    if (transfer.blocked && transfer.bytes == 0) break;
  }
  return read_away_ < linger_bytes_max ? false : close();
}

bool ClientConnection::end_without_answer() {
  release_exchange(Outcome::client_abort);
  return close();
}

void ClientConnection::abort() {
  if (state_ == State::closed) return;
  release_exchange(Outcome::client_abort);
  reset_on_close(stream_.socket.number());
  close();
}

bool ClientConnection::close() {
  state_ = State::closed;
  worker_.reactor().remove(stream_.socket.number(), *this);
  stream_.socket.close();
  stream_.in.clear();
  stream_.out.clear();
  worker_.bury(*this);
  return false;
}

void ClientConnection::release_exchange(Outcome outcome) {
  if (exchange_ == nullptr) return;
  exchange_->end(outcome);
  worker_.give_exchange(*std::exchange(exchange_, nullptr));
}

std::optional<SteadyTime> ClientConnection::due() const {
  const ClientTimeouts& timeouts = settings_->timeouts;
  std::optional<SteadyTime> due;
  if (stream_.is_write_blocked()) due = write_progress_ + timeouts.write_stall;
  const auto add = [&](std::optional<SteadyTime> time) {
    if (time && (!due || *time < *due)) due = time;
  };
  switch (state_) {
    case State::fresh:
      add(entered_ + timeouts.silent);
      break;
    case State::head:
      add(entered_ + timeouts.head);
      break;
    case State::idle:
      add(entered_ + timeouts.idle);
      break;
    case State::exchange:
      add(exchange_->due());
      break;
    case State::draining:
    case State::lingering:
      add(entered_ + linger_time);
      break;
    case State::flushing:
    case State::closed:
      break;
  }
  return due;
}

void ClientConnection::rearm() {
  if (stream_.sent_count != seen_sent_count_ || !stream_.is_write_blocked()) {
    seen_sent_count_ = stream_.sent_count;
    write_progress_ = worker_.reactor().now();
  }
  if (const auto time = due()) worker_.reactor().arm_timer(*this, *time);
}

void ClientConnection::on_due() {
  const SteadyTime now = worker_.reactor().now();
  const auto time = due();
  if (!time || *time > now) return rearm();
  if (stream_.is_write_blocked() && write_progress_ + settings_->timeouts.write_stall <= now) {
    return abort();
  }
  switch (state_) {
    case State::head:
      refuse(Refusal::head_too_slow);
      break;
    case State::exchange:
      take(exchange_->take_time_out());
      break;
    case State::draining:
      linger();
      break;
    case State::fresh:
    case State::idle:
    case State::lingering:
    case State::flushing:
    case State::closed:
      close();
      return;
  }
  run();
}

}  // namespace kai::splitter
