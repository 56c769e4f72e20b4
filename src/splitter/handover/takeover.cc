#include "splitter/handover/takeover.h"

#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "codec/quote.h"
#include "os/descriptor.h"
#include "splitter/handover/link.h"
#include "splitter/handover/offer.h"

namespace kai::splitter {
namespace {

std::unexpected<Error> no_answer() {
  return fail(ErrorKind::unavailable, "the running kai-splitter does not answer in time");
}

std::int64_t milliseconds_until(SteadyTime end, const SteadyClock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - clock.now()).count();
}

}  // namespace

Result<Takeover> Takeover::ask(const std::string& path, const SteadyClock& clock) {
  Result<os::Descriptor> socket = connect_to_path(path);
  if (!socket) return std::unexpected(socket.error());
  Takeover takeover(std::move(*socket), clock);
  Tree hello = message("hello");
  hello.set("format", handover_format);
  if (auto sent = takeover.send(hello); !sent) return std::unexpected(sent.error());
  Result<Frame> first = takeover.wait_for_frame("offer");
  if (!first) return std::unexpected(first.error());
  Result<Offer> offer = read_offer(first->body);
  if (!offer) return std::unexpected(offer.error());
  takeover.offer_ = std::move(*offer);
  auto& descriptors = takeover.descriptors_ = std::move(first->descriptors);
  while (descriptors.size() < takeover.offer_.descriptor_count()) {
    Result<Frame> more = takeover.wait_for_frame("descriptors");
    if (!more) return std::unexpected(more.error());
    if (more->descriptors.empty()) {
      return fail(ErrorKind::malformed, "the running kai-splitter keeps descriptors back");
    }
    std::ranges::move(more->descriptors, std::back_inserter(descriptors));
  }
  return takeover;
}

Result<Tree> Takeover::say_serving(const std::vector<std::string>& listeners) {
  Tree names = Tree::list();
  for (const std::string& name : listeners) names.push_back(name);
  Tree serving = message("serving");
  serving.set("listeners", std::move(names));
  if (auto sent = send(serving); !sent) return std::unexpected(sent.error());
  Result<Frame> released = wait_for_frame("released");
  if (!released) return std::unexpected(released.error());
  const Tree* const counts = released->body.get("counts");
  return counts == nullptr ? Tree() : *counts;
}

Result<Unit> Takeover::take_charge() { return send(message("owned")); }

Result<Unit> Takeover::send(const Tree& body) {
  const SteadyTime end = clock_->now() + answer_max;
  Result<Unit> sent = link_.send(body);
  while (sent && link_.has_output()) {
    const std::int64_t left = milliseconds_until(end, *clock_);
    if (left <= 0) return no_answer();
    static_cast<void>(wait_for(link_.descriptor(), true, left));
    sent = link_.flush();
  }
  return sent;
}

Result<Frame> Takeover::wait_for_frame(std::string_view type) {
  const SteadyTime end = clock_->now() + answer_max;
  while (true) {
    Result<std::optional<Frame>> got = link_.receive();
    if (!got) return std::unexpected(got.error());
    if (got->has_value()) {
      Frame frame = std::move(**got);
      if (frame.type() == type) return frame;
      if (frame.type() != "failed") {
        return fail(ErrorKind::malformed, "the running kai-splitter answers out of turn");
      }
      return fail(ErrorKind::unavailable, "the running kai-splitter goes on as it was: " +
                                              codec::printable(frame.body.text_or("/reason", "")));
    }
    const std::int64_t left = milliseconds_until(end, *clock_);
    if (left <= 0) return no_answer();
    static_cast<void>(wait_for(link_.descriptor(), false, left));
  }
}

}  // namespace kai::splitter
