// The answer on its way to the client.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/response_policy.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/loop/socket.h"
#include "splitter/loop/stream.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/body_pump.h"
#include "splitter/proxy/client_connection.h"
#include "splitter/proxy/exchange.h"
#include "splitter/proxy/limits.h"
#include "splitter/proxy/worker.h"
#include "splitter/route/identity.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using Kind = ExchangeStep::Kind;

constexpr std::string_view bad_answer = "The backend's answer is not valid HTTP.";
constexpr std::string_view no_memory = "The server is short of memory.";
constexpr std::string_view left = "The backend closed the connection without an answer.";

}  // namespace

ExchangeStep Exchange::pump_answer() {
  Stream& to = client_->stream();
  if (phase_ == Phase::head) {
    const Step step = read_answer_head();
    if (step.kind != Kind::waiting) return step;
  }
  Step step;
  if (phase_ == Phase::body) step = pump_answer_body();
  // Nothing is held back while we wait: interim answers and pieces of a slow body.
  if (step.kind == Kind::waiting && !to.flush()) return {.kind = Kind::aborted};
  return step;
}

std::optional<ExchangeStep> Exchange::read_backend() {
  Stream& from = backend_->stream;
  if (turn_bytes_ >= turn_bytes_max) {
    worker_.reactor().again(*client_);
    return Step{};
  }
  const std::size_t before = from.in.size();
  const std::size_t room = std::min(backend_read_bytes, Buffer::bytes_max - before);
  if (room == 0) return fail_with(Outcome::malformed, 502, bad_answer);
  switch (from.fill(room)) {
    case Fill::more:
      turn_bytes_ += from.in.size() - before;
      backend_progress_ = worker_.reactor().now();
      return {};
    case Fill::blocked:
      return Step{};
    case Fill::closed:
      return backend_ended(Outcome::truncated);
    case Fill::failed:
      return backend_ended(Outcome::reset);
    case Fill::no_room:
      return fail_with(Outcome::overflow, 503, no_memory);
  }
  return Step{};
}

ExchangeStep Exchange::read_answer_head() {
  Stream& from = backend_->stream;
  Scratch& scratch = worker_.scratch();
  while (phase_ == Phase::head) {
    if (!from.in.is_empty()) {
      const HeadStep step =
          parse_response_head(answer_progress_, from.in.view(), scratch.response_head);
      if (step.progress == Progress::refused) {
        return fail_with(Outcome::malformed, 502, bad_answer);
      }
      if (step.progress == Progress::complete) {
        answer_progress_ = {};
        const AnswerContext context{
            .method = method_,
            .upgrade = upgrade_,
            .interim_answers = interim_count_,
            .bytes_behind = from.in.size() - scratch.response_head.head_bytes};
        if (judge_response(scratch.response_head, context, scratch.response)) {
          return fail_with(Outcome::malformed, 502, bad_answer);
        }
        if (const Step passed = pass_answer_head(scratch.response); passed.kind != Kind::waiting) {
          return passed;
        }
        continue;
      }
    }
    if (const auto step = read_backend()) return *step;
  }
  return {};
}

ExchangeStep Exchange::pass_answer_head(const Response& response) {
  Request asked;  // what planning an answer looks at
  asked.version = version_;
  asked.keeps_alive = client_keeps_alive_;
  asked.accepts_trailers = accepts_trailers_;
  // A client that still waits for a 100 will not send its body after a final answer, or will: what
  // comes next on its connection nobody can tell (RFC 9110 §10.1.1).
  plan_ =
      plan_answer(asked, response, {.keeps_alive = !worker_.is_draining() && !awaits_continue_});
  CookieBuffer cookie;
  std::array<AddedField, 1> added;
  std::size_t added_count = 0;
  if (decision_.minted && !response.is_interim() && response.status != 304 && !response.is_shared) {
    added[added_count++] = {
        .name = "Set-Cookie",
        .value = write_identity_cookie(
            {.name = decision_.route->identity_cookie, .life = decision_.route->identity_life},
            *decision_.minted, cookie)};
  }
  const ResponseRewrite rewrite{.plan = plan_,
                                .client_version = version_,
                                .request_id = request_id(),
                                .added = std::span(added).first(added_count)};
  Stream& to = client_->stream();
  if (!response.is_interim() || version_ != HttpVersion::http_1_0) {
    const std::size_t bytes = rewritten_bytes_max(response, rewrite);
    if (to.out.size() + bytes > Buffer::bytes_max) {
      return fail_with(Outcome::malformed, 502, bad_answer);
    }
    if (!to.out.reserve(bytes)) return fail_with(Outcome::overflow, 503, no_memory);
    const auto size =
        write_response_head(response, rewrite, std::span(to.out.room(), to.out.room_bytes()));
    KAI_CHECK(size.has_value());
    to.out.extend(*size);
  }
  if (response.status == 100 && std::exchange(awaits_continue_, false)) begin_body_window();
  if (response.is_interim()) {
    interim_count_ += 1;
    backend_->stream.in.drop_front(response.head_bytes);
    return {};
  }
  release_head();
  head_passed_ = true;
  phase_ = Phase::body;
  status_ = response.status;
  backend_keeps_alive_ = response.keeps_alive;
  keep_alive_seconds_ = response.keep_alive_seconds;
  answer_body_ = BodyForwarder({.from = response.body, .to = plan_.body.framing});
  if (response.body.framing == BodyFraming::tunnel) {
    is_tunnel_ = true;
    request_body_ =
        BodyForwarder({.from = {.framing = BodyFraming::tunnel}, .to = BodyFraming::tunnel});
  }
  worker_.cells()
      .of(*decision_.route, *decision_.backend)
      .add_first_byte(worker_.reactor().now() - attempt_);
  backend_->stream.in.drop_front(response.head_bytes);
  return {};
}

ExchangeStep Exchange::pump_answer_body() {
  Stream& from = backend_->stream;
  Stream& to = client_->stream();
  Refusal refusal = Refusal::bad_chunk;
  while (true) {
    if (answer_paused_) {
      if (!to.flush()) return {.kind = Kind::aborted};
      if (to.out.size() >= held_bytes_resume) return {};
      answer_paused_ = false;
      backend_progress_ = worker_.reactor().now();
    }
    switch (pump_body(answer_body_, from.in, &to.out, refusal)) {
      case Pumped::over:
        return complete();
      case Pumped::refused:
        return fail_with(Outcome::malformed, 502, bad_answer);
      case Pumped::no_memory:
        return fail_with(Outcome::overflow, 503, no_memory);
      case Pumped::wants_room:
        answer_paused_ = true;
        continue;
      case Pumped::wants_input:
        break;
    }
    if (to.out.size() + backend_read_bytes > held_bytes_max) {
      answer_paused_ = true;
      continue;
    }
    if (const auto step = read_backend()) {
      if (step->kind == Kind::waiting && from.in.is_empty()) from.in.clear();
      return *step;
    }
  }
}

// The backend sends no more. Before its answer that is no answer; after its head it may be the end
// of a body that ends so.
ExchangeStep Exchange::backend_ended(Outcome outcome) {
  Stream& from = backend_->stream;
  if (phase_ == Phase::head) {
    const bool was_stale = backend_->was_used && from.in.is_empty() && interim_count_ == 0;
    if (was_stale && held_head_bytes_ != 0 && is_repeatable() && !was_repeated_) {
      return try_again();
    }
    return fail_with(Outcome::reset, 502, left);
  }
  Refusal refusal = Refusal::truncated;
  if (outcome == Outcome::reset || !from.in.is_empty() ||
      end_body(answer_body_, &client_->stream().out, refusal) != Pumped::over) {
    return fail_with(Outcome::truncated, 502, left);
  }
  return complete();
}

ExchangeStep Exchange::complete() {
  if (is_tunnel_ && !request_body_.is_over() && !backend_is_deaf_) {
    // The other direction goes on: the client reads our end, and ends when it wants to.
    if (!client_->stream().flush()) return {.kind = Kind::aborted};
    if (client_->stream().out.is_empty()) shut_down_writing(client_->stream().socket.number());
    return {};
  }
  return end_answer();
}

ExchangeStep Exchange::end_answer() {
  worker_.cells().of(*decision_.route, *decision_.backend).add_attempt(Outcome::ok);
  // Bytes behind the end make the answer no worse, but the connection is not used again.
  release_backend(backend_keeps_alive_ && request_body_.is_over() && !backend_is_deaf_);
  return {.kind = Kind::complete, .keeps_alive = plan_.keeps_alive};
}

}  // namespace kai::splitter
