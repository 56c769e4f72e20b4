// Lease: who may try. It decides nothing else; ownership is a compare-and-swap of the record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kubeapi/client.h"

namespace kai::kubeapi {

struct LeaseState {
  std::string holder;  // empty: free
  std::uint64_t transitions = 0;
  WallTime acquired_at;  // of the holder's clock, for people
};

struct Acquired {
  bool granted = false;
  LeaseState state;    // as it is now
  Duration silent{0};  // when not granted: for how long we have seen no renewal
};

// Expiry is judged by our own clock since the last change that we saw, never by comparing wall
// clocks. So a lease that was left behind is taken only by whoever has watched it for its whole
// term.
class Lease {
 public:
  Lease(Client& client, const SteadyClock& steady, const WallClock& wall, std::string name_space,
        std::string name, Duration term);

  // The lease as it is; empty when it was never made. Writes nothing.
  void look(Reply<std::optional<LeaseState>> reply);
  // Takes it when it is free, ours, or silent for its term. `holder` is at most 253 characters.
  void acquire(const std::string& holder, Reply<Acquired> reply);
  // False: somebody else has it.
  void renew(Reply<bool> reply);
  // Makes it free, if it is ours.
  void release(Reply<Unit> reply);

 private:
  void note(const Tree& lease);
  [[nodiscard]] Tree body(const std::string& holder, std::uint64_t transitions,
                          const std::string& acquired) const;
  void make(const std::string& holder, Reply<Acquired> reply);
  void take(const Tree& lease, const std::string& holder, Reply<Acquired> reply);

  Client& client_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  ResourceRef ref_;
  Duration term_;
  std::string held_as_;  // our holder text; empty: we do not hold it
  std::string acquired_at_;
  std::uint64_t transitions_ = 0;
  std::string seen_version_;  // resourceVersion when it last changed under our eyes
  SteadyTime seen_at_;
};

}  // namespace kai::kubeapi
