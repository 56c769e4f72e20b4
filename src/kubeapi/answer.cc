#include "kubeapi/answer.h"

#include "codec/json.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t causes_max = 20;
// Go's answer for a path that nobody serves: the kind's definition is not installed.
constexpr std::string_view no_such_path = "404 page not found";

std::string cut(std::string text) {
  if (text.size() > message_bytes_max) text = text.substr(0, message_bytes_max) + "...";
  return codec::printable(text);
}

const Tree::List* causes_of(const Tree& status) {
  const Tree::List* const causes = status.list_at("/details/causes");
  return causes == nullptr || causes->empty() ? nullptr : causes;
}

std::string causes_text(const Tree& status) {
  const Tree::List* const causes = causes_of(status);
  if (causes == nullptr) return {};
  std::string text;
  for (std::size_t i = 0; i < causes->size() && i < causes_max; ++i) {
    const Tree& cause = (*causes)[i];
    const std::string field = cause.text_or("/field", "");
    text += (text.empty() ? " (" : "; ") + (field.empty() ? "" : field + ": ") +
            cause.text_or("/message", "");
  }
  return text + ")";
}

// The metav1.Status in the body; null when it has none.
Tree status_in(const net::HttpResponse& response) {
  auto body = codec::parse_json(response.body);
  return body && body->text_or("/kind", "") == "Status" ? std::move(*body) : Tree();
}

// 500s that stay until something changes.
bool is_permanent(const Tree& status) {
  const std::string* const message = status.text_at("/message");
  return message != nullptr &&
         message->find("failed to create typed patch object") != std::string::npos;
}

Answer::Outcome outcome_of(int code, const Tree& status, bool json_patch) {
  const std::string reason = status.text_or("/reason", "");
  if (code == 404) return Answer::Outcome::not_found;
  if (code == 409) {
    return reason == "AlreadyExists" ? Answer::Outcome::already_exists : Answer::Outcome::conflict;
  }
  if (code == 422 && json_patch && causes_of(status) == nullptr) return Answer::Outcome::conflict;
  return Answer::Outcome::refused;
}

Result<Answer> done_from(const net::HttpResponse& response, const Asked& asked) {
  const std::string where = std::string(asked.what) + ": the API server's answer";
  auto body = codec::parse_json(response.body);
  // The parser's message quotes what it read last.
  if (!body && asked.secret) return fail(ErrorKind::malformed, where + " is not JSON");
  if (!body) return fail(ErrorKind::malformed, where + ": " + body.error().message);
  if (body->as_map() == nullptr) return fail(ErrorKind::malformed, where + " is no object");
  return Answer{.outcome = Answer::Outcome::done, .object = std::move(*body), .message = {}};
}

}  // namespace

std::string message_from(const net::HttpResponse& response, bool secret) {
  const std::string code = "HTTP " + std::to_string(response.status);
  const Tree status = status_in(response);
  if (secret) {
    const std::string reason = status.text_or("/reason", "");
    return cut(code + (reason.empty() ? "" : " " + reason) +
               " (the server's words are not shown: they may quote a Secret)");
  }
  const std::string* const message = status.text_at("/message");
  if (message == nullptr) return code + " " + codec::quote(response.body, 120);
  return cut(*message + causes_text(status));
}

Result<Answer> answer_from(const net::HttpResponse& response, const Asked& asked) {
  if (response.status >= 200 && response.status < 300) return done_from(response, asked);
  const std::string where(asked.what);
  std::string message = message_from(response, asked.secret);
  if (response.status == 401) {
    return fail(ErrorKind::rejected,
                where + ": the API server does not know these credentials (401): " + message);
  }
  const Tree status = status_in(response);
  if (response.status == 429 || (response.status >= 500 && !is_permanent(status))) {
    const bool open = asked.write && response.status >= 500;
    return fail(ErrorKind::unavailable,
                where + ": " + message + (open ? "; the outcome is unknown" : ""));
  }
  const bool nobody_serves = response.status == 404 && response.body.starts_with(no_such_path);
  if (response.status < 400 || (status.is_null() && !nobody_serves)) {
    return fail(ErrorKind::malformed,
                where + ": this is no answer of an API server (a proxy in between?): " + message);
  }
  return Answer{.outcome = outcome_of(response.status, status, asked.json_patch),
                .object = {},
                .message = std::move(message),
                .forbidden = response.status == 403};
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

Result<Tree> object_of(Result<Answer> answer, std::string_view what, std::string_view kind) {
  auto object = object_of(std::move(answer), what);
  if (!object) return object;
  const std::string where(what);
  const std::string got = object->text_or("/kind", kind);
  if (got != kind) {
    return fail(ErrorKind::malformed, where + ": the answer is a " + codec::quote(got, 60));
  }
  if (object->map_at("/metadata") == nullptr) {
    return fail(ErrorKind::malformed, where + ": the answer is no object of Kubernetes");
  }
  return object;
}

}  // namespace kai::kubeapi
