#include <algorithm>
#include <cstddef>
#include <string>

#include "codec/scalar_text.h"
#include "codec/yaml.h"
#include "codec/yaml_scalar.h"

namespace kai::codec {
namespace {

constexpr std::size_t indent_spaces = 2;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_plain_char(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("_-./:@+=").contains(c);
}

// Narrower than YAML allows: whoever reads it, it cannot be taken for anything but text.
bool may_be_plain(std::string_view text) {
  if (text.empty() || (!is_letter(text.front()) && text.front() != '_' && text.front() != '/'))
    return false;
  if (text.back() == ':' || !std::ranges::all_of(text, is_plain_char)) return false;
  for (const YamlSchema schema : {YamlSchema::helm, YamlSchema::core}) {
    const auto value = resolve_plain(text, schema);
    if (!value || value->as_text() == nullptr) return false;
  }
  return true;
}

std::string text_form(std::string_view text) {
  if (may_be_plain(text)) return std::string(text);
  std::string quoted;
  append_json_string(quoted, text);
  return quoted;
}

// The form on one line; empty for a list or a map that needs lines of its own.
std::string short_form(const Tree& tree) {
  if (const auto* text = tree.as_text()) return text_form(*text);
  if (const auto* items = tree.as_list()) return items->empty() ? "[]" : "";
  if (const auto* entries = tree.as_map()) return entries->empty() ? "{}" : "";
  return scalar_text(tree);
}

// Writes a non-empty list or map, each line indented; the first line starts where `out` stands.
// NOLINTNEXTLINE(misc-no-recursion)
void write_block(std::string& out, const Tree& tree, std::size_t indent) {
  const std::string margin(indent, ' ');
  bool first = true;
  const auto start_line = [&] {
    if (!first) out += margin;
    first = false;
  };
  if (const auto* items = tree.as_list()) {
    for (const Tree& item : *items) {
      start_line();
      out += "- ";
      const std::string form = short_form(item);
      form.empty() ? write_block(out, item, indent + indent_spaces) : void(out += form + '\n');
    }
  }
  if (const auto* entries = tree.as_map()) {
    for (const auto& [key, value] : *entries) {
      start_line();
      out += text_form(key) + ':';
      const std::string form = short_form(value);
      if (!form.empty()) {
        out += ' ' + form + '\n';
        continue;
      }
      const std::size_t inner = value.as_list() != nullptr ? indent : indent + indent_spaces;
      out += '\n' + std::string(inner, ' ');
      write_block(out, value, inner);
    }
  }
}

}  // namespace

std::string write_yaml(const Tree& tree) {
  std::string out = short_form(tree);
  if (!out.empty()) return out + '\n';
  write_block(out, tree, 0);
  return out;
}

}  // namespace kai::codec
