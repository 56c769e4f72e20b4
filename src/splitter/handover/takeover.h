// The side that takes over, until it is in charge: asks the running process for all it has, says
// when it serves, and is told that it may. Blocks: nothing else is to be done yet.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "os/descriptor.h"
#include "splitter/handover/link.h"
#include "splitter/handover/offer.h"

namespace kai::splitter {

class Takeover {
 public:
  // For each answer: longer than the running process gives itself, so that it is the one that
  // decides.
  static constexpr Duration answer_max = std::chrono::seconds(15);

  // Connects to the handover socket at `path` and gets the offer. From then on the running process
  // takes no change until it is told more or this goes. Errors: as connect_to_path and read_offer;
  // `unavailable`: it is busy, or does not answer in time.
  [[nodiscard]] static Result<Takeover> ask(const std::string& path, const SteadyClock& clock);

  [[nodiscard]] const Offer& offer() const { return offer_; }
  // In the order of the offer; each may be moved away.
  [[nodiscard]] std::vector<os::Descriptor>& descriptors() { return descriptors_; }

  // Requests are accepted here, at `listeners` of the offer. Returns what the other one counted
  // (null: too much to be told, count from zero); it waits for take_charge() now. An error: it has
  // taken everything back.
  [[nodiscard]] Result<Tree> say_serving(const std::vector<std::string>& listeners);
  // After this succeeded we are in charge and it only ends; else it goes on as it was.
  [[nodiscard]] Result<Unit> take_charge();
  [[nodiscard]] Link take_link() { return std::move(link_); }

 private:
  Takeover(os::Descriptor socket, const SteadyClock& clock)
      : clock_(&clock), link_(std::move(socket)) {}
  [[nodiscard]] Result<Frame> wait_for_frame(std::string_view type);
  [[nodiscard]] Result<Unit> send(const Tree& body);

  const SteadyClock* clock_;
  Link link_;
  Offer offer_;
  std::vector<os::Descriptor> descriptors_;
};

}  // namespace kai::splitter
