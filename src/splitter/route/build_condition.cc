#include "splitter/route/build_condition.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "codec/quote.h"
#include "splitter/http1/authority.h"
#include "splitter/http1/field.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/target.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/match.h"

namespace kai::splitter {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

// What is wrong with a path of a match; empty: nothing.
std::string_view mistake_of_path(std::string_view path) {
  if (!path.starts_with('/')) return "must begin with '/'";
  if (path.size() > start_line_bytes_max) return "is longer than any request's";
  if (path.contains('?')) return "must be a path without a query";
  const auto target = parse_target("GET", path);
  if (!target || !std::ranges::all_of(path, is_target_octet)) {
    return "must be a path as in a request: other octets are written as %XX";
  }
  if (target->has_dot_segments) return "must not have the segments '.' and '..'";
  const std::string lowered = lower(path);
  // Both stay as they are when a request's path is decoded, so that they could not be told apart.
  if (lowered.contains("%2f") || lowered.contains("%25")) return "must not have %2F or %25";
  return {};
}

std::string decoded_path(std::string_view path) {
  std::vector<char> buffer(path.size());
  return std::string(path_for_matching(path, buffer));
}

PathCondition build_path(const ConditionSpec& spec, const std::string& pointer,
                         Findings& findings) {
  PathCondition path;
  const bool exact = !spec.path.empty();
  if (exact && !spec.path_prefix.empty()) {
    findings.add(pointer, "has both 'path' and 'path_prefix'; one of them is possible");
  }
  const std::string& text = exact ? spec.path : spec.path_prefix;
  if (text.empty()) return path;
  path.kind = exact ? PathCondition::Kind::exact : PathCondition::Kind::prefix;
  if (const auto mistake = mistake_of_path(text); !mistake.empty()) {
    findings.add(pointer + (exact ? "/path" : "/path_prefix"), std::string(mistake));
    return path;
  }
  path.path = decoded_path(text);
  if (!exact && path.path.size() > 1 && path.path.ends_with('/')) path.path.pop_back();
  return path;
}

std::vector<NamedValue> build_named(const std::vector<std::pair<std::string, std::string>>& spec,
                                    std::string_view what, const std::string& pointer,
                                    Findings& findings) {
  std::vector<NamedValue> result;
  for (const auto& [name, value] : spec) {
    const std::string place = pointer + "/" + std::string(what) + "/" + escape_pointer(name);
    if (what == "query") {
      if (name.empty()) findings.add(place, "is no name of a query parameter");
    } else if (what == "header") {
      check_header_name(name, place, findings);
    } else {
      check_token(name, what, place, findings);
    }
    if (!std::ranges::all_of(value, is_field_value_octet) || without_outer_blanks(value) != value) {
      findings.add(place, "is a value that no request can have");
    }
    result.push_back({.name = what == "header" ? lower(name) : name, .value = value});
  }
  std::ranges::sort(result, {}, &NamedValue::name);  // so that equal conditions are equal
  return result;
}

std::vector<std::string> build_methods(const std::vector<std::string>& spec,
                                       const std::string& pointer, Findings& findings) {
  std::vector<std::string> methods = spec;
  for (std::size_t at = 0; at < spec.size(); ++at) {
    const std::string place = pointer + "/methods/" + std::to_string(at);
    if (!spec[at].empty()) check_token(spec[at], "method", place, findings);
    if (spec[at].size() > method_bytes_max || spec[at] == "CONNECT" || spec[at] == "TRACE") {
      findings.add(place, "is a method that is always refused");
    }
  }
  std::ranges::sort(methods);
  return methods;
}

std::vector<Network> build_networks(const std::vector<std::string>& spec,
                                    const std::string& pointer, Findings& findings) {
  std::vector<Network> networks;
  for (std::size_t at = 0; at < spec.size(); ++at) {
    const auto network = parse_network(spec[at]);
    if (network) {
      networks.push_back(*network);
    } else if (!spec[at].empty()) {
      findings.add(pointer + "/from/" + std::to_string(at),
                   "must be an address or a network like 10.0.0.0/8, with zeros behind the prefix");
    }
  }
  return networks;
}

}  // namespace

void check_label(std::string_view text, const std::string& pointer, Findings& findings) {
  constexpr std::size_t bytes_max = 128;
  constexpr std::string_view signs = "._-+:@~";
  const auto is_label_octet = [&](char octet) {
    return is_digit(octet) || (to_lower(octet) >= 'a' && to_lower(octet) <= 'z') ||
           signs.contains(octet);
  };
  if (text.empty()) return;  // told by the reader
  if (text.size() <= bytes_max && std::ranges::all_of(text, is_label_octet)) return;
  findings.add(pointer, "must be 1 to 128 letters, digits and ._-+:@~");
}

void check_header_name(std::string_view name, const std::string& pointer, Findings& findings) {
  check_token(name, "header", pointer, findings);
  const FieldId id = classify_field_name(name).id;
  if (id == FieldId::authorization) return;
  if (id == FieldId::cookie) {
    findings.add(pointer, "is asked for with 'cookie', one by one");
  } else if (id == FieldId::host) {
    findings.add(pointer, "is asked for with 'host'");
  } else if (is_protected(id) || is_hop_by_hop(id)) {
    findings.add(pointer, "is a field that clients cannot be trusted with, or that ends here");
  }
}

void check_token(std::string_view text, std::string_view what, const std::string& pointer,
                 Findings& findings) {
  if (!is_token(text)) {
    findings.add(pointer, codec::quote(text) + " is no name of a " + std::string(what));
  }
}

std::string build_host(std::string_view host, const std::string& pointer, Findings& findings) {
  if (host.empty()) return {};
  std::string result = lower(host);
  if (result.ends_with('.')) result.pop_back();
  const bool wildcard = result.starts_with("*.");
  const auto authority = parse_authority(wildcard ? std::string_view(result).substr(2) : result);
  if (!authority || authority->port) {
    findings.add(pointer, "must be a host name or address without a port, or *. and a name");
  }
  return result;
}

Condition build_condition(const ConditionSpec& spec, const std::string& pointer,
                          Findings& findings) {
  return {.path = build_path(spec, pointer, findings),
          .methods = build_methods(spec.methods, pointer, findings),
          .headers = build_named(spec.header, "header", pointer, findings),
          .cookies = build_named(spec.cookie, "cookie", pointer, findings),
          .query = build_named(spec.query, "query", pointer, findings),
          .from = build_networks(spec.from, pointer, findings)};
}

}  // namespace kai::splitter
