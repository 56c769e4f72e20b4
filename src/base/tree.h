// Tree: what JSON and YAML have in common, as a value. The only form in which foreign structure
// travels between folders; nobody but codec/ knows the libraries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kai {

class Tree {
 public:
  using List = std::vector<Tree>;
  using Entry = std::pair<std::string, Tree>;
  using Map = std::vector<Entry>;  // keys are unique; order of the source is kept

  Tree() = default;
  Tree(std::nullptr_t) {}                                // NOLINT(google-explicit-constructor)
  Tree(bool value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  Tree(int value) : value_(std::int64_t{value}) {}       // NOLINT(google-explicit-constructor)
  Tree(std::int64_t value) : value_(value) {}            // NOLINT(google-explicit-constructor)
  Tree(double value) : value_(value) {}                  // NOLINT(google-explicit-constructor)
  Tree(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Tree(std::string_view value)
      : value_(std::string(value)) {}                      // NOLINT(google-explicit-constructor)
  Tree(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Tree(List value) : value_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  Tree(Map value) : value_(std::move(value)) {}            // NOLINT(google-explicit-constructor)

  [[nodiscard]] static Tree map() { return Tree(Map{}); }
  [[nodiscard]] static Tree list() { return Tree(List{}); }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // Null when the node is of another kind.
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const double* as_double() const { return std::get_if<double>(&value_); }
  [[nodiscard]] const std::string* as_text() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const List* as_list() const { return std::get_if<List>(&value_); }
  [[nodiscard]] List* as_list() { return std::get_if<List>(&value_); }
  [[nodiscard]] const Map* as_map() const { return std::get_if<Map>(&value_); }
  [[nodiscard]] Map* as_map() { return std::get_if<Map>(&value_); }
  // Integer or floating point as a double; empty for every other kind.
  [[nodiscard]] std::optional<double> as_number() const;

  // Child of a map by its key; null when this is no map or has no such key.
  [[nodiscard]] const Tree* get(std::string_view key) const;
  [[nodiscard]] Tree* get(std::string_view key);

  // RFC 6901 pointer ("/a/0/b", "" is this node). Null when nothing is there.
  [[nodiscard]] const Tree* at(std::string_view pointer) const;
  [[nodiscard]] Tree* at(std::string_view pointer);
  // The same, and null or empty when the node there is of another kind.
  [[nodiscard]] const std::string* text_at(std::string_view pointer) const;
  [[nodiscard]] const List* list_at(std::string_view pointer) const;
  [[nodiscard]] const Map* map_at(std::string_view pointer) const;
  [[nodiscard]] std::optional<std::int64_t> int_at(std::string_view pointer) const;
  [[nodiscard]] std::optional<double> number_at(std::string_view pointer) const;
  [[nodiscard]] std::optional<bool> bool_at(std::string_view pointer) const;
  // Text there, or `otherwise`.
  [[nodiscard]] std::string text_or(std::string_view pointer, std::string_view otherwise) const;

  // Replaces or appends a key. Turns a null into a map; throws Bug on any other kind.
  Tree& set(std::string_view key, Tree value);
  // Sets the node at a pointer, making maps on the way where nothing is. Throws Bug when the way
  // leads through a scalar, or past the end of a list.
  Tree& set_at(std::string_view pointer, Tree value);
  // True when the key was there.
  bool erase(std::string_view key);
  // Appends to a list. Turns a null into a list; throws Bug on any other kind.
  Tree& push_back(Tree value);

  // Line in the source file, counted from 1; 0 when unknown. Not part of the value.
  [[nodiscard]] std::uint32_t line() const { return line_; }
  void set_line(std::uint32_t line) { line_ = line; }

  // Equal values; the order of keys and the lines do not matter.
  friend bool operator==(const Tree& a, const Tree& b);

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> value_;
  std::uint32_t line_ = 0;
};

// One segment of an RFC 6901 pointer, escaped ("~" and "/").
[[nodiscard]] std::string escape_pointer(std::string_view segment);

}  // namespace kai
