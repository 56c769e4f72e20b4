#include "edges/kube_workload/quantity.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/yaml.h"

namespace kai::edges {
namespace {

// As a chart may write them: the YAML reader decides what is a number and what is a text.
Tree yaml(const std::string& text) { return codec::parse_yaml("v: " + text)->get("v")[0]; }

TEST(QuantityTest, OneValueHasManySpellings) {
  const std::vector<std::vector<std::string>> rows{
      {"1", "'1'", "1000m", "1.0", "'1.000'", "1e0", "1000000u", "1000000000n", "+1"},
      {"0.5", "500m", "'.5'", "'0.50'", "5e-1", "'5E-1'"},
      {"1Gi", "1073741824", "1024Mi", "1048576Ki"},
      {"0.1Gi", "107374182400m", "102.4Mi"},
      {"1e3", "'1e3'", "1k", "1000", "'1E3'", "'1e+3'"},
      {"1E", "1000P", "1e18"},
      {"1Ei", "1024Pi", "1152921504606846976"},
      {"0", "'0'", "0m", "0Gi", "-0", "0.000"},
      {"-1", "-1000m"},
      {"0.1000000000000000000000", "100m"},
  };
  for (const auto& row : rows) {
    for (const std::string& one : row) {
      for (const auto& other_row : rows) {
        for (const std::string& other : other_row)
          EXPECT_EQ(is_same_quantity(yaml(one), yaml(other)), &row == &other_row)
              << one << " and " << other;
      }
    }
  }
}

TEST(QuantityTest, WhatIsNoQuantityIsTheSameAsNothing) {
  for (const char* const text :
       {"''", "'.'", "'-'", "m", "Gi", "1Kib", "1 Gi", "1.2.3", "1e", "'1e99'", "'1e2147483648'",
        "'0x10'", "true", "null", "{a: 1}", "[1]", "'12345678901234567890123'", "--1", "NaN"}) {
    EXPECT_FALSE(is_same_quantity(yaml(text), yaml(text))) << text;
  }
}

}  // namespace
}  // namespace kai::edges
