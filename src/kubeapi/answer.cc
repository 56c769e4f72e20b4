#include "kubeapi/answer.h"

#include <algorithm>

#include "codec/json.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

std::string cut(std::string text) {
  if (text.size() > message_bytes_max) text = text.substr(0, message_bytes_max) + "...";
  return codec::printable(text);
}

std::string causes_text(const Tree& status) {
  const Tree::List* const causes = status.list_at("/details/causes");
  if (causes == nullptr) return {};
  std::string text;
  for (const Tree& cause : *causes) {
    const std::string field = cause.text_or("/field", "");
    text += (text.empty() ? " (" : "; ") + (field.empty() ? "" : field + ": ") +
            cause.text_or("/message", "");
  }
  return text.empty() ? text : text + ")";
}

bool has_causes(const Tree& status) {
  const Tree::List* const causes = status.list_at("/details/causes");
  return causes != nullptr && !causes->empty();
}

// 500s that stay until something changes.
bool is_permanent(const std::string& message) {
  return message.find("failed to create typed patch object") != std::string::npos;
}

Answer::Outcome outcome_of(int status, const Tree& body) {
  const std::string reason = body.text_or("/reason", "");
  if (status == 404) return Answer::Outcome::not_found;
  if (status == 409)
    return reason == "AlreadyExists" ? Answer::Outcome::already_exists : Answer::Outcome::conflict;
  // A failed test of a JSON Patch has no causes; validation has.
  if (status == 422 && !has_causes(body)) return Answer::Outcome::conflict;
  return Answer::Outcome::refused;
}

}  // namespace

std::string message_from(const net::HttpResponse& response) {
  const auto body = codec::parse_json(response.body);
  if (!body || body->text_at("/message") == nullptr) {
    return "HTTP " + std::to_string(response.status) + " " + codec::quote(response.body, 120);
  }
  return cut(*body->text_at("/message") + causes_text(*body));
}

Result<Answer> answer_from(const net::HttpResponse& response, std::string_view what) {
  const std::string where(what);
  if (response.status >= 200 && response.status < 300) {
    auto body = codec::parse_json(response.body);
    if (!body)
      return fail(ErrorKind::malformed,
                  where + ": the API server's answer: " + body.error().message);
    if (body->as_map() == nullptr)
      return fail(ErrorKind::malformed, where + ": the API server's answer is no object");
    return Answer{.outcome = Answer::Outcome::done, .object = std::move(*body), .message = {}};
  }
  std::string message = message_from(response);
  if (response.status == 401) {
    return fail(ErrorKind::rejected,
                where + ": the API server does not know these credentials (401): " + message);
  }
  const bool server_error = response.status == 429 || response.status >= 500;
  if (server_error && !is_permanent(message))
    return fail(ErrorKind::unavailable, where + ": " + message);
  if (response.status < 400) {
    return fail(ErrorKind::malformed,
                where + ": unexpected HTTP status " + std::to_string(response.status));
  }
  const auto body = codec::parse_json(response.body);
  return Answer{.outcome = outcome_of(response.status, body ? *body : Tree()),
                .object = {},
                .message = std::move(message)};
}

Result<Tree> object_of(Result<Answer> answer, std::string_view what) {
  if (!answer) return std::unexpected(answer.error());
  const std::string where(what);
  switch (answer->outcome) {
    case Answer::Outcome::done:
      return std::move(answer->object);
    case Answer::Outcome::conflict:
      return fail(ErrorKind::unavailable, where + ": changed by someone else: " + answer->message);
    case Answer::Outcome::already_exists:
    case Answer::Outcome::not_found:
    case Answer::Outcome::refused:
      return fail(ErrorKind::rejected, where + ": " + answer->message);
  }
  return fail(ErrorKind::malformed, where + ": unknown outcome");
}

}  // namespace kai::kubeapi
