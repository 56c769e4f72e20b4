// Prints the tables of docs/judge.md, measured, each line above the reference figures it must agree
// with, and a list of the cells that do not.
//
// usage: judge_scenarios [SECTION]... [--runs PERCENT]
// sections: independent identical rough tolerance flapping pause persistence; all when none is
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/judge/tables.h"

namespace {

using kai::bench::Options;

Options options_of(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--runs" && i + 1 < count) {
      options.percent = std::atoi(words[++i]);
    } else {
      options.sections.insert(std::string(word));
    }
  }
  return options;
}

void print_all(const Options& options) {
  using namespace kai::bench;  // NOLINT(google-build-using-namespace): one table per line
  if (options.wants("independent")) print_independent(options);
  if (options.wants("identical")) print_identical(options);
  if (options.wants("rough")) print_rough(options);
  if (options.wants("tolerance")) print_tolerance(options);
  if (options.wants("flapping")) print_flapping(options);
  if (options.wants("pause")) print_pause(options);
  if (options.wants("persistence")) print_persistence(options);
  if (options.wants("proofs")) print_proofs(options);
  if (options.wants("limits")) print_limits(options);
  if (options.wants("feed")) print_feed(options);
  if (options.wants("ramp")) print_ramp(options);
  if (options.wants("latency")) print_latency(options);
}

}  // namespace

int main(int count, char** words) { print_all(options_of(count, words)); }
