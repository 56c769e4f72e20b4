// The rows of judge_vectors.json that only the bench's comparators must meet.
#include "bench/judge/rules.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "tests/golden/judge_vectors.h"

namespace kai::bench {
namespace {

using golden::JudgeVector;
using golden::number_at;

double mixture_of(const Tree& input) {
  std::vector<core::Counts> rows;
  for (const Tree& row : *input.list_at("/rows")) {
    const auto count = [&](const char* at) {
      return static_cast<std::uint64_t>(number_at(row, at));
    };
    rows.push_back({.n = count("/n"), .x = count("/x"), .m = count("/m"), .y = count("/y")});
  }
  return mixture_every_interval(
      rows, {.rho = number_at(input, "/rho"), .delta = number_at(input, "/delta")},
      static_cast<int>(number_at(input, "/T")), number_at(input, "/w0"), number_at(input, "/phi"));
}

const std::map<std::string, std::function<double(const Tree&)>>& comparators() {
  static const std::map<std::string, std::function<double(const Tree&)>> all = {
      {"mixture_every_interval", mixture_of},
      {"dkw_radius",
       [](const Tree& in) { return dkw_radius(number_at(in, "/t"), number_at(in, "/alpha")); }},
      {"msprt_ln_lambda",
       [](const Tree& in) {
         return msprt_ln_lambda(number_at(in, "/n_per_arm"), number_at(in, "/variance"),
                                number_at(in, "/tau2"), number_at(in, "/difference"));
       }},
      {"spending_obrien_fleming",
       [](const Tree& in) {
         return spending_obrien_fleming(number_at(in, "/t"), number_at(in, "/alpha"));
       }},
      {"spending_pocock",
       [](const Tree& in) {
         return spending_pocock(number_at(in, "/t"), number_at(in, "/alpha"));
       }},
  };
  return all;
}

TEST(Comparators, EveryRowOfTheBenchAgrees) {
  std::size_t checked = 0;
  for (const JudgeVector& row : golden::read_judge_vectors()) {
    if (row.role != "bench") continue;
    const auto comparator = comparators().find(row.function);
    ASSERT_NE(comparator, comparators().end()) << row.function;
    const double got = comparator->second(row.input);
    const double wanted = golden::number_in(row.expected);
    EXPECT_TRUE(row.agrees(got, wanted)) << row.id << ": got " << got << ", expected " << wanted;
    ++checked;
  }
  EXPECT_EQ(checked, 14U);
}

}  // namespace
}  // namespace kai::bench
