#include "splitter/admin/state_file.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "os/disk.h"
#include "splitter/admin/boot.h"
#include "splitter/admin/state_slot.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/failing_disk.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

const std::string directory = "/state";

SnapshotSpec spec_of(std::uint64_t generation) {
  SnapshotSpec spec = fakes::shop_spec();
  spec.generation = generation;
  return spec;
}

// The generation that a fresh process finds; 0: nothing.
std::uint64_t found_in(fakes::FakeDisk& disk) {
  StateFile file(disk, directory);
  const auto loaded = file.load();
  EXPECT_TRUE(loaded.has_value());
  return loaded && loaded->spec ? loaded->spec->generation : 0;
}

void save(fakes::FakeDisk& disk, std::uint64_t generation) {
  StateFile file(disk, directory);
  ASSERT_TRUE(file.load());
  ASSERT_TRUE(file.save(spec_of(generation)));
}

TEST(StateSlot, GivesBackWhatWasWritten) {
  const auto read = read_slot(write_slot({.sequence = 3, .spec = spec_of(41)}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sequence, 3U);
  EXPECT_EQ(write_snapshot_spec(read->spec, Salts::written),
            write_snapshot_spec(spec_of(41), Salts::written));
  EXPECT_EQ(read->spec.routes.front().split.salt.reveal(), fakes::test_salt);
}

TEST(StateSlot, EveryFlippedBitIsNoticed) {
  const std::string good = write_slot({.sequence = 3, .spec = spec_of(41)});
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << bit);
      const auto read = read_slot(bad);
      ASSERT_FALSE(read) << "byte " << at << " bit " << bit;
      ASSERT_EQ(read.error().kind, ErrorKind::malformed);
    }
  }
}

TEST(StateSlot, EveryCutAndEverySurplusIsNoticed) {
  const std::string good = write_slot({.sequence = 3, .spec = spec_of(41)});
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_FALSE(read_slot(std::string_view(good).substr(0, size))) << size;
  }
  EXPECT_FALSE(read_slot(good + '\0'));
  EXPECT_FALSE(read_slot(good + good));
}

TEST(StateFile, AFirstStartFindsNothing) {
  fakes::FakeDisk disk;
  EXPECT_EQ(found_in(disk), 0U);
}

TEST(StateFile, TheNewestSaveIsFoundAndTheOneBeforeIsStillThere) {
  fakes::FakeDisk disk;
  for (std::uint64_t generation = 1; generation <= 5; ++generation) {
    save(disk, generation);
    ASSERT_EQ(found_in(disk), generation);
  }
  EXPECT_EQ(disk.files.size(), 2U);
  // Also when the generation goes back: what was saved last counts.
  save(disk, 2);
  EXPECT_EQ(found_in(disk), 2U);
}

// Whatever becomes of the slot that is being written, the other one is whole.
TEST(StateFile, EveryCutOfASaveLeavesTheOldOrTheNew) {
  fakes::FakeDisk disk;
  save(disk, 1);
  save(disk, 2);
  const auto before = disk.files;
  save(disk, 3);
  const std::string written = directory + "/state-0";  // holds 1 before and 3 after
  const std::string whole = disk.files[written];
  ASSERT_NE(whole, before.at(written));
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    disk.files[written] = whole.substr(0, size);
    ASSERT_EQ(found_in(disk), size == whole.size() ? 3U : 2U) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    disk.files[written] = whole;
    disk.files[written][at] = static_cast<char>(~whole[at]);
    ASSERT_EQ(found_in(disk), 2U) << at;
  }
  disk.files.erase(written);
  EXPECT_EQ(found_in(disk), 2U);
}

TEST(StateFile, AFailedSaveLeavesTheOldOrTheNewAndTheNextOneSucceeds) {
  using Fault = fakes::FailingDisk::Fault;
  for (const Fault fault : {Fault::before, Fault::within, Fault::after}) {
    fakes::FakeDisk below;
    fakes::FailingDisk disk(below);
    StateFile file(disk, directory);
    ASSERT_TRUE(file.load());
    ASSERT_TRUE(file.save(spec_of(1)));
    ASSERT_TRUE(file.save(spec_of(2)));
    disk.fault = fault;
    for (int again = 0; again < 3; ++again) {
      const auto saved = file.save(spec_of(3));
      ASSERT_FALSE(saved);
      EXPECT_NE(saved.error().message.find("keeping the state: syncing"), std::string::npos);
      EXPECT_EQ(found_in(below), fault == Fault::after ? 3U : 2U);
    }
    disk.fault = Fault::nothing;
    ASSERT_TRUE(file.save(spec_of(2)));  // a raise that was taken back
    EXPECT_EQ(found_in(below), 2U);
  }
}

TEST(StateFile, ASlotThatCannotBeReadStopsTheStart) {
  fakes::FakeDisk disk;
  save(disk, 1);
  disk.broken[directory + "/state-1"] = {.kind = ErrorKind::rejected, .message = "no right"};
  StateFile file(disk, directory);
  EXPECT_FALSE(file.load()) << "it could be the newest";
}

class BootTest : public testing::Test {
 protected:
  Result<Boot> boot(const SnapshotSpec& file, StateFile::Loaded stored) {
    return choose_boot(file, stored, numbers_);
  }
  static bool is_on_stable_only(const Boot& booted) {
    const Snapshot& snapshot = *booted.configured.snapshot;
    return snapshot.backends[1].is_closed() && snapshot.routes[0].shares[0].ppm == 0;
  }
  fakes::FakeRandom random_;
  Numbers numbers_{random_};
};

TEST_F(BootTest, AHigherStoredGenerationWins) {
  EXPECT_EQ(boot(spec_of(5), {.spec = spec_of(6)})->configured.spec.generation, 6U);
  EXPECT_EQ(boot(spec_of(5), {.spec = spec_of(4)})->configured.spec.generation, 5U);
  EXPECT_EQ(boot(spec_of(5), {})->configured.spec.generation, 5U);
  EXPECT_TRUE(boot(spec_of(5), {})->warnings.empty());
}

TEST_F(BootTest, TheHighestEpochIsKeptWhoeverWins) {
  SnapshotSpec stored = spec_of(4);
  stored.writer_epoch = 99;
  EXPECT_EQ(boot(spec_of(5), {.spec = stored})->configured.spec.writer_epoch, 99U);
  SnapshotSpec file = spec_of(5);
  file.writer_epoch = 99;
  const auto booted = boot(file, {.spec = spec_of(6)});
  EXPECT_EQ(booted->configured.spec.generation, 6U);
  EXPECT_EQ(booted->configured.spec.writer_epoch, 99U);
}

TEST_F(BootTest, ALostStateSendsAllTrafficToStable) {
  const auto booted = boot(spec_of(5), {.spec = {}, .damages = {"state-0: damaged"}});
  ASSERT_TRUE(booted) << booted.error().message;
  EXPECT_EQ(booted->warnings.size(), 2U);
  const Snapshot& snapshot = *booted->configured.snapshot;
  EXPECT_TRUE(snapshot.backends[1].is_closed());
  EXPECT_EQ(snapshot.routes[0].shares[0].ppm, 0U);
}

TEST_F(BootTest, AStoredConfigurationThatMakesNoSenseIsALostOne) {
  SnapshotSpec stored = spec_of(6);
  stored.routes.front().split.weights.clear();
  const auto booted = boot(spec_of(5), {.spec = stored});
  ASSERT_TRUE(booted);
  EXPECT_TRUE(booted->configured.snapshot->backends[1].is_closed());
}

TEST_F(BootTest, ADamagedSlotBesideAGoodOneMayHaveBeenTheNewest) {
  const auto booted = boot(spec_of(5), {.spec = spec_of(6), .damages = {"state-0: damaged"}});
  EXPECT_EQ(booted->configured.spec.generation, 7U);
  EXPECT_TRUE(is_on_stable_only(*booted));
  EXPECT_EQ(booted->warnings.size(), 2U);
  // Also if the good one is no newer than the file.
  EXPECT_TRUE(
      is_on_stable_only(*boot(spec_of(5), {.spec = spec_of(5), .damages = {"state-0: damaged"}})));
}

TEST_F(BootTest, AKeptConfigurationWithoutAnOpenStableBackendGivesWayToTheFile) {
  SnapshotSpec promoted = spec_of(6);
  promoted.backends[0].state = "closed";
  const auto booted = boot(spec_of(5), {.spec = promoted, .damages = {"state-0: damaged"}});
  ASSERT_TRUE(booted) << booted.error().message;
  EXPECT_EQ(booted->configured.spec.generation, 7U);
  EXPECT_TRUE(is_on_stable_only(*booted));
}

// What a start saves is what the next one finds.
TEST_F(BootTest, ACanaryOfALostStateStaysClosedAtTheSecondStart) {
  SnapshotSpec senseless = spec_of(6);
  senseless.routes.front().split.weights.clear();
  for (const StateFile::Loaded& lost :
       {StateFile::Loaded{.spec = {}, .damages = {"state-0: damaged"}},
        StateFile::Loaded{.spec = spec_of(6), .damages = {"state-1: damaged"}},
        StateFile::Loaded{.spec = senseless, .damages = {}}}) {
    const auto first = boot(spec_of(5), lost);
    ASSERT_TRUE(first && is_on_stable_only(*first));
    const auto second = boot(spec_of(5), {.spec = first->configured.spec, .damages = {}});
    EXPECT_TRUE(is_on_stable_only(*second));
    EXPECT_EQ(second->configured.spec.generation, first->configured.spec.generation);
    EXPECT_TRUE(second->warnings.empty());
  }
}

TEST_F(BootTest, WithoutAnythingUsableItDoesNotStart) {
  SnapshotSpec file = spec_of(5);
  file.routes.clear();
  EXPECT_EQ(boot(file, {}).error().kind, ErrorKind::rejected);
}

}  // namespace
}  // namespace kai::splitter
