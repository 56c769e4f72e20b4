// A second reader of HTTP/1.1, written from the grammar of RFC 9110 and 9112 alone: slow, simple,
// strict, and sharing nothing with the product. It says what a careful backend or client would see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kai::http1_test {

struct Message {
  // Method, target, version; or version, status, reason.
  std::string first, second, third;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;                                         // content, without framing
  std::vector<std::pair<std::string, std::string>> trailers;
  bool is_chunked = false;
  std::size_t bytes = 0;  // what the message takes of the input

  // Values of all fields called `name` (lower case).
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};

// What the reader of an answer has to know of its request.
struct AnswerTo {
  bool head = false;
  // The sender has closed, so that a body without a length ends with the input.
  bool closed = true;
};

// The message that `input` begins with; nothing if it is not exactly right, or not whole.
[[nodiscard]] std::optional<Message> read_request(std::string_view input);
[[nodiscard]] std::optional<Message> read_answer(std::string_view input, const AnswerTo& to);

// A chunked body alone: content, trailers and bytes of the result.
[[nodiscard]] std::optional<Message> read_chunked(std::string_view input);

}  // namespace kai::http1_test
