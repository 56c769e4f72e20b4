// Checks and compiles what matches and rules ask for. Part of build_snapshot.
#pragma once

#include <string>
#include <string_view>

#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/match.h"

namespace kai::splitter {

[[nodiscard]] Condition build_condition(const ConditionSpec& spec, const std::string& pointer,
                                        Findings& findings);
// Lower case, without a dot at the end; empty for any host.
[[nodiscard]] std::string build_host(std::string_view host, const std::string& pointer,
                                     Findings& findings);
// Ids and versions stand in labels and paths: letters, digits and `._-+:@~`, at most 128.
void check_label(std::string_view text, const std::string& pointer, Findings& findings);
// A field that conditions and keys may look at. Not those of one connection, and not those that are
// taken away from clients that are not trusted: whoever invents one would choose his side.
void check_header_name(std::string_view name, const std::string& pointer, Findings& findings);
void check_token(std::string_view text, std::string_view what, const std::string& pointer,
                 Findings& findings);

}  // namespace kai::splitter
