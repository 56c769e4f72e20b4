#include "codec/json.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/quote.h"
#include "codec/tree_builder.h"

namespace kai::codec {
namespace {

using nlohmann::json;

// The library's own position is kept; its name and the number of its exception tell a user nothing.
std::string reason_of(std::string_view what) {
  constexpr std::size_t reason_bytes_max = 300;
  if (const std::size_t end = what.find("] "); what.starts_with('[') && end != what.npos) {
    what.remove_prefix(end + 2);
  }
  return printable(what.substr(0, reason_bytes_max));
}

// Takes the parser's events one by one. The library keeps its own stack on the heap in this mode,
// so nesting costs no call stack, and errors arrive as a call instead of an exception.
class Handler {
 public:
  Handler(TreeLimits limits, bool refuses_repeated_keys)
      : builder_(limits), refuses_repeated_keys_(refuses_repeated_keys) {}

  bool null() { return scalar({}); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(std::int64_t value) { return scalar(value); }
  bool number_unsigned(std::uint64_t value) {
    if (std::in_range<std::int64_t>(value)) return scalar(static_cast<std::int64_t>(value));
    return scalar(static_cast<double>(value));
  }
  bool number_float(double value, const std::string& /*text*/) { return scalar(value); }
  bool string(std::string& value) { return scalar(std::move(value)); }
  bool binary(json::binary_t& /*value*/) { return false; }  // not in JSON texts
  bool start_object(std::size_t /*size*/) {
    if (refuses_repeated_keys_) keys_.emplace_back();
    return builder_.open(Tree::map());
  }
  bool key(std::string& name) {
    if (refuses_repeated_keys_ && !keys_.back().insert(name).second) {
      problem_ = "the key " + quote(name) + " is twice in one map";
      return false;
    }
    return builder_.key(std::move(name));
  }
  bool end_object() {
    if (refuses_repeated_keys_) keys_.pop_back();
    return end();
  }
  bool start_array(std::size_t /*size*/) { return builder_.open(Tree::list()); }
  bool end_array() { return end(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& error) {
    problem_ = "not JSON at byte " + std::to_string(position) + ": " + reason_of(error.what());
    return false;
  }

  Tree take() { return builder_.take(); }
  [[nodiscard]] std::string problem() const {
    return problem_.empty() ? "JSON is " + builder_.problem() : problem_;
  }

 private:
  bool scalar(Tree value) {
    const std::string* const text = value.as_text();
    const std::size_t text_bytes = text == nullptr ? 0 : text->size();
    if (!builder_.charge({.nodes = 1, .text_bytes = text_bytes})) return false;
    builder_.place(std::move(value));
    return true;
  }
  bool end() {
    builder_.place(builder_.close());
    return true;
  }

  TreeBuilder builder_;
  bool refuses_repeated_keys_;
  std::vector<std::set<std::string>> keys_;  // of the open maps, when repeated ones are refused
  std::string problem_;
};

}  // namespace

Result<Tree> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes_max) {
    return fail(ErrorKind::malformed,
                "JSON is longer than the " + std::to_string(limits.bytes_max) + " bytes allowed");
  }
  // The library takes a zero byte between values for the end and would ignore what follows.
  if (const std::size_t zero = text.find('\0'); zero != text.npos) {
    return fail(ErrorKind::malformed,
                "not JSON at byte " + std::to_string(zero + 1) + ": a zero byte");
  }
  Handler handler({.depth_max = limits.depth_max,
                   .nodes_max = limits.nodes_max,
                   .text_bytes_max = limits.bytes_max},
                  limits.refuses_repeated_keys);
  if (!json::sax_parse(text.begin(), text.end(), &handler)) {
    return fail(ErrorKind::malformed, handler.problem());
  }
  return handler.take();
}

}  // namespace kai::codec
