// JSON path templates as kubectl users write them, a small part: text, {.a.b}, {.list[0]},
// {.list[-1]}, {.list[*].c}, {.a['b']}, {"\n"}, and {range .list[*]} ... {end}, not inside one
// another. Filters, slices and `..` are refused.
// https://kubernetes.io/docs/reference/kubectl/jsonpath/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/tree.h"

namespace kai::app {

inline constexpr std::size_t json_path_bytes_max = 4096;

class JsonPath {
 public:
  // `rejected`: what cannot be read, and what could.
  [[nodiscard]] static Result<JsonPath> parse(std::string_view text);
  // What is not there leaves nothing; several values stand with a blank between them; lists and
  // maps are written as JSON. Text of the tree is made safe for a terminal.
  [[nodiscard]] std::string text_from(const Tree& tree) const;

 private:
  struct All {};
  using Step = std::variant<std::string, std::int64_t, All>;  // key, index (negative: from the end)
  struct Part {
    enum class Kind { text, path, range, end } kind = Kind::text;
    std::string text;
    std::vector<Step> steps;
  };
  class Parser;
  [[nodiscard]] static std::vector<const Tree*> find(const Tree& from,
                                                     const std::vector<Step>& steps);
  void append(std::string& out, const Tree& tree, std::size_t from) const;

  std::vector<Part> parts_;
};

}  // namespace kai::app
