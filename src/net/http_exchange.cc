#include "net/http_exchange.h"

#include <utility>

namespace kai::net {
namespace {

constexpr std::size_t shown_path_bytes_max = 200;

ResponseParser parser_for(ExchangeKind kind, const HttpRequest& request) {
  const auto body =
      request.method == "HEAD" ? ResponseParser::Body::none : ResponseParser::Body::expected;
  if (kind == ExchangeKind::stream) return {body, std::nullopt};
  return {body, request.body_bytes_max};
}

}  // namespace

Exchange::Exchange(ExchangeKind of_kind, HttpRequest request, Url url, StreamEvents tell)
    : kind(of_kind),
      asked(std::move(request)),
      where(std::move(url)),
      events(std::move(tell)),
      parser(parser_for(kind, asked)) {}

std::string Exchange::name() const {
  if (where.host.empty()) return asked.method;
  std::string text = asked.method + (where.tls ? " https://" : " http://") + where.authority();
  text += where.path().substr(0, shown_path_bytes_max);
  if (where.path().size() > shown_path_bytes_max) text += "...";
  return asked.unix_socket.empty() ? text : text + " over " + asked.unix_socket;
}

bool Exchange::may_repeat() const { return asked.method == "GET" || asked.method == "HEAD"; }

void Exchange::restart() { parser = parser_for(kind, asked); }

std::string_view Exchange::doubt() const {
  return was_sent && !may_repeat() ? "; the outcome is unknown" : "";
}

}  // namespace kai::net
