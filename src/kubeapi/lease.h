// Lease: who may try. It decides nothing else; ownership is a compare-and-swap of the record.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kubeapi/client.h"

namespace kai::kubeapi {

struct LeaseState {
  std::string holder;  // empty: free
  std::uint64_t transitions = 0;
  WallTime acquired_at;  // of the holder's clock, for people
  Duration silent{0};    // for how long we have seen no sign of the holder
};

struct Acquired {
  bool granted = false;
  LeaseState state;  // as it is now
};

struct LeaseSpec {
  std::string name_space;
  std::string name;
  Duration term{0};                           // whole seconds
  std::map<std::string, std::string> labels;  // of the object, when we make it
};

// Expiry is judged by our own clock since the last change that we saw, never by comparing wall
// clocks. So a lease that was left behind is taken only by whoever has watched it for its whole
// term. All writes are compare-and-swap by resourceVersion and do not wait for their turn. One call
// at a time. Destroying it is safe while a call is open; the call is still answered.
class Lease {
 public:
  Lease(Client& client, const SteadyClock& steady, const WallClock& wall, LeaseSpec spec);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // `alive_at`: when another sign of life of the holder was seen last.
  // The lease as it is; empty when it was never made. Writes nothing.
  void look(Reply<std::optional<LeaseState>> reply, SteadyTime alive_at = {});
  // Takes it when it is free, bears our holder text already, or was silent for its term.
  // `unavailable`: somebody else
  // wrote in the same moment, or no answer.
  void acquire(const std::string& holder, Reply<Acquired> reply, SteadyTime alive_at = {});
  // False: somebody else has it, or it is gone, or we never had it.
  void renew(Reply<bool> reply);
  // Makes it free, if it is ours.
  void release(Reply<Unit> reply);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::kubeapi
