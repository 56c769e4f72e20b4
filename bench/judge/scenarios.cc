// Prints the tables of docs/judge.md, measured, each line above the reference figures it must agree
// with, and a list of the cells that do not. Exits with 1 when one of those is not known.
//
// usage: judge_scenarios [SECTION]... [--runs PERCENT]     all sections when none is named
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/judge/tables.h"

namespace {

using kai::bench::Options;

struct Section {
  std::string_view name;
  int (*print)(const Options& options);
};
constexpr Section sections[] = {{"independent", kai::bench::print_independent},
                                {"identical", kai::bench::print_identical},
                                {"rough", kai::bench::print_rough},
                                {"tolerance", kai::bench::print_tolerance},
                                {"flapping", kai::bench::print_flapping},
                                {"pause", kai::bench::print_pause},
                                {"persistence", kai::bench::print_persistence},
                                {"proofs", kai::bench::print_proofs},
                                {"limits", kai::bench::print_limits},
                                {"feed", kai::bench::print_feed},
                                {"ramp", kai::bench::print_ramp},
                                {"latency", kai::bench::print_latency},
                                {"power", kai::bench::print_power}};

struct Order {
  Options options;
  std::vector<Section> wanted;
};

std::optional<int> percent_in(std::string_view text) {
  int percent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return whole && percent >= 1 && percent <= 100 ? std::optional(percent) : std::nullopt;
}

int usage(std::string_view word) {
  std::fprintf(stderr, "judge_scenarios: '%s' is no section, nor --runs with 1 to 100 percent\n",
               std::string(word).c_str());
  std::fprintf(stderr, "sections:");
  for (const Section& section : sections) {
    std::fprintf(stderr, " %s", std::string(section.name).c_str());
  }
  std::fprintf(stderr, "\n");
  return 2;
}

}  // namespace

int main(int count, char** words) {
  Order order;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--runs") {
      const auto percent = i + 1 < count ? percent_in(words[++i]) : std::nullopt;
      if (!percent) return usage(word);
      order.options.percent = *percent;
      continue;
    }
    const auto* const known = std::ranges::find(sections, word, &Section::name);
    if (known == std::end(sections)) return usage(word);
    order.wanted.push_back(*known);
  }
  if (order.wanted.empty()) order.wanted.assign(std::begin(sections), std::end(sections));
  int unknown = 0;
  for (const Section& section : order.wanted) unknown += section.print(order.options);
  if (unknown > 0) {
    std::printf("FAIL: %d figures disagree with the reference and are not in known_deviations.h\n",
                unknown);
  }
  return unknown > 0 ? 1 : 0;
}
