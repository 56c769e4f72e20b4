// Which route a request belongs to, and whether it meets the condition of a rule.
//
// Paths are compared as backends see them: percent-decoded once (path_for_matching), an encoded '/'
// stays encoded. Whether dot segments may be there at all is the route's matter and judged after it
// was found. A condition of a header, cookie or query parameter holds if the name occurs exactly
// once with exactly that value: what occurs twice is seen differently by different readers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/route/address.h"

namespace kai::splitter {

struct NamedValue {
  std::string name;
  std::string value;

  friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

struct PathCondition {
  enum class Kind : std::uint8_t {
    prefix,  // on a segment border: /a holds for /a and /a/b, not for /ab
    exact,
  };
  Kind kind = Kind::prefix;
  std::string path = "/";  // decoded; as a prefix without '/' at its end, but for "/" itself

  friend bool operator==(const PathCondition&, const PathCondition&) = default;
};

// All that is given must hold; an empty list asks nothing. Of methods and networks one must fit.
struct Condition {
  PathCondition path;
  std::vector<std::string> methods;
  std::vector<NamedValue> headers;
  std::vector<NamedValue> cookies;
  std::vector<NamedValue> query;
  std::vector<Network> from;

  // What is asked beyond the path.
  [[nodiscard]] std::size_t size() const;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// Room for a decoded path: one per thread, so that nothing is allocated or cleared per request.
using PathBuffer = std::array<char, start_line_bytes_max>;

// A request as conditions look at it: views into the arguments.
class MatchInput {
 public:
  // `request` has passed judge_request. `listener`: the name of the one it came to, if it is known.
  MatchInput(const Request& request, const IpAddress& client, PathBuffer& buffer,
             std::string_view listener = {});

  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const IpAddress& client() const { return client_; }
  [[nodiscard]] std::string_view host() const { return host_; }  // without a dot at the end
  [[nodiscard]] std::string_view path() const { return path_; }  // decoded
  [[nodiscard]] std::string_view listener() const { return listener_; }

 private:
  const Request& request_;
  const IpAddress& client_;
  std::string_view host_;
  std::string_view path_;
  std::string_view listener_;
};

[[nodiscard]] bool holds(const Condition& condition, const MatchInput& input);

// One line of a route's `match`.
struct RouteMatch {
  std::string host;           // lower case; "*.example.com" for one label more; empty for any
  std::string listener = {};  // empty for any
  Condition condition;
  std::uint32_t route = 0;

  friend bool operator==(const RouteMatch&, const RouteMatch&) = default;
};

// Same host, same listener and same rank in the order below: only the configured order tells which
// comes first.
[[nodiscard]] bool is_tried_at_the_same_time(const RouteMatch& left, const RouteMatch& right);

// All matches of a snapshot, the most specific first: the host (exact, wildcard, any), then the
// path (exact, then the longest prefix), then the number of further conditions, then with a
// listener before without, then the configured order. The first that holds decides; one that fails
// leaves the request to the next, also of a less specific host.
class MatchTable {
 public:
  MatchTable() = default;
  // `matches` in configured order.
  explicit MatchTable(std::vector<RouteMatch> matches);

  // Index of the route, or nothing. Costs a binary search for the host and a look at each match of
  // that host that comes before the result.
  [[nodiscard]] std::optional<std::uint32_t> find(const MatchInput& input) const;

  // In the order in which they are tried.
  [[nodiscard]] std::span<const RouteMatch> matches() const { return matches_; }

 private:
  [[nodiscard]] std::optional<std::uint32_t> find_in(std::span<const RouteMatch> group,
                                                     const MatchInput& input) const;
  [[nodiscard]] std::span<const RouteMatch> group_of(std::string_view host) const;

  std::vector<RouteMatch> matches_;  // sorted by host, then as above
};

}  // namespace kai::splitter
