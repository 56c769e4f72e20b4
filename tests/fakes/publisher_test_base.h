// What tests of a publisher start from: a disk and workers that answer when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/reply.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::fakes {

// The shop of test_snapshot.h is in force.
struct PublisherTestBase : testing::Test {
  // `older`, `passed`: as Publisher has them.
  explicit PublisherTestBase(std::size_t workers, std::optional<std::uint64_t> older = {},
                             std::move_only_function<void(std::uint64_t)> passed = {})
      : publisher({.timers = timers,
                   .clock = timers.clock(),
                   .numbers = numbers,
                   .post = [this](const auto& snapshot) { add("post", snapshot->generation); },
                   .save =
                       [this](const splitter::SnapshotSpec& spec, Reply<Unit> saved) {
                         add("save", spec.generation);
                         saves.push_back(std::move(saved));
                       },
                   .passed = std::move(passed)},
                  {.spec = shop_spec(), .snapshot = built(shop_spec(), numbers)}, workers, older) {}

  void add(const std::string& what, std::uint64_t generation) {
    log += " " + what + ":" + std::to_string(generation);
  }
  static splitter::SplitChange weight(std::uint32_t canary_ppm, std::uint64_t base = 41) {
    return {.writer_epoch = 7,
            .base_generation = base,
            .weights = {{.backend = "new", .ppm = canary_ppm},
                        {.backend = "old", .ppm = 1'000'000 - canary_ppm}}};
  }
  // The answer is added to `answers` when it comes.
  std::optional<splitter::CallError> change(const splitter::SplitChange& wanted) {
    return publisher.change_split("shop", wanted, [this](splitter::PublishResult result) {
      answers.push_back(std::move(result));
    });
  }
  // Of the save that was asked for first.
  void finish_save(Result<Unit> result) {
    ASSERT_FALSE(saves.empty());
    Reply<Unit> reply = std::move(saves.front());
    saves.erase(saves.begin());
    reply(std::move(result));
  }

  FakeTimers timers;
  FakeRandom random;
  splitter::Numbers numbers{random};
  std::string log;  // what was asked of disk and workers
  std::vector<Reply<Unit>> saves;
  std::vector<splitter::PublishResult> answers;
  splitter::Publisher publisher;
};

}  // namespace kai::fakes
