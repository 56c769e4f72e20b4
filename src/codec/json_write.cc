#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "codec/json.h"
#include "codec/scalar_text.h"

namespace kai::codec {
namespace {

enum class Keys { as_they_are, sorted };
enum class Layout { compact, indented };

constexpr std::size_t indent_spaces = 2;

class Writer {
 public:
  Writer(Keys keys, Layout layout) : keys_(keys), layout_(layout) {}

  void write(const Tree& tree, std::size_t depth) {  // NOLINT(misc-no-recursion)
    if (const auto* items = tree.as_list()) {
      write_list(*items, depth);
    } else if (const auto* entries = tree.as_map()) {
      write_map(*entries, depth);
    } else if (const auto* text = tree.as_text()) {
      append_json_string(out_, *text);
    } else {
      out_ += scalar_text(tree);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_list(const Tree::List& items, std::size_t depth) {  // NOLINT(misc-no-recursion)
    out_ += '[';
    bool first = true;
    for (const Tree& item : items) {
      start_item(first, depth + 1);
      write(item, depth + 1);
    }
    if (!first) break_line(depth);
    out_ += ']';
  }

  void write_map(const Tree::Map& entries, std::size_t depth) {  // NOLINT(misc-no-recursion)
    out_ += '{';
    bool first = true;
    for (const Tree::Entry* const entry : ordered(entries)) {
      start_item(first, depth + 1);
      append_json_string(out_, entry->first);
      out_ += layout_ == Layout::indented ? ": " : ":";
      write(entry->second, depth + 1);
    }
    if (!first) break_line(depth);
    out_ += '}';
  }

  [[nodiscard]] std::vector<const Tree::Entry*> ordered(const Tree::Map& entries) const {
    std::vector<const Tree::Entry*> order;
    order.reserve(entries.size());
    for (const Tree::Entry& entry : entries) order.push_back(&entry);
    if (keys_ == Keys::sorted) {
      std::ranges::sort(order, {},
                        [](const Tree::Entry* entry) { return std::string_view(entry->first); });
    }
    return order;
  }

  void start_item(bool& first, std::size_t depth) {
    if (!first) out_ += ',';
    first = false;
    break_line(depth);
  }

  void break_line(std::size_t depth) {
    if (layout_ == Layout::compact) return;
    out_ += '\n';
    out_.append(depth * indent_spaces, ' ');
  }

  Keys keys_;
  Layout layout_;
  std::string out_;
};

std::string write(const Tree& tree, Keys keys, Layout layout) {
  Writer writer(keys, layout);
  writer.write(tree, 0);
  return writer.take();
}

}  // namespace

std::string write_json(const Tree& tree) { return write(tree, Keys::as_they_are, Layout::compact); }

std::string write_json_pretty(const Tree& tree) {
  return write(tree, Keys::as_they_are, Layout::indented);
}

std::string canonical_json(const Tree& tree) { return write(tree, Keys::sorted, Layout::compact); }

}  // namespace kai::codec
