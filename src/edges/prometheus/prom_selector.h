// Selectors: PromQL text from names and values of others, each escaped by its type. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace kai::edges {

// A value inside double quotes: backslash, quote and control characters escaped.
[[nodiscard]] std::string prom_string(std::string_view value);

// One matcher, `label=~"a|b"`, that matches exactly these values and nothing else; sorted, so that
// equal sets give equal texts. An empty list matches nothing (`label=~"[^\\s\\S]"`), never
// everything.
[[nodiscard]] std::string prom_one_of(std::string_view label, std::vector<std::string> values);

// A matcher for every value that starts with one of these, e.g. "10.0.0.7:" in `instance`, and goes
// on as the regular expression `tail` says.
[[nodiscard]] std::string prom_starts_with_one_of(std::string_view label,
                                                  std::vector<std::string> starts,
                                                  std::string_view tail = ".*");

// `{a,b}`; with a window above zero `{a,b}[75s]`, rounded up to whole milliseconds.
[[nodiscard]] std::string prom_selector(const std::vector<std::string>& matchers,
                                        Duration window = Duration::zero());

// A label or metric name that needs no quotes in any version of Prometheus.
[[nodiscard]] bool is_prom_name(std::string_view name);

}  // namespace kai::edges
