// The publisher under every order of changes, acknowledgements, saves and time that chance finds.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

constexpr std::size_t workers = 3;

class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed) { saved_.insert(0); }

  void run() {
    for (int step = 0; step < 300; ++step) {
      switch (draw(6)) {
        case 0:
        case 1:
          change();
          break;
        case 2:
        case 3:
          acknowledge(draw(workers));
          break;
        case 4:
          finish_save(draw(3) != 0);
          break;
        default:
          timers_.advance(std::chrono::milliseconds(draw(700)));
          break;
      }
    }
    settle();
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_.next() % below; }

  void change() {
    const auto ppm = static_cast<std::uint32_t>(draw(5) * 100'000);
    const bool stale = draw(10) == 0;
    const std::uint64_t base = publisher_.status().generation - (stale ? 1 : 0);
    const SplitChange wanted{
        .writer_epoch = 7,
        .base_generation = base,
        .weights = {{.backend = "new", .ppm = ppm}, {.backend = "old", .ppm = 1'000'000 - ppm}}};
    const std::size_t id = asked_++;
    const auto refused = publisher_.change_split(
        "shop", wanted, [this, id](const PublishResult& result) { on_answer(id, result); });
    EXPECT_EQ(refused.has_value(), stale);
    if (refused) return;
    accepted_.insert(id);
    generations_.emplace(id, 41 + accepted_.size());
  }

  void on_answer(std::size_t id, const PublishResult& result) {
    EXPECT_TRUE(answered_.insert(id).second) << "answered twice";
    if (!result) {
      const CallErrorCode code = result.error().code;
      if (code == CallErrorCode::superseded || code == CallErrorCode::not_saved)
        refused_.insert(generations_.at(id));
      return;
    }
    EXPECT_FALSE(result->durable && refused_.contains(on_disk_))
        << "a restart finds what was refused";
    const std::uint64_t slowest = *std::ranges::min_element(passed_);
    EXPECT_GE(slowest, result->generation) << "answered before the barrier";
    EXPECT_TRUE(!result->durable || *saved_.rbegin() >= result->generation);
  }

  void post(const Snapshot& snapshot) {
    EXPECT_GT(snapshot.generation, posted_);
    posted_ = snapshot.generation;
    const std::uint32_t ppm = snapshot.routes.front().shares.front().ppm;
    const bool raises = ppm > ppm_in_force_;
    EXPECT_TRUE(!raises || saved_.contains(posted_)) << "a raise was published before it was saved";
    ppm_in_force_ = ppm;
  }

  void acknowledge(std::size_t worker) {
    if (posted_ == 0) return;
    // Mail is taken in its order, so a worker may be anywhere between what it has and the newest.
    passed_[worker] += draw(posted_ - std::min(passed_[worker], posted_) + 1);
    publisher_.acknowledge(worker, passed_[worker]);
  }

  void finish_save(bool good) {
    if (!save_) return;
    Reply<Unit> reply = std::move(save_);
    save_ = nullptr;
    if (good) saved_.insert(saving_);
    if (good || draw(2) == 0) on_disk_ = saving_;  // a failed save may have come there, too
    reply(good ? Result<Unit>(Unit{}) : fail(ErrorKind::unavailable, "disk full"));
  }

  // All that was begun comes to its end.
  void settle() {
    for (int round = 0; round < 30; ++round) {
      finish_save(true);
      for (std::size_t worker = 0; worker < workers; ++worker) {
        passed_[worker] = std::max(passed_[worker], posted_);
        publisher_.acknowledge(worker, passed_[worker]);
      }
      timers_.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(answered_, accepted_) << "an accepted change was not answered";
    EXPECT_TRUE(publisher_.status().durable);
    EXPECT_EQ(saving_, publisher_.status().generation) << "what is in force was saved last";
    EXPECT_EQ(timers_.pending(), 0U);
  }

  fakes::FakeTimers timers_;
  fakes::FakeRandom random_;
  Numbers numbers_{random_};
  std::set<std::size_t> accepted_;
  std::set<std::size_t> answered_;
  std::map<std::size_t, std::uint64_t> generations_;  // of accepted changes
  std::set<std::uint64_t> refused_;
  std::uint64_t on_disk_ = 0;
  std::size_t asked_ = 0;
  std::set<std::uint64_t> saved_;
  std::uint64_t saving_ = 0;
  Reply<Unit> save_;
  std::uint64_t posted_ = 41;
  std::uint32_t ppm_in_force_ = 50'000;
  std::vector<std::uint64_t> passed_ = std::vector<std::uint64_t>(workers, 41);
  Publisher publisher_{
      {.timers = timers_,
       .clock = timers_.clock(),
       .numbers = numbers_,
       .post = [this](const std::shared_ptr<const Snapshot>& snapshot) { post(*snapshot); },
       .save =
           [this](const SnapshotSpec& spec, Reply<Unit> saved) {
             EXPECT_FALSE(save_) << "two saves at a time";
             saving_ = spec.generation;
             save_ = std::move(saved);
           }},
      {.spec = fakes::shop_spec(), .snapshot = fakes::built(fakes::shop_spec(), numbers_)},
      workers};
};

TEST(PublisherStorm, NoOrderOfEventsBreaksItsPromises) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Storm(seed).run();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace kai::splitter
