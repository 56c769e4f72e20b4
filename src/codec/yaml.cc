#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <ranges>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/quote.h"
#include "codec/tree_builder.h"
#include "codec/utf8.h"
#include "codec/yaml.h"
#include "codec/yaml_scalar.h"

namespace kai::codec {
namespace {

// Leaves the library's callbacks; never this file.
struct Refusal {
  Refusal(std::uint32_t on_line, std::string reason) : line(on_line), why(std::move(reason)) {}
  std::uint32_t line;
  std::string why;
};

std::uint32_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 0 : static_cast<std::uint32_t>(mark.line) + 1;
}

// The library marks the end, and our end mark, beyond the text.
std::string_view text_from(std::string_view text, const YAML::Mark& mark) {
  return text.substr(std::min(static_cast<std::size_t>(mark.pos), text.size()));
}

Error at_line(std::uint32_t line, const std::string& why) {
  return {.kind = ErrorKind::malformed, .message = "line " + std::to_string(line) + ": " + why};
}

// Length of the quoted scalar that `text` starts with; 0 when it does not end.
std::size_t quoted_size(std::string_view text) {
  const char quote_mark = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool escapes = quote_mark == '"' ? text[i] == '\\' : text.substr(i).starts_with("''");
    if (escapes) {
      ++i;
    } else if (text[i] == quote_mark) {
      return i + 1;
    }
  }
  return 0;
}

// True when the implicit key at `at` is followed by ":". The library takes a last line without one
// ("replicas 3") for a key without a value.
bool has_colon(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t mark = before.find_last_not_of(" \t");
  if (mark != std::string_view::npos && before[mark] == '?')
    return true;  // an explicit key needs none
  std::string_view rest = text.substr(at);
  if (rest.starts_with('"') || rest.starts_with('\'')) rest.remove_prefix(quoted_size(rest));
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  rest = rest.substr(0, rest.find(" #"));
  return rest.ends_with(':') || rest.contains(": ") || rest.contains(":\t");
}

// The library writes the escapes \N (U+0085) and \_ (U+00A0) as one byte each. Every other byte of
// the text has been checked before.
std::string with_whole_characters(const std::string& text) {
  if (find_invalid_utf8(text) == std::string_view::npos) return text;
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = first_char(std::string_view(text).substr(at)).size;
    if (size == 0) whole += '\xC2';
    whole.append(text, at, size == 0 ? 1 : size);
    at += size == 0 ? 1 : size;
  }
  return whole;
}

class Handler final : public YAML::EventHandler {
 public:
  Handler(std::string_view text, const YamlOptions& options)
      : text_(text),
        options_(options),
        builder_({.depth_max = options.depth_max,
                  .nodes_max = options.nodes_max,
                  .text_bytes_max = options.text_bytes_max}) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_.size() >= options_.documents_max) {
      throw Refusal(line_of(mark),
                    "more than " + std::to_string(options_.documents_max) + " documents");
    }
    starts_.push_back(mark);
    anchors_.clear();
  }

  void OnDocumentEnd() override { documents_.push_back(builder_.take()); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!open_.empty()) check_absence(mark, open_.back());
    scalar(mark, anchor, Tree());
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (wants_key() && tag == "?" && text == "<<") {
      open_.back().role = Role::merge;
      return;
    }
    Result<Tree> value = resolve_scalar(tag, text);
    if (!value) throw Refusal(line_of(mark), value.error().message);
    scalar(mark, anchor, *std::move(value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refusal(line_of(mark), "an alias inside its own anchor");
    charge(line_of(mark), known->second.cost);
    Tree copy = known->second.tree;
    copy.set_line(line_of(mark));
    deliver(line_of(mark), std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    start(mark, style, Tree::list(), {.anchor = anchor, .role = Role::item});
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    start(mark, style, Tree::map(), {.anchor = anchor, .role = Role::key});
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] const std::vector<YAML::Mark>& starts() const { return starts_; }
  std::vector<Tree> take() { return std::move(documents_); }

 private:
  // What the next node will be to the list or map that it is in.
  enum class Role { item, key, value, merge };

  struct Open {
    YAML::anchor_t anchor;
    Role role;
    std::uint32_t line = 0;
    bool is_block = false;
    std::size_t key_at = 0;      // offset of the key whose value comes next
    std::set<std::string> keys;  // written out in this map; kept only for notes
  };

  struct Anchored {
    Tree tree;
    TreeCost cost;
  };

  // The library reads nothing as null also where YAML wants something.
  void check_absence(const YAML::Mark& mark, const Open& parent) const {
    if (parent.role == Role::value && parent.is_block && !has_colon(text_, parent.key_at)) {
      throw Refusal(line_of(mark), "a key without \":\" after it");
    }
    if (parent.role == Role::item && !parent.is_block && text_from(text_, mark).starts_with(',')) {
      throw Refusal(line_of(mark), "nothing before a comma");
    }
  }

  [[nodiscard]] bool wants_key() const { return !open_.empty() && open_.back().role == Role::key; }

  [[nodiscard]] Result<Tree> resolve_scalar(const std::string& tag, const std::string& text) const {
    if (tag == "!") return Tree(with_whole_characters(text));  // quoted
    if (tag != "?") return resolve_tagged(tag, text, options_.schema);
    if (!wants_key()) return resolve_plain(text, options_.schema);
    Result<std::string> key = resolve_plain_key(text, options_.schema);
    if (!key) return std::unexpected(key.error());
    return Tree(*std::move(key));
  }

  void charge(std::uint32_t line, const TreeCost& cost) {
    if (!builder_.charge(cost)) throw Refusal(line, builder_.problem());
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, Tree value) {
    const std::string* const text = value.as_text();
    charge(line_of(mark), {.nodes = 1, .text_bytes = text == nullptr ? 0 : text->size()});
    value.set_line(line_of(mark));
    remember(line_of(mark), anchor, value);
    if (wants_key()) open_.back().key_at = static_cast<std::size_t>(mark.pos);
    deliver(line_of(mark), std::move(value));
  }

  void start(const YAML::Mark& mark, YAML::EmitterStyle::value style, Tree container, Open open) {
    if (wants_key()) throw Refusal(line_of(mark), key_text(container).error().message);
    container.set_line(line_of(mark));
    if (!builder_.open(std::move(container))) throw Refusal(line_of(mark), builder_.problem());
    open.line = line_of(mark);
    open.is_block = style == YAML::EmitterStyle::Block;
    open_.push_back(std::move(open));
  }

  void end() {
    const Open done = std::move(open_.back());
    open_.pop_back();
    Tree tree = builder_.close();
    remember(done.line, done.anchor, tree);
    deliver(done.line, std::move(tree));
  }

  // Nested anchors keep copies of each other, hence the kept copy is paid for like an alias.
  void remember(std::uint32_t line, YAML::anchor_t anchor, const Tree& tree) {
    if (anchor == YAML::NullAnchor) return;
    const TreeCost cost = cost_of(tree);
    charge(line, cost);
    anchors_.insert_or_assign(anchor, Anchored{.tree = tree, .cost = cost});
  }

  // Hands a finished node to the list or map that it is in.
  void deliver(std::uint32_t line, Tree tree) {
    if (open_.empty()) {
      builder_.place(std::move(tree));
      return;
    }
    Open& parent = open_.back();
    switch (parent.role) {
      case Role::item:
        builder_.place(std::move(tree));
        break;
      case Role::key:
        take_key(line, tree);
        parent.role = Role::value;
        break;
      case Role::value:
        builder_.place(std::move(tree));
        parent.role = Role::key;
        break;
      case Role::merge:
        merge(line, std::move(tree));
        parent.role = Role::key;
        break;
    }
  }

  void take_key(std::uint32_t line, const Tree& tree) {
    Result<std::string> name = key_text(tree);
    if (!name) throw Refusal(line, name.error().message);
    if (options_.notes != nullptr && !open_.back().keys.insert(*name).second) {
      options_.notes->push_back("line " + std::to_string(line) + ": key " + quote(*name) +
                                " again; the last one wins");
    }
    if (!builder_.key(*std::move(name))) throw Refusal(line, builder_.problem());
  }

  void merge(std::uint32_t line, Tree tree) {
    if (Tree::List* const sources = tree.as_list()) {
      // The first of several sources wins, so it comes last.
      for (Tree& source : *sources | std::views::reverse) merge_map(line, source);
      return;
    }
    merge_map(line, tree);
  }

  void merge_map(std::uint32_t line, Tree& source) {
    Tree::Map* const entries = source.as_map();
    if (entries == nullptr) throw Refusal(line, "<< wants a map or a list of maps");
    for (auto& [name, value] : *entries) {
      if (!builder_.key(std::move(name))) throw Refusal(line, builder_.problem());
      builder_.place(std::move(value));
    }
  }

  std::string_view text_;
  const YamlOptions& options_;
  TreeBuilder builder_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::vector<YAML::Mark> starts_;
  std::vector<Tree> documents_;
};

bool is_allowed(char32_t code) {
  return code >= 0x20 ? code < 0x7F || code >= 0xA0 || code == 0x85
                      : code == '\t' || code == '\n' || code == '\r';
}

// YAML 1.2 §5.1. Checked first, since the library guesses UTF-16 and UTF-32 from zero bytes.
Result<Unit> check_characters(std::string_view text) {
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char character = first_char(text.substr(at));
    if (character.size == 0) return std::unexpected(at_line(line, "not UTF-8"));
    if (!is_allowed(character.code)) {
      return std::unexpected(at_line(line, "control character " +
                                               quote(text.substr(at, character.size)) +
                                               "; only tabs and line breaks are allowed"));
    }
    if (character.code == '\n') ++line;
    at += character.size;
  }
  return Unit{};
}

// The library takes whatever it cannot make sense of after a document for the next document, for
// ever.
void check_start(std::string_view text, const std::vector<YAML::Mark>& starts) {
  if (starts.size() < 2) return;
  const YAML::Mark& mark = starts.back();
  const bool is_marked = text_from(text, mark).starts_with("---");
  if (mark.column == 0 && is_marked) return;
  throw Refusal(line_of(mark),
                "unexpected text; does the indentation fit, is a quote or bracket open?");
}

// The library accepts a quoted scalar that is still open at the end when the last line is complete.
// An end mark inside a quoted scalar it refuses.
std::string with_end_mark(std::string_view text) {
  return std::string(text) + (text.ends_with('\n') ? "...\n" : "");
}

Result<std::vector<Tree>> read_documents(std::string_view text, const YamlOptions& options) {
  Handler handler(text, options);
  try {
    std::istringstream stream{with_end_mark(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) check_start(text, handler.starts());
  } catch (const Refusal& refusal) {
    return std::unexpected(at_line(refusal.line, refusal.why));
  } catch (const YAML::Exception& error) {
    return std::unexpected(at_line(line_of(error.mark), printable(error.msg)));
  }
  return handler.take();
}

}  // namespace

Result<std::vector<Tree>> parse_yaml_stream(std::string_view text, const YamlOptions& options) {
  if (text.size() > options.bytes_max) {
    return fail(ErrorKind::malformed,
                "YAML is longer than the " + std::to_string(options.bytes_max) + " bytes allowed");
  }
  const Result<Unit> checked = check_characters(text);
  if (!checked) return std::unexpected(checked.error());
  // The library does not count the byte order mark in its positions.
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return read_documents(text, options);
}

Result<Tree> parse_yaml(std::string_view text, const YamlOptions& options) {
  Result<std::vector<Tree>> documents = parse_yaml_stream(text, options);
  if (!documents) return std::unexpected(documents.error());
  if (documents->empty()) return Tree();
  if (documents->size() > 1) {
    return std::unexpected(
        at_line((*documents)[1].line(), "a second document; one is wanted here"));
  }
  return std::move(documents->front());
}

}  // namespace kai::codec
