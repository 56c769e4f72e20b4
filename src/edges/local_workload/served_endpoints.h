// What the processes of a release need of whoever carries the requests to them, as plain functions:
// this edge knows no splitter. Filled by the wiring.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"

namespace kai::edges {

// The processes of one version of one service. Several versions of a service may be there at once;
// a service and a tag name one backend.
struct ServedVersion {
  std::string service;
  std::string tag;
  std::vector<std::string> endpoints;  // "127.0.0.1:20001", each once; may be empty: none is left
};

// A service as all users get it: which requests are its, and the version that answers them.
struct ServedService {
  std::string name;
  std::string host;         // whose requests; empty: of any host
  std::string path_prefix;  // "/"
  ServedVersion stable;
};

struct ServedNow {
  ServedVersion version;
  bool is_stable = false;  // it is the one that gets what no canary gets
  // Requests that its endpoints have not answered yet; empty: not known.
  std::optional<std::uint64_t> in_flight;
};

// Each answers once, when every worker serves it so; an error says that this is not known, and
// asking for the same again is always right. Errors as `Reply` has them.
struct ServedEndpoints {
  // From now on exactly these services are served, each by this version alone: one change, no
  // request between an old and a new one. What was stable before, and any canary that is not named,
  // gets no new requests; their requests in flight finish. A canary that is named keeps its
  // endpoints' connections. `rejected`, and nothing changes, when one of them has no endpoint:
  // nobody could answer.
  std::move_only_function<void(std::vector<ServedService> services, Reply<Unit> reply)>
      publish_stable;
  // The endpoints of versions, stable or not. Changes no weight and no role: a version that is new
  // gets no requests until the router gives it a weight. One without endpoints gets none;
  // `rejected` when it is the stable one.
  std::move_only_function<void(std::vector<ServedVersion> versions, Reply<Unit> reply)>
      set_endpoints;
  // Forgets the versions with this tag that are not stable. None there: done.
  std::move_only_function<void(std::string tag, Reply<Unit> reply)> remove;
  // All versions that are known, those that only have requests in flight among them, in no order. A
  // version that is not told has none. Nothing served yet: an empty list.
  std::move_only_function<void(Reply<std::vector<ServedNow>> reply)> served;
};

}  // namespace kai::edges
