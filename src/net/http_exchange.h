// One request and its answer, wherever its bytes travel. The pool brings bytes, the exchange tells
// the asker.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/connection.h"
#include "net/http_client.h"
#include "net/http_parser.h"
#include "net/url.h"

namespace kai::net {

enum class ExchangeKind {
  whole,   // the body is collected: limit and time-out hold for all of it
  stream,  // the body is told as it comes: the time-out holds until the head, then `silence_max`
};

// Internal to the client; fields are moved on by http_pool.cc and http_beast_client.cc.
struct Exchange : std::enable_shared_from_this<Exchange> {
  Exchange(ExchangeKind of_kind, HttpRequest request, Url url, StreamEvents tell);

  // "GET https://host:443/path", and "over" which Unix socket: what may be shown of it; no query,
  // no credentials.
  [[nodiscard]] std::string name() const;
  // A second sending cannot change anything: GET and HEAD.
  [[nodiscard]] bool may_repeat() const;
  // Forgets what came so far, for another try.
  void restart();
  // "; the outcome is unknown" for a write of which at least a part was sent.
  [[nodiscard]] std::string_view doubt() const;

  ExchangeKind kind;
  HttpRequest asked;  // without its body and credentials, which are in `bytes`
  Url where;
  Peer peer = {};
  std::string origin = {};  // key of its pool: equal text, equal connections
  std::string bytes = {};   // the request as it is sent
  StreamEvents events;
  ResponseParser parser;
  std::shared_ptr<Connection> connection = nullptr;  // null while it waits for one
  SteadyTime connecting_since = {};                  // when `connection` was begun for it
  TimerId timer = 0;
  bool is_on_kept_connection = false;
  bool was_sent = false;
  bool was_repeated = false;
  bool head_told = false;
  bool ended = false;  // on_end was told, or nobody listens any more
};

}  // namespace kai::net
