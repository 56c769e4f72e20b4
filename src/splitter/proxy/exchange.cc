#include "splitter/proxy/exchange.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/forwarded_for.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/request_policy.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"
#include "splitter/loop/stream.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/client_connection.h"
#include "splitter/proxy/limits.h"
#include "splitter/proxy/request_id.h"
#include "splitter/proxy/worker.h"
#include "splitter/route/address.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using Kind = ExchangeStep::Kind;

constexpr std::string_view no_route = "No route takes this request.";
constexpr std::string_view no_memory = "The server is short of memory.";
constexpr std::string_view no_connection = "The server can make no further connection.";
constexpr std::string_view not_reached = "The backend could not be reached.";
constexpr std::string_view too_slow = "The backend did not answer in time.";

std::string_view sentence_of_connect(Outcome outcome) {
  if (outcome == Outcome::overflow) return no_connection;
  return outcome == Outcome::timed_out ? too_slow : not_reached;
}

// A connection that waits in the pool may be closed by its backend, or have sent what nobody asked
// for: either way it is not used again.
void on_idle_event(BackendConnection& connection) {
  Worker& worker = *connection.worker;
  worker.pool().remove(connection);
  worker.close_backend(connection);
}

}  // namespace

const WatcherCalls Exchange::backend_calls{
    .on_ready =
        [](Watcher& watcher, Readiness readiness) {
          auto& connection = static_cast<BackendConnection&>(watcher);
          connection.stream.note(readiness);
          if (connection.exchange != nullptr) return connection.exchange->client_->run();
          // Room to write is no news.
          if (connection.stream.can_read) on_idle_event(connection);
        },
    .on_due =
        [](Watcher& watcher) {
          auto& connection = static_cast<BackendConnection&>(watcher);
          if (connection.exchange == nullptr) on_idle_event(connection);
        },
    .on_bug =
        [](Watcher& watcher, std::string_view) {
          auto& connection = static_cast<BackendConnection&>(watcher);
          if (connection.exchange != nullptr) connection.exchange->client_->abort();
        },
};

ExchangeStep Exchange::begin(ClientConnection& client, const Request& request) {
  client_ = &client;
  take_facts(request);
  choose_request_id(request);
  client_address_ = find_client_address(request);
  decision_ = decide(*worker_.current().snapshot, request, client_address_, worker_.decider(),
                     client_->settings().name);
  if (decision_.route == nullptr) return fail_with(Outcome::ok, 404, no_route);
  pin_ = worker_.pin();
  const RouteRules rules{.allows_dot_segments = decision_.route->allows_dot_segments,
                         .body_bytes_max = decision_.route->body_bytes_max};
  if (const auto refusal = judge_for_route(request, rules)) return refuse(*refusal);
  request_body_ = BodyForwarder(
      {.from = request.body, .to = request.body.framing, .bytes_max = rules.body_bytes_max});
  return reach_backend(request);
}

// Everything of the request before is forgotten here, field by field: an exchange is used again.
void Exchange::take_facts(const Request& request) {
  const SteadyTime now = worker_.reactor().now();
  KAI_CHECK(backend_ == nullptr && pin_ == nullptr);
  endpoint_ = nullptr;
  answer_body_ = {};
  answer_progress_ = {};
  plan_ = {};
  began_ = attempt_ = backend_progress_ = now;
  held_head_bytes_ = request.head_bytes;
  turn_bytes_ = drained_bytes_ = 0;
  keep_alive_seconds_.reset();
  upgrade_ = {};
  status_ = 0;
  interim_count_ = 0;
  phase_ = Phase::connecting;
  method_ = request.method;
  version_ = request.version;
  client_keeps_alive_ = request.keeps_alive;
  accepts_trailers_ = request.accepts_trailers;
  has_body_ = request.body.framing != BodyFraming::none;
  // Until the route is known nothing says how the body may go on, only that there is one.
  request_body_ = BodyForwarder({.from = request.body, .to = request.body.framing});
  awaits_continue_ = request.expects_continue && !request_body_.is_over();
  head_passed_ = backend_keeps_alive_ = was_repeated_ = false;
  is_tunnel_ = request_paused_ = answer_paused_ = is_recorded_ = false;
}

// The last one in the chain of proxies that is not a trusted one.
IpAddress Exchange::find_client_address(const Request& request) const {
  IpAddress address = client_->peer();
  if (!client_->is_peer_trusted()) return address;
  ForwardedForReader reader(request.fields);
  while (const auto text = reader.previous()) {
    const auto previous = parse_ip_address(*text);
    if (!previous) return address;  // whoever wrote this is the last that we know
    address = without_ipv4_mapping(*previous);
    const bool trusted =
        std::ranges::any_of(client_->settings().trusted_proxies,
                            [&](const Network& network) { return network.contains(address); });
    if (!trusted) return address;
  }
  return address;
}

void Exchange::choose_request_id(const Request& request) {
  const PeerTrust trust = client_->is_peer_trusted() ? PeerTrust::trusted : PeerTrust::untrusted;
  const std::string_view given = usable_request_id(request, trust);
  id_size_ = static_cast<std::uint8_t>(given.empty() ? minted_id_bytes : given.size());
  if (given.empty()) {
    mint_request_id(worker_.random(), std::span(id_).first<minted_id_bytes>());
  } else {
    std::ranges::copy(given, id_.begin());
  }
}

bool Exchange::is_repeatable() const {
  const bool safe = method_ == Method::get || method_ == Method::head || method_ == Method::options;
  return safe && !has_body_ && upgrade_.empty();
}

ExchangeStep Exchange::reach_backend(const Request& request) {
  if (decision_.backend == nullptr) return fail_with(Outcome::ok, 404, no_route);
  const Endpoint* const tried = endpoint_;
  endpoint_ = &worker_.next_endpoint(*decision_.backend);
  if (was_repeated_) {
    // Not the same endpoint again if there are others, and not another pooled connection.
    if (tried != nullptr && tried->number == endpoint_->number) {
      endpoint_ = &worker_.next_endpoint(*decision_.backend);
    }
    return connect();
  }
  const SteadyTime now = worker_.reactor().now();
  const SteadyTime not_before =
      is_repeatable() ? SteadyTime{} : SteadyTime{now.since_start - unrepeatable_idle_max};
  BackendConnection* const pooled = worker_.pool().take(endpoint_->number, not_before);
  if (pooled == nullptr) return connect();
  attach(*pooled);
  return send_head(request);
}

ExchangeStep Exchange::connect() {
  phase_ = Phase::connecting;
  attempt_ = backend_progress_ = worker_.reactor().now();
  os::Descriptor socket = connect_to(endpoint_->address);
  if (!socket.is_open()) {
    return is_shortage(errno) ? connect_failed(Outcome::overflow, 503)
                              : connect_failed(Outcome::connect_failed, 502);
  }
  BackendConnection* const connection = worker_.add_backend(std::move(socket), endpoint_->number);
  if (connection == nullptr) return connect_failed(Outcome::overflow, 503);
  attach(*connection);
  return {};
}

ExchangeStep Exchange::advance_connect() {
  Stream& stream = backend_->stream;
  if (!stream.can_write && !stream.failed) return {};
  if (stream.failed || pending_error(stream.socket.number()) != 0) {
    return connect_failed(Outcome::connect_failed, 502);
  }
  const Request& request = read_request_again();
  decide_again_if_changed(request);
  if (endpoint_ == nullptr) {
    release_backend(false);
    return reach_backend(request);
  }
  return send_head(request);
}

ExchangeStep Exchange::reconsider() {
  if (phase_ != Phase::connecting || pin_ == &worker_.current()) return {};
  const Request& request = read_request_again();
  decide_again_if_changed(request);
  if (endpoint_ != nullptr) return {};
  release_backend(false);
  return reach_backend(request);
}

// Where the request goes now, if a snapshot came since it was decided and nothing was sent yet.
// endpoint_ is null afterwards if it may not go to the endpoint it was on its way to.
void Exchange::decide_again_if_changed(const Request& request) {
  if (pin_ == &worker_.current()) return;
  const EndpointNumber reached = endpoint_->number;
  const BackendNumber before = decision_.backend->number;
  const Decision now = decide_again(*worker_.current().snapshot, request, client_address_,
                                    decision_, worker_.decider(), client_->settings().name);
  worker_.unpin(*std::exchange(pin_, worker_.pin()));
  decision_ = now;
  endpoint_ = nullptr;
  if (decision_.backend == nullptr || decision_.backend->number != before) return;
  const auto& endpoints = decision_.backend->endpoints;
  const auto same = std::ranges::find(endpoints, reached, &Endpoint::number);
  if (same != endpoints.end()) endpoint_ = &*same;
}

ExchangeStep Exchange::connect_failed(Outcome outcome, int status) {
  worker_.cells().of(*decision_.route, *decision_.backend).add_attempt(outcome);
  const Backend* const tried = decision_.backend;
  const bool has_others = tried->endpoints.size() > 1;
  release_backend(false);
  const Request& request = read_request_again();
  const BackendNumber before = tried->number;
  decide_again_if_changed(request);
  const bool moved = decision_.backend == nullptr || decision_.backend->number != before;
  if (moved || (has_others && !was_repeated_)) {
    was_repeated_ |= !moved;
    return reach_backend(request);
  }
  record(status);
  return fail_with(Outcome::ok, status, sentence_of_connect(outcome));
}

// Once more on a connection of its own: the pooled one was closed before anything was answered.
ExchangeStep Exchange::try_again() {
  worker_.cells().of(*decision_.route, *decision_.backend).add_attempt(Outcome::reset);
  was_repeated_ = true;
  release_backend(false);
  const Request& request = read_request_again();
  decide_again_if_changed(request);
  return reach_backend(request);
}

// The head is still at the beginning of the client's buffer, as long as held_head_bytes_ is not 0.
const Request& Exchange::read_request_again() {
  Scratch& scratch = worker_.scratch();
  HeadProgress progress;
  const HeadStep step =
      parse_request_head(progress, client_->stream().in.view(), scratch.request_head);
  KAI_CHECK(held_head_bytes_ != 0 && step.progress == Progress::complete);
  KAI_CHECK(!judge_request(scratch.request_head, listener_rules, scratch.request));
  return scratch.request;
}

void Exchange::attach(BackendConnection& connection) {
  backend_ = &connection;
  attached_in_ = &worker_.cells().of(*decision_.route, *decision_.backend);
  attached_in_->attached.add(1);
  backend_is_deaf_ = false;
  connection.exchange = this;
}

ExchangeStep Exchange::send_head(const Request& request) {
  AddressText text;
  const RequestRewrite rewrite{
      .trust = client_->is_peer_trusted() ? PeerTrust::trusted : PeerTrust::untrusted,
      .peer_address = write_ip_address(client_->peer(), text),
      .request_id = request_id(),
      .endpoint = endpoint_->text};
  Buffer& out = backend_->stream.out;
  if (!out.reserve(rewritten_bytes_max(request, rewrite))) {
    return fail_with(Outcome::overflow, 503, no_memory);
  }
  const auto size = write_request_head(request, rewrite, std::span(out.room(), out.room_bytes()));
  KAI_CHECK(size.has_value());
  out.extend(*size);
  phase_ = Phase::head;
  attempt_ = backend_progress_ = worker_.reactor().read_clock();
  if (!request.upgrade.empty()) upgrade_ = upgrade_protocols.front();
  begin_body_window();
  // Who sends its body with the head does not wait for a 100.
  if (client_->stream().in.size() > held_head_bytes_) awaits_continue_ = false;
  if (!is_repeatable()) release_head();
  return pump_request();
}

ExchangeStep Exchange::advance() {
  turn_bytes_ = 0;
  if (phase_ == Phase::connecting) {
    const Step step = advance_connect();
    if (phase_ == Phase::connecting || step.kind != Kind::waiting) return step;
  } else if (const Step step = pump_request(); step.kind != Kind::waiting) {
    return step;
  }
  return pump_answer();
}

void Exchange::release_head() {
  if (held_head_bytes_ == 0) return;
  Buffer& in = client_->stream().in;
  in.drop_front(std::exchange(held_head_bytes_, 0));
  if (in.is_empty()) in.clear();
}

// What the client did wrong is no arm's: it is counted as a refusal.
ExchangeStep Exchange::refuse(Refusal refusal) {
  release_backend(false);
  is_recorded_ = true;
  if (!head_passed_) return {.kind = Kind::refused, .refusal = refusal};
  worker_.cells().count_refusal(refusal);  // as the client's connection does with an answer
  return {.kind = Kind::aborted};
}

// An answer of ours, or none if the backend's has begun.
ExchangeStep Exchange::fail_with(Outcome outcome, int status, std::string_view sentence) {
  if (outcome != Outcome::ok) {
    Cell& cell = worker_.cells().of(*decision_.route, *decision_.backend);
    cell.add_attempt(outcome);
    if (head_passed_ && !is_recorded_) cell.add_broken(status_);
    record(head_passed_ ? status_ : status);
  }
  release_backend(false);
  if (head_passed_) return {.kind = Kind::aborted};
  const bool keeps_alive =
      client_keeps_alive_ && request_body_.is_over() && !is_tunnel_ && !worker_.is_draining();
  release_head();
  return {.kind = Kind::answer,
          .answer = {.status = status, .sentence = sentence, .keeps_alive = keeps_alive}};
}

void Exchange::release_backend(bool is_clean) {
  if (backend_ == nullptr) return;
  BackendConnection& connection = *std::exchange(backend_, nullptr);
  attached_in_->released.add(1);
  Stream& stream = connection.stream;
  Duration idle_max = pool_idle_max;
  if (keep_alive_seconds_) {
    idle_max =
        std::min<Duration>(idle_max, std::chrono::seconds(*keep_alive_seconds_) - pool_idle_margin);
  }
  const bool reusable = is_clean && idle_max > Duration{0} && stream.in.is_empty() &&
                        stream.out.is_empty() && !stream.failed && !stream.read_closed &&
                        stream.fill(1) == Fill::blocked && worker_.may_pool(connection, *pin_) &&
                        worker_.pool().put(connection, worker_.reactor().now());
  connection.exchange = nullptr;
  stream.in.clear();
  if (!reusable) return worker_.close_backend(connection);
  connection.was_used = true;
  worker_.reactor().arm_timer(connection, worker_.reactor().now() + idle_max);
}

void Exchange::record(int status) {
  if (std::exchange(is_recorded_, true) || pin_ == nullptr || decision_.backend == nullptr) return;
  std::optional<Duration> time;
  if (!is_tunnel_) time = worker_.reactor().read_clock() - began_;
  worker_.cells()
      .of(*decision_.route, *decision_.backend)
      .add_request(status, decision_.assignment, time);
}

void Exchange::end(Outcome outcome) {
  if (outcome == Outcome::client_abort && !is_recorded_) {
    // Without a connection the attempt has ended already, or there is no backend at all: a 404.
    if (backend_ != nullptr) {
      worker_.cells().of(*decision_.route, *decision_.backend).add_attempt(outcome);
    }
    record(status_client_gone);
  }
  record(status_);
  release_backend(false);
  release_head();
  if (pin_ != nullptr) worker_.unpin(*std::exchange(pin_, nullptr));
}

std::optional<SteadyTime> Exchange::backend_due() const {
  const RouteTimeouts& timeouts = decision_.route->timeouts;
  const auto after = [](SteadyTime begin, Duration wait) {
    return wait == Duration{0} ? std::optional<SteadyTime>() : begin + wait;
  };
  switch (phase_) {
    case Phase::connecting:
      return after(backend_progress_, timeouts.connect);
    case Phase::head:
      // As long as we wait for the client's body the backend may, too: body_due is the limit then.
      if (!request_body_.is_over() && !request_paused_ && !backend_is_deaf_) return {};
      return after(backend_progress_, timeouts.response_head);
    case Phase::body:
      if (is_tunnel_) return after(backend_progress_, timeouts.tunnel_idle);
      if (answer_paused_) return {};
      return after(backend_progress_, timeouts.response_silence);
  }
  return {};
}

// When the client has been too slow with its body; counts only while we read it.
std::optional<SteadyTime> Exchange::body_due() const {
  if (phase_ == Phase::connecting || is_tunnel_ || request_paused_ || request_body_.is_over()) {
    return {};
  }
  if (awaits_continue_) {
    // After the final answer no body is owed.
    return head_passed_ ? std::optional<SteadyTime>() : attempt_ + continue_time;
  }
  SteadyTime due = body_window_ + client_->settings().timeouts.body_window;
  const Duration silence = decision_.route->timeouts.request_silence;
  if (silence != Duration{0}) due = std::min(due, body_progress_ + silence);
  return due;
}

std::optional<SteadyTime> Exchange::due() const {
  if (pin_ == nullptr) return {};
  std::optional<SteadyTime> due = backend_due();
  const auto add = [&](std::optional<SteadyTime> time) {
    if (time && (!due || *time < *due)) due = time;
  };
  add(body_due());
  const Duration whole = decision_.route->timeouts.whole_request;
  if (whole != Duration{0} && !is_tunnel_) add(began_ + whole);
  return due;
}

ExchangeStep Exchange::take_time_out() {
  const SteadyTime now = worker_.reactor().now();
  const ClientTimeouts& timeouts = client_->settings().timeouts;
  if (const auto body = body_due(); body && *body <= now) {
    if (awaits_continue_) return fail_with(Outcome::timed_out, 504, too_slow);
    const auto wanted = static_cast<std::uint64_t>(timeouts.body_bytes_per_second_min *
                                                   seconds_of(timeouts.body_window));
    const Duration silence = decision_.route->timeouts.request_silence;
    const bool silent = silence != Duration{0} && body_progress_ + silence <= now;
    if (silent || body_window_bytes_ < wanted) return refuse(Refusal::body_too_slow);
    body_window_ = now;
    body_window_bytes_ = 0;
    return {};
  }
  if (phase_ == Phase::connecting) return connect_failed(Outcome::timed_out, 504);
  if (is_tunnel_) return end_answer();  // nobody had anything to say any more
  return fail_with(Outcome::timed_out, 504, too_slow);
}

}  // namespace kai::splitter
