// Answers that we give ourselves: refusals and failures, with a small text body.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace kai::splitter {

struct OwnAnswer {
  int status = 400;           // 400-599
  std::string_view sentence;  // the reason, for people; no line break
  std::string_view request_id;
  bool keeps_alive = false;
  bool is_to_head = false;           // the request was HEAD: no body
  unsigned retry_after_seconds = 0;  // 0: no Retry-After
};

inline constexpr std::size_t own_answer_bytes_max = 1024;

// Writes head and body and returns their size; nothing if `output` is too small. 405 comes with
// Allow. Sentences and ids are cut so that own_answer_bytes_max always suffices.
[[nodiscard]] std::optional<std::size_t> write_own_answer(const OwnAnswer& answer,
                                                          std::span<char> output);

// "Bad Request"; "Error" for what we never send.
[[nodiscard]] std::string_view reason_of(int status);

}  // namespace kai::splitter
