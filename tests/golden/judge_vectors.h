// Reference vectors of the judge: one row is an input, what must come out, and how exactly.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"

namespace kai::golden {

struct JudgeVector {
  std::string id;
  std::string function;
  std::string role;  // product, optional, bench, kayenta
  Tree input;
  Tree expected;
  double relative = 0;
  double absolute = 0;

  // |got - wanted| <= absolute + relative |wanted|
  [[nodiscard]] bool agrees(double got, double wanted) const;
};

// Every row of judge_vectors.json. Throws Bug when the file is not there or not of this form.
[[nodiscard]] std::vector<JudgeVector> read_judge_vectors();

// A number, or text that is one.
[[nodiscard]] double number_in(const Tree& tree);
[[nodiscard]] double number_at(const Tree& tree, std::string_view pointer);
[[nodiscard]] std::vector<double> numbers_in(const Tree& list);

}  // namespace kai::golden
