// What a widely used reader, Boost.Beast, makes of bytes that we send: a second opinion beside the
// strict reader, from people who did not read our design.
#pragma once

#include <optional>
#include <string_view>

#include "tests/http1/strict_reader.h"

namespace kai::http1_test {

// The message that `input` begins with; fields and trailers are left out. Nothing when Beast
// refuses it or wants more.
[[nodiscard]] std::optional<Message> read_request_with_beast(std::string_view input);
[[nodiscard]] std::optional<Message> read_answer_with_beast(std::string_view input,
                                                            const AnswerTo& to);

}  // namespace kai::http1_test
