// kai-sim: simulated rollouts, by seed or by scenario. See `help`.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run.h"

namespace {

constexpr const char* help =
    R"(kai-sim: the real engine and core in a simulated world, one thread, virtual time

  kai-sim [--seeds N] [--from S]   runs N seeds (20000) from seed S (1) on; prints how they ended,
                                   which situations were reached, and the first failing seeds
  kai-sim --seed S                 replays one seed and tells its story
  kai-sim --scenario NAME [--blow EFFECT:KIND]
                                   tells the story of a rollout without chance; its effect number
                                   EFFECT (the first is 1) meets one blow
  kai-sim --help                   this text, and the names of scenarios and blows

A story is one line per event: the time, then what the process, a person, a bot or the world did.
"saved" is a decision in the store, "route 25% sim.3.17.down" a write that the route took, with its
stamp. A line with VIOLATION names the invariant (docs/reliability.md) that did not hold.

exit codes: 0 all invariants held, 1 one did not, or a situation was never reached, 2 usage
)";

using kai::simulation::Blow;
using kai::simulation::Outcome;

const char* text_after(int count, char** words, const char* flag) {
  for (int i = 1; i + 1 < count; ++i) {
    if (std::strcmp(words[i], flag) == 0) return words[i + 1];
  }
  return nullptr;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

std::uint64_t number_after(int count, char** words, const char* flag, std::uint64_t otherwise) {
  const char* const text = text_after(count, words, flag);
  return text == nullptr ? otherwise : number_in(text).value_or(otherwise);
}

// The same line again and again is one line of the story.
void print_story(const std::vector<std::string>& log) {
  const auto words = [](const std::string& line) {
    return std::string_view(line).substr(std::min(line.find("s  "), line.size()));
  };
  for (std::size_t i = 0; i < log.size();) {
    std::size_t next = i + 1;
    while (next < log.size() && words(log[next]) == words(log[i])) ++next;
    const std::string again =
        next - i > 1 ? "  (" + std::to_string(next - i) + " times)" : std::string();
    std::printf("%s%s\n", log[i].c_str(), again.c_str());
    i = next;
  }
}

int tell(const std::string& what, const Outcome& outcome) {
  print_story(outcome.log);
  std::printf("%s: ended as %s after %zu effects; %zu violations\n", what.c_str(),
              outcome.end.c_str(), outcome.effects.size(), outcome.violations.size());
  return outcome.violations.empty() ? 0 : 1;
}

int print_help() {
  std::printf("%s\nscenarios:", help);
  for (const auto& scenario : kai::simulation::scenarios())
    std::printf(" %s", std::string(scenario.name).c_str());
  std::printf("\nblows:");
  for (const auto& blow : kai::simulation::blow_names)
    std::printf(" %s", std::string(blow.name).c_str());
  std::printf("\n");
  return 0;
}

// "12:crash_late": the twelfth effect, and what it meets.
std::optional<Blow> blow_in(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto effect = number_in(text.substr(0, colon));
  for (const auto& entry : kai::simulation::blow_names) {
    if (effect && colon < text.size() && text.substr(colon + 1) == entry.name)
      return Blow{.effect = *effect, .kind = entry.kind};
  }
  return std::nullopt;
}

int replay_scenario(const char* name, const char* blow_text) {
  const auto* const scenario = kai::simulation::find_scenario(name);
  const auto blow = blow_in(blow_text == nullptr ? "" : blow_text);
  if (scenario == nullptr || (blow_text != nullptr && !blow)) {
    std::fprintf(stderr, "kai-sim: there is no scenario or blow of that name; see --help\n");
    return 2;
  }
  const Outcome outcome =
      blow ? kai::simulation::run(*scenario, {*blow}) : kai::simulation::run(*scenario);
  return tell(name, outcome);
}

// A situation that was never reached means that the simulator went blind.
int missing_situations(const std::map<std::string, std::uint64_t>& sometimes) {
  int missing = 0;
  for (const char* situation :
       {"crash with weight", "crash in rollback", "crash while Helm runs", "save refused",
        "save forbidden", "odd metrics", "frozen process", "write on one of two routes",
        "late write refused by stamp", "paused"}) {
    if (sometimes.contains(situation)) continue;
    std::printf("never reached: %s\n", situation);
    ++missing;
  }
  return missing;
}

int campaign(std::uint64_t from, std::uint64_t seeds) {
  std::map<std::string, std::uint64_t> ends;
  std::map<std::string, std::uint64_t> sometimes;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    const Outcome outcome = kai::simulation::run(seed);
    ++ends[outcome.end];
    events += outcome.events;
    for (const auto& [name, count] : outcome.sometimes) sometimes[name] += count;
    if (outcome.violations.empty()) continue;
    if (++failed <= 10) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                  outcome.violations.front().c_str());
    }
  }
  for (const auto& [end, count] : ends)
    std::printf("%8llu  %s\n", static_cast<unsigned long long>(count), end.c_str());
  for (const auto& [name, count] : sometimes) {
    std::printf("%8llu  reached: %s\n", static_cast<unsigned long long>(count), name.c_str());
  }
  const int missing = seeds >= 1000 ? missing_situations(sometimes) : 0;
  std::printf("%llu seeds, %llu events: %llu passed, %llu failed\n",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(events),
              static_cast<unsigned long long>(seeds - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 && missing == 0 ? 0 : 1;
}

// Empty, or the first mistake: a number that cannot be read must not become another run.
std::string mistake_in(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool numeric = word == "--seed" || word == "--seeds" || word == "--from";
    const bool known = numeric || word == "--scenario" || word == "--blow";
    if (!known || ++i == count) return "unknown or incomplete option " + std::string(word);
    const auto number = numeric ? number_in(words[i]) : std::nullopt;
    if (numeric && (!number || (word == "--seeds" && *number == 0)))
      return std::string(word) + ": '" + words[i] + "' is no number of seeds that could be run";
  }
  return {};
}

}  // namespace

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--help" || word == "-h") return print_help();
  }
  if (const std::string mistake = mistake_in(count, words); !mistake.empty()) {
    std::fprintf(stderr, "kai-sim: %s; see kai-sim --help\n", mistake.c_str());
    return 2;
  }
  const std::uint64_t none = ~std::uint64_t{0};
  const std::uint64_t seed = number_after(count, words, "--seed", none);
  if (seed != none) return tell("seed " + std::to_string(seed), kai::simulation::run(seed));
  const char* const scenario = text_after(count, words, "--scenario");
  if (scenario != nullptr) return replay_scenario(scenario, text_after(count, words, "--blow"));
  return campaign(number_after(count, words, "--from", 1),
                  number_after(count, words, "--seeds", 20'000));
}
