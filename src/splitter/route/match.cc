#include "splitter/route/match.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "splitter/http1/field.h"
#include "splitter/http1/message.h"
#include "splitter/http1/target.h"

namespace kai::splitter {
namespace {

bool holds(const PathCondition& condition, std::string_view path) {
  if (condition.kind == PathCondition::Kind::exact) return path == condition.path;
  if (condition.path == "/") return true;  // `*` of OPTIONS, too
  if (!path.starts_with(condition.path)) return false;
  return path.size() == condition.path.size() || path[condition.path.size()] == '/';
}

// Exactly once, exactly this value.
template <typename Lookup>
bool is_only(const Lookup& found, std::string_view value) {
  return found.count == 1 && found.value == value;
}

// Whatever of two matches of the same host is to be tried first is the smaller one.
auto order_of(const RouteMatch& match) {
  const PathCondition& path = match.condition.path;
  return std::tuple(path.kind == PathCondition::Kind::exact ? 0 : 1,
                    -static_cast<std::ptrdiff_t>(path.path.size()), std::string_view(path.path),
                    -static_cast<std::ptrdiff_t>(match.condition.size()), match.listener.empty(),
                    std::string_view(match.listener));
}

}  // namespace

bool is_tried_at_the_same_time(const RouteMatch& left, const RouteMatch& right) {
  return left.host == right.host && order_of(left) == order_of(right);
}

std::size_t Condition::size() const {
  const std::size_t lists = (methods.empty() ? 0U : 1U) + (from.empty() ? 0U : 1U);
  return lists + headers.size() + cookies.size() + query.size();
}

MatchInput::MatchInput(const Request& request, const IpAddress& client, PathBuffer& buffer,
                       std::string_view listener)
    : request_(request),
      client_(client),
      host_(request.host()),
      path_(path_for_matching(request.path, buffer)),
      listener_(listener) {
  if (host_.ends_with('.')) host_.remove_suffix(1);  // the same name, spelled absolutely
}

bool holds(const Condition& condition, const MatchInput& input) {
  const Request& request = input.request();
  const auto has_method = [&](const std::string& method) { return request.method_text == method; };
  const auto has_header = [&](const NamedValue& wanted) {
    return is_only(find_field(request.fields, wanted.name), wanted.value);
  };
  const auto has_cookie = [&](const NamedValue& wanted) {
    return is_only(find_cookie(request.fields, wanted.name), wanted.value);
  };
  const auto has_parameter = [&](const NamedValue& wanted) {
    return is_only(find_query_parameter(request.query, wanted.name), wanted.value);
  };
  const auto is_from = [&](const Network& network) { return network.contains(input.client()); };
  if (!holds(condition.path, input.path())) return false;
  if (!condition.methods.empty() && !std::ranges::any_of(condition.methods, has_method))
    return false;
  if (!condition.from.empty() && !std::ranges::any_of(condition.from, is_from)) return false;
  return std::ranges::all_of(condition.headers, has_header) &&
         std::ranges::all_of(condition.cookies, has_cookie) &&
         std::ranges::all_of(condition.query, has_parameter);
}

MatchTable::MatchTable(std::vector<RouteMatch> matches) : matches_(std::move(matches)) {
  std::ranges::stable_sort(matches_, {}, [](const RouteMatch& match) {
    return std::tuple_cat(std::tuple(std::string_view(match.host)), order_of(match));
  });
}

std::span<const RouteMatch> MatchTable::group_of(std::string_view host) const {
  const auto group = std::ranges::equal_range(
      matches_, host, {}, [](const RouteMatch& match) { return std::string_view(match.host); });
  return {group.begin(), group.end()};
}

std::optional<std::uint32_t> MatchTable::find_in(std::span<const RouteMatch> group,
                                                 const MatchInput& input) const {
  const auto found = std::ranges::find_if(group, [&](const RouteMatch& match) {
    const bool is_there = match.listener.empty() || match.listener == input.listener();
    return is_there && holds(match.condition, input);
  });
  if (found == group.end()) return std::nullopt;
  return found->route;
}

std::optional<std::uint32_t> MatchTable::find(const MatchInput& input) const {
  const std::string_view host = input.host();
  if (!host.empty()) {
    if (const auto route = find_in(group_of(host), input)) return route;
  }
  // "*.example.com" holds for one label in the place of the asterisk, as in a certificate.
  if (const std::size_t dot = host.find('.'); dot != std::string_view::npos && dot > 0) {
    std::array<char, host_bytes_max + 1> wildcard;
    wildcard.front() = '*';
    const std::string_view rest = host.substr(dot);
    std::ranges::copy(rest, wildcard.begin() + 1);
    const std::string_view text(wildcard.data(), rest.size() + 1);
    if (const auto route = find_in(group_of(text), input)) return route;
  }
  return find_in(group_of(""), input);
}

}  // namespace kai::splitter
