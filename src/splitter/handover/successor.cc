#include "splitter/handover/successor.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "os/descriptor.h"
#include "splitter/handover/link.h"
#include "splitter/handover/offer.h"
#include "splitter/protocol/number.h"

namespace kai::splitter {
namespace {

constexpr std::int64_t last_counts_ms_max = 1000;
constexpr std::size_t listeners_told_max = 64;
constexpr std::int64_t day_ms = 24LL * 3600 * 1000;

}  // namespace

Successor::Successor(World world, os::Descriptor listening)
    : world_(std::move(world)), listening_(std::move(listening)) {
  listen();
}

Successor::~Successor() {
  if (timer_) world_.timers.cancel(*timer_);
  drop_link();
  if (listening_.is_open()) world_.watch.unwatch(listening_.number());
}

// One at a time: the others wait in the kernel until this one is done.
void Successor::listen() {
  world_.watch.watch_readable(listening_.number(), [this] { accept(); });
}

void Successor::accept() {
  os::Descriptor socket = accept_link(listening_);
  if (!socket.is_open() || !is_peer_ours(socket.number(), world_.own_user)) return;
  world_.watch.unwatch(listening_.number());
  link_.emplace(std::move(socket));
  step_ = Step::hello;
  world_.watch.watch_readable(link_->descriptor(), [this] { read(); });
  limit(serving_max);
}

void Successor::read() {
  while (link_) {
    Result<std::optional<Frame>> got = link_->receive();
    if (!got) return on_link_end(got.error().message);
    if (!got->has_value()) return;
    take(std::move(**got));
  }
}

void Successor::take(Frame frame) {
  const std::string type = frame.type();
  if (step_ == Step::hello && type == "hello") {
    if (frame.body.int_at("/format") != handover_format) {
      return take_back("it is of another version", "this one is of another version; restart it");
    }
    if (const std::string refusal = world_.refusal(); !refusal.empty()) {
      return take_back(refusal, refusal);
    }
    world_.freeze();
    step_ = Step::settling;
    settle_end_ = world_.clock.now() + settle_max;
    return settle();
  }
  if (step_ == Step::offered && type == "serving") {
    const Tree::List* const names = frame.body.list_at("/listeners");
    if (names == nullptr || names->size() > listeners_told_max) {
      return take_back("it serves nothing", "no listeners");
    }
    for (const Tree& name : *names) {
      if (name.as_text() != nullptr) listeners_.push_back(*name.as_text());
    }
    return release();
  }
  if (step_ == Step::released && type == "owned") return hand_over();
  if (step_ == Step::handed_over && type == "snapshot") {
    Result<Followed> followed = read_followed(frame.body);
    if (!followed) return on_link_end(followed.error().message);
    return world_.follow(std::move(*followed));
  }
  if (step_ == Step::handed_over && type == "ending") {
    const std::int64_t time_max = frame.body.int_at("/time_max_ms").value_or(0);
    return world_.end(std::chrono::milliseconds(std::clamp<std::int64_t>(time_max, 0, day_ms)));
  }
  if (step_ != Step::handed_over) take_back("it speaks out of turn", "spoke out of turn");
}

// Looks again and again: the answers under way are written when their time has come.
void Successor::settle() {
  if (world_.is_settled()) return send_offer();
  if (world_.clock.now() >= settle_end_) {
    return take_back("a change or a save was not over in time",
                     "a change or a save is under way and is not over in time; try again");
  }
  limit(settle_look);
}

void Successor::send_offer() {
  step_ = Step::offered;
  limit(serving_max);  // first: a bug in what follows must not leave everything frozen
  const Offered offered = world_.offer();
  KAI_CHECK(offered.descriptors.size() == offered.offer.descriptor_count());
  std::span<const int> rest(offered.descriptors);
  const auto take_some = [&] {
    const auto some = rest.first(std::min(rest.size(), Link::frame_descriptors_max));
    rest = rest.subspan(some.size());
    return some;
  };
  send(write_offer(offered.offer), take_some());
  while (link_ && !rest.empty()) send(message("descriptors"), take_some());
}

void Successor::release() {
  step_ = Step::released;
  limit(owned_max);
  Tree released = message("released");
  Tree counts = world_.counts();
  counts_are_wanted_ = !counts.is_null();
  if (counts_are_wanted_) released.set("counts", std::move(counts));
  send(released);
}

void Successor::hand_over() {
  step_ = Step::handed_over;
  listening_.close();  // the other one has it, and listens
  world_.hand_over(listeners_);
  send_counts();
}

void Successor::send_counts() {
  if (!link_) return;
  limit(counts_period);
  Tree body = message("counts");
  body.set("connections", world_.connections());
  if (counts_are_wanted_) body.set("counts", world_.counts());
  send(body);
}

void Successor::say_passed(std::uint64_t generation) {
  if (!link_) return;
  send_counts();
  Tree body = message("passed");
  body.set("generation", number(generation));
  if (link_) send(body);
}

void Successor::say_end() {
  if (!link_) return;
  send_counts();
  const SteadyTime end = world_.clock.now() + std::chrono::milliseconds(last_counts_ms_max);
  while (link_ && link_->has_output() && world_.clock.now() < end) {
    static_cast<void>(wait_for(link_->descriptor(), true, last_counts_ms_max));
    if (!link_->flush()) return;
  }
}

void Successor::send(const Tree& body, std::span<const int> descriptors) {
  if (const Result<Unit> sent = link_->send(body, descriptors); !sent) {
    return on_link_end(sent.error().message);
  }
  if (!link_->has_output() || writes_) return;
  writes_ = true;
  world_.watch.watch_writable(link_->descriptor(), [this] { write(); });
}

void Successor::write() {
  if (const Result<Unit> sent = link_->flush(); !sent) return on_link_end(sent.error().message);
  if (link_->has_output()) return;
  world_.watch.unwatch(link_->descriptor());
  writes_ = false;
  world_.watch.watch_readable(link_->descriptor(), [this] { read(); });
}

void Successor::limit(Duration time) {
  if (timer_) world_.timers.cancel(*timer_);
  timer_ = world_.timers.at(world_.clock.now() + time, [this] {
    timer_.reset();
    on_limit();
  });
}

void Successor::on_limit() {
  switch (step_) {
    case Step::none:
      return;
    case Step::settling:
      return settle();
    case Step::hello:
    case Step::offered:
    case Step::released:
      return take_back("it took too long", "took too long");
    case Step::handed_over:
      return send_counts();
  }
}

void Successor::on_link_end(std::string_view reason) {
  if (step_ != Step::handed_over) return take_back(reason, reason);
  drop_link();
  world_.lose(reason);
}

// Nothing can be sent to us after the shutdown, so "owned" is either here already, and then it is
// too late to take anything back, or the other one learns that it is not in charge.
void Successor::take_back(std::string_view reason, std::string_view told) {
  Tree failed = message("failed");
  failed.set("reason", told);
  ignore(link_->send(failed), "it learns the same from the end of the connection");
  link_->shut_down();
  while (step_ == Step::released) {
    const Result<std::optional<Frame>> last = link_->receive();
    if (!last || !last->has_value()) break;
    if ((*last)->type() != "owned") continue;
    drop_link();
    hand_over();
    return world_.lose(reason);
  }
  drop_link();
  const bool was_frozen =
      step_ == Step::settling || step_ == Step::offered || step_ == Step::released;
  step_ = Step::none;
  listeners_.clear();
  if (timer_) world_.timers.cancel(*std::exchange(timer_, std::nullopt));
  if (was_frozen) world_.thaw(reason);
  if (listening_.is_open()) listen();
}

void Successor::close(std::string_view reason) {
  if (step_ == Step::handed_over) return;
  if (listening_.is_open()) {
    if (step_ == Step::none) world_.watch.unwatch(listening_.number());
    listening_.close();
  }
  if (step_ != Step::none) take_back(reason, reason);
}

void Successor::drop_link() {
  if (!link_) return;
  world_.watch.unwatch(link_->descriptor());
  link_.reset();
  writes_ = false;
}

}  // namespace kai::splitter
