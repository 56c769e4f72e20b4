// The request's body on its way to the backend, and the client's bytes of a tunnel.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "splitter/backend/backend_connection.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/refusal.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"
#include "splitter/loop/stream.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/body_pump.h"
#include "splitter/proxy/client_connection.h"
#include "splitter/proxy/exchange.h"
#include "splitter/proxy/limits.h"
#include "splitter/proxy/worker.h"

namespace kai::splitter {

// False while the backend's buffer is too full to go on.
bool Exchange::flush_request() {
  Stream& stream = backend_->stream;
  const std::uint32_t before = stream.sent_count;
  // A backend that reads no more may have answered already: that is seen when its answer is read.
  if (!stream.flush()) backend_is_deaf_ = true;
  if (backend_is_deaf_) stream.out.clear();
  if (stream.sent_count != before) backend_progress_ = worker_.reactor().now();
  const bool resumes = stream.out.size() < held_bytes_resume;
  if (request_paused_ && resumes) {
    request_paused_ = false;
    body_window_ = body_progress_ = worker_.reactor().now();
    body_window_bytes_ = 0;
  }
  return resumes;
}

// The client may send its body from now on.
void Exchange::begin_body_window() {
  body_progress_ = worker_.reactor().now();
  body_window_ = body_progress_ + client_->settings().timeouts.body_grace;
  body_window_bytes_ = 0;
}

void Exchange::note_request_bytes(std::size_t bytes) {
  if (std::exchange(awaits_continue_, false)) begin_body_window();
  turn_bytes_ += bytes;
  body_window_bytes_ += bytes;
  body_progress_ = worker_.reactor().now();
  if (is_tunnel_) backend_progress_ = body_progress_;
}

// What the client closed before its end: nothing of it may look whole to the backend.
ExchangeStep Exchange::request_cut() {
  worker_.cells().count_refusal(Refusal::truncated);
  return {.kind = Step::Kind::aborted};
}

ExchangeStep Exchange::pump_request() {
  Stream& from = client_->stream();
  Stream& to = backend_->stream;
  Refusal refusal = Refusal::bad_chunk;
  while (true) {
    if (request_paused_ && !flush_request()) return {};
    // The head stays before the body's bytes only where there are none.
    const Pumped pumped =
        request_body_.is_over()
            ? Pumped::over
            : pump_body(request_body_, from.in, backend_is_deaf_ ? nullptr : &to.out, refusal);
    switch (pumped) {
      case Pumped::over:
        static_cast<void>(flush_request());
        if (is_tunnel_ && to.out.is_empty() && !backend_is_deaf_) {
          shut_down_writing(to.socket.number());
          backend_is_deaf_ = true;
        }
        return {};
      case Pumped::refused:
        return refuse(refusal);
      case Pumped::no_memory:
        return fail_with(Outcome::overflow, 503, "The server is short of memory.");
      case Pumped::wants_room:
        request_paused_ = true;
        continue;
      case Pumped::wants_input:
        break;
    }
    if (from.in.is_empty()) from.in.clear();
    if (to.out.size() + backend_read_bytes > held_bytes_max) {
      request_paused_ = true;
      continue;
    }
    if (turn_bytes_ >= turn_bytes_max) {
      worker_.reactor().again(*client_);
      static_cast<void>(flush_request());
      return {};
    }
    const std::size_t before = from.in.size();
    switch (from.fill(backend_read_bytes)) {
      case Fill::more:
        note_request_bytes(from.in.size() - before);
        continue;
      case Fill::blocked:
        static_cast<void>(flush_request());
        return {};
      case Fill::closed:
        if (!is_tunnel_) return request_cut();
        if (end_body(request_body_, nullptr, refusal) != Pumped::over) return request_cut();
        continue;
      case Fill::failed:
        return request_cut();
      case Fill::no_room:
        return fail_with(Outcome::overflow, 503, "The server is short of memory.");
    }
  }
}

Exchange::Drain Exchange::drain_request(std::size_t bytes_max) {
  Stream& from = client_->stream();
  Refusal refusal = Refusal::bad_chunk;
  while (true) {
    switch (pump_body(request_body_, from.in, nullptr, refusal)) {
      case Pumped::over:
        return Drain::over;
      case Pumped::wants_input:
        break;
      case Pumped::refused:
      case Pumped::wants_room:
      case Pumped::no_memory:
        return Drain::hopeless;
    }
    if (drained_bytes_ >= bytes_max) return Drain::hopeless;
    const std::size_t before = from.in.size();
    switch (from.fill(client_read_bytes)) {
      case Fill::more:
        drained_bytes_ += from.in.size() - before;
        break;
      case Fill::blocked:
        return Drain::waiting;
      case Fill::closed:
      case Fill::failed:
      case Fill::no_room:
        return Drain::hopeless;
    }
  }
}

}  // namespace kai::splitter
