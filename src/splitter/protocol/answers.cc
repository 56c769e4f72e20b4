#include "splitter/protocol/answers.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/tree.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/number.h"

namespace kai::splitter {

int status_of(CallErrorCode code) {
  switch (code) {
    case CallErrorCode::malformed:
      return 400;
    case CallErrorCode::forbidden:
      return 403;
    case CallErrorCode::unknown_route:
    case CallErrorCode::unknown_call:
      return 404;
    case CallErrorCode::wrong_method:
      return 405;
    case CallErrorCode::stale_epoch:
    case CallErrorCode::stale_base:
    case CallErrorCode::superseded:
      return 409;
    case CallErrorCode::invalid:
      return 422;
    case CallErrorCode::not_saved:
    case CallErrorCode::handing_over:
      return 503;
    case CallErrorCode::barrier_timeout:
      return 504;
  }
  return 500;
}

std::string_view name_of(CallErrorCode code) {
  switch (code) {
    case CallErrorCode::malformed:
      return "malformed";
    case CallErrorCode::invalid:
      return "invalid";
    case CallErrorCode::unknown_route:
      return "unknown_route";
    case CallErrorCode::unknown_call:
      return "unknown_call";
    case CallErrorCode::wrong_method:
      return "wrong_method";
    case CallErrorCode::forbidden:
      return "forbidden";
    case CallErrorCode::stale_epoch:
      return "stale_epoch";
    case CallErrorCode::stale_base:
      return "stale_base";
    case CallErrorCode::superseded:
      return "superseded";
    case CallErrorCode::not_saved:
      return "not_saved";
    case CallErrorCode::handing_over:
      return "handing_over";
    case CallErrorCode::barrier_timeout:
      return "barrier_timeout";
  }
  return "corrupt";
}

Tree write_published(const Published& published) {
  const auto barrier = std::chrono::duration_cast<std::chrono::microseconds>(published.barrier);
  Tree map = Tree::map();
  map.set("generation", number(published.generation));
  map.set("barrier_us", std::int64_t{barrier.count()});
  map.set("durable", published.durable);
  return map;
}

Tree write_call_error(const CallError& error) {
  Tree body = Tree::map();
  body.set("code", name_of(error.code));
  body.set("message", error.message);
  if (!error.findings.empty()) {
    body.set("pointer", error.findings.front().pointer);
    Tree findings = Tree::list();
    for (const Finding& finding : error.findings) {
      Tree entry = Tree::map();
      entry.set("pointer", finding.pointer);
      entry.set("message", finding.message);
      findings.push_back(std::move(entry));
    }
    body.set("findings", std::move(findings));
  }
  if (!error.laggards.empty()) {
    Tree laggards = Tree::list();
    for (const std::uint32_t worker : error.laggards) laggards.push_back(std::int64_t{worker});
    body.set("laggards", std::move(laggards));
  }
  if (error.generation > 0) body.set("generation", number(error.generation));
  Tree map = Tree::map();
  map.set("error", std::move(body));
  return map;
}

}  // namespace kai::splitter
