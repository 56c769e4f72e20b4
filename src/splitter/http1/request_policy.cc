#include "splitter/http1/request_policy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "splitter/http1/authority.h"
#include "splitter/http1/connection_options.h"
#include "splitter/http1/field.h"
#include "splitter/http1/framing.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/list.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/target.h"

namespace kai::splitter {
namespace {

using Verdict = std::optional<Refusal>;

Method method_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Method>, 7> known = {{
      {"GET", Method::get},
      {"POST", Method::post},
      {"HEAD", Method::head},
      {"PUT", Method::put},
      {"PATCH", Method::patch},
      {"DELETE", Method::del},
      {"OPTIONS", Method::options},
  }};
  for (const auto& [name, method] : known) {
    if (text == name) return method;
  }
  return Method::other;
}

Verdict judge_start_line(const RequestHead& head, Request& request) {
  constexpr Version version_1_0{.major = 1, .minor = 0};
  constexpr Version version_1_1{.major = 1, .minor = 1};
  constexpr Version version_2_0{.major = 2, .minor = 0};
  // The preface of HTTP/2 is not a request that we could answer in HTTP/1.1 terms.
  if (head.method == "PRI" && head.version == version_2_0) return Refusal::wrong_protocol;
  if (head.version != version_1_0 && head.version != version_1_1) {
    return Refusal::version_unsupported;
  }
  if (head.method == "CONNECT" || head.method == "TRACE") return Refusal::method_refused;
  request.method = method_of(head.method);
  request.method_text = head.method;
  request.version = head.version == version_1_0 ? HttpVersion::http_1_0 : HttpVersion::http_1_1;
  return {};
}

void keep_host(std::string_view host, Request& request) {
  request.host_size = static_cast<std::uint8_t>(host.size());
  std::ranges::transform(host, request.host_octets.begin(), to_lower);
}

Verdict judge_host(std::string_view target_authority, Request& request) {
  const Field* host = nullptr;
  for (const Field& field : request.fields) {
    if (field.id != FieldId::host) continue;
    if (host) return Refusal::repeated_host;
    host = &field;
  }
  keep_host({}, request);
  request.authority = host ? host->value : target_authority;
  if (!host && request.version == HttpVersion::http_1_1) return Refusal::missing_host;
  if (!host && target_authority.empty()) return {};  // HTTP/1.0 from before virtual hosts
  const auto authority = parse_authority(request.authority);
  if (!authority) return Refusal::bad_host;
  if (!target_authority.empty() && !equals_in_any_case(target_authority, request.authority)) {
    return Refusal::host_mismatch;
  }
  keep_host(authority->host, request);
  return {};
}

Verdict judge_target(const RequestHead& head, Request& request) {
  const auto target = parse_target(head.method, head.target);
  if (!target) return target.error();
  request.path = target->path;
  request.query = target->query;
  request.has_dot_segments = target->has_dot_segments;
  return judge_host(target->authority, request);
}

// protocol = token ["/" token]
bool is_protocol(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_token(text);
  return is_token(text.substr(0, slash)) && is_token(text.substr(slash + 1));
}

// The first protocol of the Upgrade fields that is listed.
Verdict find_listed_protocol(const Request& request, const ListenerRules& rules,
                             std::string_view& listed) {
  for (const Field& field : request.fields) {
    if (field.id != FieldId::upgrade) continue;
    ListReader list(field.value);
    std::string_view protocol;
    while (list.next(protocol)) {
      if (!is_protocol(protocol)) return Refusal::bad_upgrade;
      const bool allowed = std::ranges::any_of(
          rules.upgrade_protocols, [&](auto name) { return equals_lower(protocol, name); });
      if (allowed && listed.empty()) listed = protocol;
    }
  }
  return {};
}

Verdict judge_upgrade(const ConnectionOptions& options, const ListenerRules& rules,
                      Request& request) {
  request.upgrade = {};
  std::string_view listed;
  if (const auto refusal = find_listed_protocol(request, rules, listed)) return refusal;
  if (listed.empty() || request.version == HttpVersion::http_1_0) return {};
  const bool has_body = request.body.framing == BodyFraming::chunked || request.body.length != 0;
  if (request.method != Method::get || has_body) return Refusal::bad_upgrade;
  // Without the option the field was not meant for us (RFC 9110 §7.8): it ends here.
  if (options.upgrade) request.upgrade = listed;
  return {};
}

Verdict judge_expect(Request& request) {
  request.expects_continue = false;
  for (const Field& field : request.fields) {
    if (field.id != FieldId::expect) continue;
    if (request.expects_continue) return Refusal::bad_expect;
    if (!equals_lower(field.value, "100-continue")) return Refusal::bad_expect;
    request.expects_continue = true;
  }
  // RFC 9110 §10.1.1: an expectation of HTTP/1.0 is ignored.
  if (request.version == HttpVersion::http_1_0) request.expects_continue = false;
  return {};
}

// `trailers` among the transfer codings that the client would take.
bool wants_trailers(const Request& request) {
  if (request.version == HttpVersion::http_1_0) return false;
  for (const Field& field : request.fields) {
    if (field.id != FieldId::te) continue;
    ListReader list(field.value);
    std::string_view coding;
    while (list.next(coding)) {
      if (equals_lower(coding, "trailers")) return true;
    }
  }
  return false;
}

Verdict judge_body(Request& request) {
  const auto body = declared_body(request.fields, request.version);
  if (!body) return body.error();
  request.body = *body;
  return {};
}

bool wants_to_stay(const ConnectionOptions& options, HttpVersion version) {
  if (options.close) return false;
  return version == HttpVersion::http_1_1 || options.keep_alive;
}

}  // namespace

Verdict judge_request(RequestHead& head, const ListenerRules& rules, Request& request) {
  classify_fields(head.table.fields());
  request.fields = head.table.fields();
  request.head_bytes = head.head_bytes;
  ConnectionOptions options;
  if (const auto refusal = judge_start_line(head, request)) return refusal;
  if (const auto refusal = judge_body(request)) return refusal;
  if (const auto refusal = judge_target(head, request)) return refusal;
  if (const auto refusal = read_connection_options(head.table.fields(), options)) return refusal;
  if (const auto refusal = judge_upgrade(options, rules, request)) return refusal;
  if (const auto refusal = judge_expect(request)) return refusal;
  request.keeps_alive = wants_to_stay(options, request.version);
  request.accepts_trailers = wants_trailers(request);
  return {};
}

Verdict judge_for_route(const Request& request, const RouteRules& rules) {
  if (request.has_dot_segments && !rules.allows_dot_segments) return Refusal::dot_segments;
  if (request.body.length > rules.body_bytes_max) return Refusal::body_too_large;
  return {};
}

}  // namespace kai::splitter
