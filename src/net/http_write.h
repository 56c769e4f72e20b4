// HTTP/1.1 messages as bytes. What a caller gives is checked, so that no value can smuggle a line.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "net/http_client.h"
#include "net/url.h"

namespace kai::net {

// Head and body. `rejected` when the method or a header is not usable, or is one that is ours to
// set (Host, Authorization, Connection and the framing).
[[nodiscard]] Result<std::string> write_request(const HttpRequest& request, const Url& url);

enum class Framing { length, chunks, until_close, none };

// The head of an answer; `length` writes the length of `response.body`, which is not written
// itself. Throws Bug for a header that is not usable: answers are ours.
[[nodiscard]] std::string write_response_head(const HttpResponse& response, Framing framing);

// One chunk (RFC 9112 §7.1); an empty text is the last one.
[[nodiscard]] std::string write_chunk(std::string_view bytes);

}  // namespace kai::net
