#include "edges/kube_workload/labels.h"

#include <algorithm>

namespace kai::edges {
namespace {

bool has_value(const Tree& expression, const std::string& value) {
  const Tree::List* const values = expression.list_at("/values");
  if (values == nullptr) return false;
  return std::ranges::any_of(*values, [&](const Tree& each) {
    return each.as_text() != nullptr && *each.as_text() == value;
  });
}

bool expression_matches(const Tree& expression, const Labels& labels) {
  const auto found = labels.find(expression.text_or("/key", ""));
  const std::string relation = expression.text_or("/operator", "");
  if (relation == "In") return found != labels.end() && has_value(expression, found->second);
  if (relation == "NotIn") return found == labels.end() || !has_value(expression, found->second);
  if (relation == "Exists") return found != labels.end();
  if (relation == "DoesNotExist") return found == labels.end();
  return false;
}

}  // namespace

Labels labels_at(const Tree& object, std::string_view pointer) {
  Labels labels;
  const Tree::Map* const map = object.map_at(pointer);
  if (map == nullptr) return labels;
  for (const auto& [key, value] : *map) {
    if (value.as_text() != nullptr) labels[key] = *value.as_text();
  }
  return labels;
}

Tree to_tree(const Labels& labels) {
  Tree tree = Tree::map();
  for (const auto& [key, value] : labels) tree.set(key, value);
  return tree;
}

bool matches(const Labels& selector, const Labels& labels) {
  if (selector.empty()) return false;
  return std::ranges::all_of(selector, [&](const auto& pair) {
    const auto found = labels.find(pair.first);
    return found != labels.end() && found->second == pair.second;
  });
}

bool selector_matches(const Tree& label_selector, const Labels& labels) {
  const Labels wanted = labels_at(label_selector, "/matchLabels");
  if (!wanted.empty() && !matches(wanted, labels)) return false;
  const Tree::List* const expressions = label_selector.list_at("/matchExpressions");
  if (expressions == nullptr) return true;
  return std::ranges::all_of(*expressions,
                             [&](const Tree& each) { return expression_matches(each, labels); });
}

}  // namespace kai::edges
