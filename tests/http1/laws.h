// What must hold for every input: checked on tables and on what fuzzing finds. Each law throws Bug
// where it is broken.
#pragma once

#include <cstddef>
#include <string_view>

#include "tests/http1/pipes.h"

namespace kai::http1_test {

// However `input` is cut, the backend gets the same bytes and the client the same refusal; each
// request that was let through is the same single message for the strict reader, as it came and as
// it left; what is written again is the same.
void check_requests(std::string_view input, const RequestPipeRules& rules);

// The same for what a backend answers; then it closes.
void check_answers(std::string_view input, const AnswerPipeRules& rules);

// A chunked body alone: content and trailers are what the strict reader finds in it.
enum class Receiver { takes_chunks, takes_chunks_and_trailers, takes_bytes };
void check_chunked(std::string_view input, Receiver receiver);

}  // namespace kai::http1_test
