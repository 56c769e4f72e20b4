// Answer: what the API server made of a write. Everything here is an answer; an Error means that
// there was none.
#pragma once

#include <string>

#include "base/error.h"
#include "base/tree.h"
#include "net/http_client.h"

namespace kai::kubeapi {

inline constexpr std::size_t message_bytes_max = 1024;  // of a server's message that is passed on

struct Answer {
  enum class Outcome {
    done,
    conflict,        // stale resourceVersion (409), or a failed `test` of a JSON Patch (422 without
                     // causes)
    already_exists,  // 409 of a create
    not_found,       // 404
    refused,         // useless to repeat: invalid, forbidden, quota, a webhook's no
  };
  Outcome outcome = Outcome::done;
  Tree object;             // as the server has it now; null unless done
  std::string message;     // the server's words and causes, printable and cut; empty when done
  bool forbidden = false;  // refused for want of a permission (403)
};

// What was asked, as far as it decides what a response means.
struct Asked {
  std::string_view what;    // named in errors: "patch Deployment shop/api"
  bool json_patch = false;  // then a 422 without causes is a failed `test` or a path that is gone
  bool secret = false;      // the server's words may quote a Secret, so they are not passed on
  bool write = false;       // then a 5xx leaves open whether it was done, and the error says so
};

// Maps an HTTP response to an answer. Errors: `unavailable` (429, 5xx but those that are known to
// be permanent), `rejected` (401), `malformed` (no JSON, wrong shape, or a 4xx that is not of an
// API server: a proxy's 404 must not pass for "no such object").
[[nodiscard]] Result<Answer> answer_from(const net::HttpResponse& response, const Asked& asked);

// The server's message and causes in one printable line; of a Secret the status and reason only.
[[nodiscard]] std::string message_from(const net::HttpResponse& response, bool secret = false);

// Turns an answer that is not `done` into an Error, for callers to whom the difference does not
// matter: conflict -> unavailable, everything else -> rejected.
[[nodiscard]] Result<Tree> object_of(Result<Answer> answer, std::string_view what);
// The same of one kind. `malformed` when it is another's JSON: a write that rests on such would
// take every field of the real object for absent.
[[nodiscard]] Result<Tree> object_of(Result<Answer> answer, std::string_view what,
                                     std::string_view kind);

}  // namespace kai::kubeapi
