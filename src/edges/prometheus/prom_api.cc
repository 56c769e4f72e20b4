#include "edges/prometheus/prom_api.h"

#include <cctype>
#include <utility>

#include "base/check.h"
#include "codec/quote.h"
#include "codec/uri.h"

namespace kai::edges {
namespace {

constexpr std::size_t query_shown_bytes_max = 160;

std::string where_of(const PromAddress& address, const std::string& promql) {
  return address.label() + ", query " + codec::quote(promql, query_shown_bytes_max);
}

std::string seconds_text(WallTime time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.since_epoch).count();
  const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::to_string(milliseconds / 1000) + "." + fraction;
}

std::string form_of(const std::string& promql, std::optional<WallTime> time) {
  std::vector<std::pair<std::string, std::string>> fields{{"query", promql}, {"timeout", "5s"}};
  if (time) fields.emplace_back("time", seconds_text(*time));
  return codec::form_encode(fields);
}

Result<std::vector<PromSeries>> read(const Result<net::HttpResponse>& response,
                                     const std::string& where) {
  if (!response) return std::unexpected(in_context(where, response.error()));
  if (response->status != 200)
    return std::unexpected(in_context(where, prom_refusal(response->status, response->body)));
  return in_context(where, parse_prom_answer(response->body));
}

bool is_dns_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-') return false;
  for (const char c : text) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
  }
  return true;
}

std::string_view take_label(std::string_view& host) {
  const std::size_t dot = host.find('.');
  const std::string_view label = host.substr(0, dot);
  host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  return label;
}

}  // namespace

void PromApi::query(const PromAddress& address, const std::string& promql,
                    std::optional<WallTime> time, Reply<std::vector<PromSeries>> reply) const {
  send(address,
       {.path = "/api/v1/query", .form = form_of(promql, time), .where = where_of(address, promql)},
       std::move(reply));
}

void PromApi::query_range(const PromAddress& address, const std::string& promql,
                          const PromRange& range, Reply<std::vector<PromSeries>> reply) const {
  KAI_CHECK(range.step > Duration::zero());
  const auto step = std::chrono::duration_cast<std::chrono::milliseconds>(range.step).count();
  send(address,
       {.path = "/api/v1/query_range",
        .form = codec::form_encode({{"query", promql},
                                    {"timeout", "5s"},
                                    {"start", seconds_text(range.from)},
                                    {"end", seconds_text(range.to)},
                                    {"step", std::to_string(step) + "ms"}}),
        .where = where_of(address, promql)},
       std::move(reply));
}

void PromApi::send(const PromAddress& address, Ask ask,
                   Reply<std::vector<PromSeries>> reply) const {
  auto take = [where = std::move(ask.where), reply = std::move(reply)](
                  Result<net::HttpResponse> response) mutable { reply(read(response, where)); };
  if (address.proxied) {
    KAI_CHECK(api_ != nullptr);
    return api_->through_service(address.name_space, address.service, address.path + ask.path,
                                 ask.form, prom_query_time_max, std::move(take));
  }
  net::HttpRequest request{.method = "POST", .url = address.base + ask.path};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = std::move(ask.form);
  request.timeout = prom_query_time_max;
  request.body_bytes_max = prom_answer_bytes_max;
  http_->send(std::move(request), std::move(take));
}

Result<PromAddress> direct_address(const std::string& base) {
  std::string trimmed = base;
  while (trimmed.ends_with('/')) trimmed.pop_back();
  const auto url = codec::parse_url(trimmed);
  if (!url) return std::unexpected(in_context("metrics address", url.error()));
  PromAddress address{.base = std::move(trimmed), .path = url->target == "/" ? "" : url->target};
  return address;
}

std::optional<PromAddress> proxied_address(const PromAddress& direct) {
  const auto url = codec::parse_url(direct.base);
  if (!url) return std::nullopt;
  std::string_view rest = url->host;
  const std::string service(take_label(rest));
  const std::string name_space(take_label(rest));
  const bool in_cluster = rest.empty() || rest == "svc" || rest.starts_with("svc.");
  const bool is_number =
      !service.empty() && service.find_first_not_of("0123456789") == std::string::npos;
  if (!is_dns_label(service) || !is_dns_label(name_space) || !in_cluster || is_number)
    return std::nullopt;
  PromAddress address = direct;
  address.proxied = true;
  address.name_space = name_space;
  address.service = url->scheme + ":" + service + ":" + std::to_string(url->port);
  return address;
}

}  // namespace kai::edges
