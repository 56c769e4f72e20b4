// Which answers of a backend may go on. Backends are as untrusted as clients.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {

inline constexpr unsigned interim_answers_max = 8;

// What the request that is being answered was.
struct AnswerContext {
  Method method = Method::get;
  std::string_view upgrade;      // protocol that was offered to the backend, or empty
  unsigned interim_answers = 0;  // that came before this one
  // Bytes of the backend that are there already behind this head. For an answer without a body they
  // make it hostile; for others they may be its body.
  std::size_t bytes_behind = 0;
};

// Checks `head` and fills `response`. A reason: the client gets 502 and the backend connection is
// closed.
[[nodiscard]] std::optional<Refusal> judge_response(ResponseHead& head,
                                                    const AnswerContext& context,
                                                    Response& response);

// How an answer is sent to the client that asked.
struct AnswerPlan {
  Body body;                 // framing towards the client
  bool keeps_alive = false;  // the client connection stays open after it
  bool passes_trailers = false;
};
struct AnswerWishes {
  bool keeps_alive = true;       // ours; false while draining
  bool allows_trailers = false;  // the route's
};
[[nodiscard]] AnswerPlan plan_answer(const Request& request, const Response& response,
                                     const AnswerWishes& wishes);

}  // namespace kai::splitter
