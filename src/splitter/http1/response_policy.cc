#include "splitter/http1/response_policy.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "splitter/http1/connection_options.h"
#include "splitter/http1/field.h"
#include "splitter/http1/framing.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/list.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

using Verdict = std::optional<Refusal>;

Verdict judge_status_line(const ResponseHead& head, Response& response) {
  if (head.version.major != 1 || head.version.minor > 1) return Refusal::version_unsupported;
  if (head.status < 100 || head.status > 599) return Refusal::bad_status;
  response.version = head.version.minor == 0 ? HttpVersion::http_1_0 : HttpVersion::http_1_1;
  response.status = head.status;
  response.reason = head.reason;
  return {};
}

// The one Upgrade field of a 101 must name what was offered. Framing fields mean nothing on a 1xx.
Verdict judge_switch(const AnswerContext& context, const ConnectionOptions& options,
                     Response& response) {
  const FieldLookup upgrade = find_field(response.fields, "upgrade");
  const bool matches = upgrade.count == 1 && !context.upgrade.empty() &&
                       equals_in_any_case(upgrade.value, context.upgrade);
  if (!matches || !options.upgrade) return Refusal::unasked_switch;
  response.upgrade = upgrade.value;
  response.body = {.framing = BodyFraming::tunnel};
  return {};
}

// RFC 9112 §6.3, rules 1-2 and 8: `response.body` is what the fields declare.
Verdict judge_body(const AnswerContext& context, Response& response) {
  const bool never = response.status < 200 || response.status == 204;
  const bool described = response.status == 304 || context.method == Method::head;
  response.described_length.reset();
  if (!never && !described) {
    if (response.body.framing == BodyFraming::none)
      response.body.framing = BodyFraming::until_close;
    return {};
  }
  if (!never && response.body.framing == BodyFraming::length) {
    response.described_length = response.body.length;
  }
  response.body = {};
  // Behind an interim answer comes the next one.
  if (context.bytes_behind != 0 && !response.is_interim()) return Refusal::unexpected_body;
  return {};
}

// `timeout=N` of a Keep-Alive field; anything else in it is passed over.
std::optional<std::uint32_t> keep_alive_seconds(std::string_view value) {
  constexpr std::string_view name = "timeout=";
  ListReader list(value);
  std::string_view parameter;
  while (list.next(parameter)) {
    if (!equals_lower(parameter.substr(0, name.size()), name)) continue;
    const auto seconds = parse_content_length(parameter.substr(name.size()));
    if (seconds && *seconds <= UINT32_MAX) return static_cast<std::uint32_t>(*seconds);
  }
  return {};
}

bool is_for_shared_caches(std::string_view cache_control) {
  ListReader list(cache_control);
  std::string_view directive;
  while (list.next(directive)) {
    if (equals_lower(directive.substr(0, directive.find('=')), "s-maxage")) return true;
    if (equals_lower(directive, "public")) return true;
  }
  return false;
}

void read_hints(Response& response) {
  response.keep_alive_seconds.reset();
  response.is_shared = false;
  for (const Field& field : response.fields) {
    if (field.id == FieldId::keep_alive) {
      response.keep_alive_seconds = keep_alive_seconds(field.value);
    } else if (field.id == FieldId::cache_control) {
      response.is_shared |= is_for_shared_caches(field.value);
    }
  }
}

}  // namespace

Verdict judge_response(ResponseHead& head, const AnswerContext& context, Response& response) {
  classify_fields(head.table.fields());
  response.fields = head.table.fields();
  response.head_bytes = head.head_bytes;
  response.upgrade = {};
  if (const auto refusal = judge_status_line(head, response)) return refusal;
  const auto body = declared_body(response.fields, response.version);
  if (!body) return body.error();
  response.body = *body;
  ConnectionOptions options;
  if (const auto refusal = read_connection_options(head.table.fields(), options)) return refusal;
  // Interim answers are counted, not timed: a flood of them is cut by number.
  if (response.is_interim() && context.interim_answers >= interim_answers_max) {
    return Refusal::too_many_interim;
  }
  const auto refusal = response.status == 101 ? judge_switch(context, options, response)
                                              : judge_body(context, response);
  if (refusal) return refusal;
  // HTTP/1.0 backends are not pooled: whether they mean keep-alive is not worth a doubt.
  const bool ends_by_close = response.body.framing == BodyFraming::until_close ||
                             response.body.framing == BodyFraming::tunnel;
  response.keeps_alive =
      response.version == HttpVersion::http_1_1 && !options.close && !ends_by_close;
  read_hints(response);
  return {};
}

AnswerPlan plan_answer(const Request& request, const Response& response,
                       const AnswerWishes& wishes) {
  AnswerPlan plan{.body = response.body, .keeps_alive = request.keeps_alive && wishes.keeps_alive};
  const bool unknown_length = response.body.framing == BodyFraming::chunked ||
                              response.body.framing == BodyFraming::until_close;
  if (unknown_length) {
    const bool old_client = request.version == HttpVersion::http_1_0;
    plan.body.framing = old_client ? BodyFraming::until_close : BodyFraming::chunked;
    if (old_client) plan.keeps_alive = false;
  }
  if (response.body.framing == BodyFraming::tunnel) plan.keeps_alive = false;
  plan.passes_trailers = response.body.framing == BodyFraming::chunked &&
                         plan.body.framing == BodyFraming::chunked && request.accepts_trailers &&
                         wishes.allows_trailers;
  return plan;
}

}  // namespace kai::splitter
