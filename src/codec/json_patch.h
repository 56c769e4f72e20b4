// JSON Patch (RFC 6902) on Trees: built, applied, and its result compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"

namespace kai::codec {

// Collects operations in order. Pointers are RFC 6901.
class JsonPatch {
 public:
  JsonPatch& add(std::string_view pointer, Tree value);
  JsonPatch& remove(std::string_view pointer);
  JsonPatch& replace(std::string_view pointer, Tree value);
  JsonPatch& test(std::string_view pointer, Tree value);

  // The patch document, a list of maps; write_json() of it is the body of an HTTP PATCH.
  [[nodiscard]] const Tree& document() const { return document_; }

 private:
  JsonPatch& operation(std::string_view name, std::string_view pointer, Tree value);

  Tree document_ = Tree::list();
};

// `tree` after the operations `add`, `remove`, `replace` and `test` of `patch`, all or none.
// Numbers are compared by value (1 equals 1.0). rejected: a test does not hold, or a pointer leads
// nowhere. malformed: not a patch, or `move` or `copy`.
[[nodiscard]] Result<Tree> apply(Tree tree, const Tree& patch);

// Pointers of the places where the two differ, in the order of `a`, then what only `b` has; empty
// when equal. Lists are compared by position. A place is named once, at the depth where one side
// lacks it or the kinds part.
[[nodiscard]] std::vector<std::string> differing_pointers(const Tree& a, const Tree& b);

}  // namespace kai::codec
