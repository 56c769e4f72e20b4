// Where a request goes: route, then rule, keyed split or unkeyed split. No allocation, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "splitter/http1/message.h"
#include "splitter/route/address.h"
#include "splitter/route/identity.h"
#include "splitter/route/match.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

enum class Assignment : std::uint8_t {
  none,     // no route: 404
  forced,   // a rule named the backend
  keyed,    // by the hash of the user's key
  unkeyed,  // by the counter of the route
};
[[nodiscard]] std::string_view name_of(Assignment assignment);

struct Decision {
  Assignment assignment = Assignment::none;
  // Of the snapshot that was asked; null with Assignment::none, else never. The backend is active.
  const Route* route = nullptr;
  const Backend* backend = nullptr;
  const Rule* rule = nullptr;  // of Assignment::forced
  std::uint64_t u = 0;         // the number that was compared; of keyed and unkeyed
  std::uint8_t lane = 0;       // 0-7, by client
  // The request had no key and the route has an identity cookie: it was decided by this one, which
  // the answer sets (write_identity_cookie).
  std::optional<Identity> minted;
};

// What a thread brings along for all its decisions.
struct Decider {
  Random& random;  // of identities: unpredictable
  PathBuffer path;
};

// Decides a new request. `request` has passed judge_request; `client` is the client's address as
// trusted proxies tell it, without_ipv4_mapping; `listener` the name of the one that it came to, if
// it is known. Unkeyed requests take one step of the route's
// counter, all others none.
[[nodiscard]] Decision decide(const Snapshot& snapshot, const Request& request,
                              const IpAddress& client, Decider& decider,
                              std::string_view listener = {});

// Decides the same request once more under a newer snapshot, as must be done before its first byte
// is sent: its backend may have been closed, or gone to weight 0. The number and the identity of
// `before` (whose pointers are not looked at) are kept, so that nobody is counted twice.
[[nodiscard]] Decision decide_again(const Snapshot& snapshot, const Request& request,
                                    const IpAddress& client, const Decision& before,
                                    Decider& decider, std::string_view listener = {});

// The key of the request, without outer white space, 1-256 bytes; the first source of the route
// that is present, then the identity cookie. An address is written to `buffer`. Nothing if there is
// none; an identity is not minted here.
inline constexpr std::size_t key_bytes_max = 256;
[[nodiscard]] std::optional<std::string_view> key_of(const Route& route, const Request& request,
                                                     const IpAddress& client, AddressText& buffer);

// The backend that `u` falls to, active always.
[[nodiscard]] const Backend& backend_of(const Snapshot& snapshot, const Route& route,
                                        std::uint64_t u);

}  // namespace kai::splitter
