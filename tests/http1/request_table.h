// Rows about requests: what comes in, and either the refusal or what the backend gets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "splitter/http1/refusal.h"

namespace kai::http1_test {

struct Row {
  std::string_view what;
  std::string input;
  std::optional<splitter::Refusal> refusal;
  int status = 0;
  std::vector<std::string_view> has;    // in what the backend gets
  std::vector<std::string_view> lacks;  // not in it
};

inline Row refused(std::string_view what, splitter::Refusal refusal, int status,
                   std::string input) {
  return {.what = what, .input = std::move(input), .refusal = refusal, .status = status};
}
inline Row passes(std::string_view what, std::string input, std::vector<std::string_view> has = {},
                  std::vector<std::string_view> lacks = {}) {
  return {
      .what = what, .input = std::move(input), .has = std::move(has), .lacks = std::move(lacks)};
}

// Requests that are right but for what is given.
[[nodiscard]] std::string get(std::string_view fields);
[[nodiscard]] std::string post(std::string_view fields, std::string_view body);
[[nodiscard]] std::string chunked(std::string_view body);
[[nodiscard]] std::string start(std::string_view line);
[[nodiscard]] std::string of_target(std::string_view target);
[[nodiscard]] std::string of_host(std::string_view host);
[[nodiscard]] std::string repeated(std::string_view text, std::size_t count);
[[nodiscard]] std::string of_size(std::size_t bytes);

// Expects of each row what it says, whole, byte by byte, and behind a legal request on the same
// connection; and that the laws hold for it.
void check(const std::vector<Row>& rows);

}  // namespace kai::http1_test
