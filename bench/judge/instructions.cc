// Feeds frames to a judge with every slot in use; instructions.sh counts what that takes.
// usage: judge_instructions FRAMES
#include <charconv>
#include <cstdio>
#include <string_view>

#include "bench/judge/full_slots.h"

int main(int count, char** words) {
  constexpr std::size_t series = 10;
  std::size_t wanted = 0;
  const std::string_view text = count == 2 ? words[1] : "";
  const auto read = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    std::fprintf(stderr, "usage: judge_instructions FRAMES\n");
    return 2;
  }
  const auto frames = kai::bench::usual_frames(series);
  kai::fakes::JudgeRun run = kai::bench::with_full_slots(series);
  for (std::size_t i = 0; i < wanted; ++i) run.see(frames[i % frames.size()]);
  std::printf("%zu series-intervals, evidence %.17g\n", wanted * series, run.last.ln_evidence);
  return 0;
}
