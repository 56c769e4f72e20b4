// What the control socket answers, read as from a stranger; and what is sent to it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "edges/splitter_admin/splitter_control.h"
#include "net/http_client.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

// Bodies of good answers. malformed: not JSON, too deep, or not of the form.
[[nodiscard]] Result<splitter::SnapshotSpec> read_snapshot(std::string_view body);
[[nodiscard]] Result<SplitterStatus> read_status(std::string_view body);
[[nodiscard]] Result<SplitterWritten> read_written(std::string_view body);

// Any other answer.
struct SplitterRefusal {
  Error error;
  bool is_stale_base = false;  // another change came between our look and this one
};
[[nodiscard]] SplitterRefusal read_refusal(const net::HttpResponse& response);

// The body of a PUT of all; `wanted.generation` is what it is based on.
[[nodiscard]] std::string write_pushed(const splitter::SnapshotSpec& wanted);

}  // namespace kai::edges
