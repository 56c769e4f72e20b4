#include "tests/golden/judge_vectors.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "codec/json.h"

namespace kai::golden {

bool JudgeVector::agrees(double got, double wanted) const {
  return std::fabs(got - wanted) <= absolute + relative * std::fabs(wanted);
}

std::vector<JudgeVector> read_judge_vectors() {
  std::ifstream file(std::string(KAI_SOURCE_DIR) + "/tests/golden/judge_vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  const Result<Tree> tree = codec::parse_json(text.str());
  KAI_CHECK(tree.has_value());
  const Tree::List* rows = tree->list_at("/vectors");
  KAI_CHECK(rows != nullptr);
  std::vector<JudgeVector> vectors;
  for (const Tree& row : *rows) {
    vectors.push_back({.id = *row.text_at("/id"),
                       .function = *row.text_at("/function"),
                       .role = *row.text_at("/role"),
                       .input = *row.get("input"),
                       .expected = *row.get("expected"),
                       .relative = *row.number_at("/rel"),
                       .absolute = *row.number_at("/abs")});
  }
  return vectors;
}

double number_in(const Tree& tree) {
  if (const auto number = tree.as_number()) return *number;
  const std::string* text = tree.as_text();
  KAI_CHECK(text != nullptr);
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  KAI_CHECK(error == std::errc() && end == text->data() + text->size());
  return value;
}

double number_at(const Tree& tree, std::string_view pointer) {
  const Tree* node = tree.at(pointer);
  KAI_CHECK(node != nullptr);
  return number_in(*node);
}

std::vector<double> numbers_in(const Tree& list) {
  const Tree::List* items = list.as_list();
  KAI_CHECK(items != nullptr);
  std::vector<double> numbers;
  for (const Tree& item : *items) numbers.push_back(number_in(item));
  return numbers;
}

}  // namespace kai::golden
