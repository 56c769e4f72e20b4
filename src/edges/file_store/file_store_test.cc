#include "edges/file_store/file_store.h"

#include <array>
#include <csignal>
#include <filesystem>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "codec/digest.h"
#include "edges/file_store/database.h"
#include "edges/file_store/sealed_file.h"
#include "tests/fakes/failing_disk.h"
#include "tests/fakes/fake_file_locks.h"
#include "tests/fakes/store_contract.h"
#include "tests/fakes/test_file_store.h"

namespace kai::edges {
namespace {

namespace fs = std::filesystem;
using fakes::record_of;

// The sentences that hold for every store, on real files.
struct ContractWorld : fakes::FileWorld {
  static constexpr std::string_view before_record = "\"record\":";

  std::string record_text() const {
    const std::string bytes = fakes::bytes_of(at("record.json"));
    const std::size_t begin = bytes.find(before_record) + before_record.size();
    return bytes.substr(begin, bytes.size() - begin - 2);
  }
  // As somebody who writes it with a digest that fits.
  void set_record_text(const std::string& text) const {
    const std::string content =
        R"({"format":1,"generation":70,)" + std::string(before_record) + text + "}\n";
    fakes::set_bytes(at("record.json"),
                     R"({"sha256":")" + codec::sha256_hex(content) + "\"}\n" + content);
  }
  void spoil_entry(const std::string& rollout) const {
    auto database = Database::open(at("history.db"), {.value_bytes_max = 1000});
    ASSERT_TRUE(database.has_value()) << database.error().message;
    const std::string change = "UPDATE entry SET json = '{' WHERE rollout = '" + rollout + "'";
    ASSERT_TRUE(database->run(change.c_str()).has_value());
  }
  [[nodiscard]] static std::size_t record_bytes_max() { return record_file_bytes_max; }
};

class FileStoreTest : public fakes::StoreContract<ContractWorld> {
 protected:
  [[nodiscard]] mode_t mode_of(const std::string& path) const {
    struct stat about{};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 07777U;
  }
};

TEST_F(FileStoreTest, AllOfItIsForItsUserAlone) {
  const mode_t before = ::umask(0);
  const auto store = world.make_store();
  EXPECT_TRUE(claim(store, "ann")->granted);
  EXPECT_TRUE(save(store, record_of("r1"), "").has_value());
  EXPECT_TRUE(remember(store, fakes::entry_of("r1", 1)).has_value());
  ::umask(before);
  EXPECT_EQ(mode_of(world.directory), 0700U);
  EXPECT_EQ(mode_of(world.root.at("state")), 0700U);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(world.directory)) {
    EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
    files += 1;
  }
  EXPECT_EQ(files, 5) << "record, history, claim, holder, lock, and nothing else";
}

TEST_F(FileStoreTest, WhoOnlyLooksMakesNothing) {
  const auto store = world.make_store();
  EXPECT_FALSE(load(store)->has_value());
  EXPECT_EQ(holder(store), "nobody");
  EXPECT_TRUE(history(store)->entries.empty());
  EXPECT_FALSE(*renew(store));
  EXPECT_TRUE(give_up(store).has_value());
  EXPECT_EQ(submit(store, "c1").error().kind, ErrorKind::rejected);
  const auto known = world.wait<ports::KnownRollouts>(
      [&](auto reply) { known_rollouts(world.seams(), world.root.at("state"), std::move(reply)); });
  EXPECT_TRUE(known->records.empty());
  EXPECT_FALSE(fs::exists(world.root.at("state")));
}

// What a crash of the owner looks like to others: at once, without any wait.
TEST_F(FileStoreTest, TheClaimOfAKilledOwnerIsFreeAtOnce) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto theirs = world.make_store();
    const auto taken = claim(theirs, "ann");
    const char sign = taken && taken->granted ? 'y' : 'n';
    if (::write(ready[1], &sign, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char sign = 0;
  ASSERT_EQ(::read(ready[0], &sign, 1), 1);
  ASSERT_EQ(sign, 'y');
  const auto ours = world.make_store();
  EXPECT_EQ(holder(ours), "ann");
  const auto refused = claim(ours, "bob");
  EXPECT_FALSE(refused->granted);
  EXPECT_EQ(refused->holder.silent, Duration::zero()) << "its process lives";
  world.timers.advance(std::chrono::hours(10));
  EXPECT_FALSE(claim(ours, "bob")->granted) << "no wait makes it free";
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(holder(ours), "nobody");
  const auto taken = claim(ours, "bob");
  EXPECT_TRUE(taken->granted);
  EXPECT_EQ(taken->transitions, refused->transitions + 1);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FileStoreTest, TheClaimEndsWithItsStore) {
  auto ours = world.make_store();
  EXPECT_TRUE(claim(ours, "ann")->granted);
  ours.reset();
  const auto theirs = world.make_store();
  EXPECT_EQ(holder(theirs), "nobody");
}

TEST_F(FileStoreTest, WhoseDirectoryIsRemovedHasLostTheClaim) {
  const auto ours = world.make_store();
  EXPECT_TRUE(claim(ours, "ann")->granted);
  fs::remove_all(world.directory);
  EXPECT_FALSE(*renew(ours));
  const auto theirs = world.make_store();
  EXPECT_TRUE(claim(theirs, "bob")->granted);
  EXPECT_FALSE(*renew(ours));
  EXPECT_FALSE(claim(ours, "ann")->granted);
  EXPECT_TRUE(*renew(theirs));
}

TEST_F(FileStoreTest, ANameThatCannotBeReadChangesNotWhoHoldsTheClaim) {
  const auto ours = world.make_store();
  const auto theirs = world.make_store();
  EXPECT_TRUE(claim(ours, "ann")->granted);
  for (const std::string bytes : {"", "{}", "{\"sha256\":\"\"}\n{}\n"}) {
    fakes::set_bytes(world.at("holder.json"), bytes);
    EXPECT_EQ(holder(theirs), "?");
    EXPECT_FALSE(claim(theirs, "bob")->granted);
    EXPECT_TRUE(*renew(ours));
  }
  EXPECT_TRUE(give_up(ours).has_value());
  EXPECT_TRUE(claim(theirs, "bob")->granted);
  EXPECT_EQ(holder(ours), "bob");
}

TEST_F(FileStoreTest, ARecordThatIsNoFileOrTooLongIsRejectedAndStays) {
  const auto store = world.make_store();
  fs::create_directories(world.at("record.json/below"));
  EXPECT_EQ(load(store).error().kind, ErrorKind::rejected);
  EXPECT_EQ(save(store, record_of("r1"), "").error().kind, ErrorKind::rejected);
  EXPECT_TRUE(fs::exists(world.at("record.json/below")));
  fs::remove_all(world.at("record.json"));
  fakes::set_bytes(world.at("record.json"), std::string(record_file_bytes_max + 1000, 'x'));
  EXPECT_EQ(load(store).error().kind, ErrorKind::rejected);
  EXPECT_EQ(save(store, record_of("r1"), "").error().kind, ErrorKind::rejected);
}

// Each place where bytes can be lost, and one bit of each byte.
TEST_F(FileStoreTest, ADamagedRecordIsToldWithWhatToDoAndNeverWrittenOver) {
  const auto store = world.make_store();
  const auto version = save(store, record_of("r1"), "")->version;
  const std::string whole = fakes::bytes_of(world.at("record.json"));
  const auto expect_refused = [&](const std::string& bytes, std::size_t at) {
    fakes::set_bytes(world.at("record.json"), bytes);
    const auto loaded = load(store);
    ASSERT_FALSE(loaded.has_value()) << at;
    EXPECT_EQ(loaded.error().kind, ErrorKind::malformed) << at;
    EXPECT_NE(loaded.error().message.find("move " + world.at("record.json") + " away"),
              std::string::npos)
        << loaded.error().message;
    EXPECT_FALSE(save(store, record_of("r1"), version).has_value()) << at;
    EXPECT_FALSE(submit(store, "c1").has_value()) << at;
    ASSERT_EQ(fakes::bytes_of(world.at("record.json")), bytes) << at;
  };
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    expect_refused(whole.substr(0, at), at);
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    expect_refused(flipped, at);
  }
  expect_refused(whole + "x", whole.size());
  expect_refused(whole + whole, whole.size());
  fakes::set_bytes(world.at("record.json"), whole);
  EXPECT_FALSE(save(store, record_of("r1"), version)->conflict) << "as it was, it goes on";
}

TEST_F(FileStoreTest, WhatANewerVersionWroteIsRefusedAndStays) {
  const auto store = world.make_store();
  EXPECT_TRUE(save(store, record_of("r1"), "").has_value());
  const std::string bytes = seal(Tree(Tree::Map{{"format", 2}, {"other", true}}));
  fakes::set_bytes(world.at("record.json"), bytes);
  const auto loaded = load(store);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().kind, ErrorKind::rejected);
  EXPECT_NE(loaded.error().message.find("newer kai-canary"), std::string::npos);
  EXPECT_EQ(save(store, record_of("r1"), "").error().kind, ErrorKind::rejected);
  EXPECT_EQ(submit(store, "c1").error().kind, ErrorKind::rejected);
  EXPECT_EQ(fakes::bytes_of(world.at("record.json")), bytes);
}

TEST_F(FileStoreTest, WhatAKilledWriterLeftIsRemovedWithTheNextClaim) {
  const auto store = world.make_store();
  EXPECT_TRUE(save(store, record_of("r1"), "").has_value());
  for (const std::string name : {"record.json.aB3xYz", "holder.json.000000"})
    fakes::set_bytes(world.at(name), "half");
  for (const std::string name : {"record.json.mine", "release.json.aB3xYz", "record.json.bak.old"})
    fakes::set_bytes(world.at(name), "somebody's");
  EXPECT_TRUE(claim(store, "ann")->granted);
  EXPECT_FALSE(fs::exists(world.at("record.json.aB3xYz")));
  EXPECT_FALSE(fs::exists(world.at("holder.json.000000")));
  EXPECT_TRUE(fs::exists(world.at("record.json.mine")));
  EXPECT_TRUE(fs::exists(world.at("record.json.bak.old")));
  EXPECT_TRUE(fs::exists(world.at("release.json.aB3xYz")));
  EXPECT_TRUE(load(store)->has_value());
}

// Many processes write at once: each save that was accepted is in the file, none got lost.
TEST_F(FileStoreTest, ProcessesThatWriteAtOnceLoseNothing) {
  constexpr int writers = 4;
  constexpr std::uint64_t rounds = 12;
  const auto store = world.make_store();
  core::Record first = record_of("r1");
  first.seq = 0;
  ASSERT_TRUE(save(store, first, "").has_value());
  std::array<pid_t, writers> children{};
  for (pid_t& child : children) {
    child = ::fork();
    if (child != 0) continue;
    const auto theirs = world.make_store();
    for (std::uint64_t done = 0; done < rounds;) {
      auto stored = load(theirs);
      if (!stored || !*stored) ::_exit(1);
      core::Record next = (*stored)->record;
      next.seq += 1;
      const auto saved = save(theirs, next, (*stored)->version);
      // The clock is a test's, so a lock that another one holds is soon waited for in vain.
      if (!saved && saved.error().kind != ErrorKind::unavailable) ::_exit(1);
      if (saved && !saved->conflict) done += 1;
    }
    ::_exit(0);
  }
  for (int sent = 0; sent < 10;) {
    const auto submitted = submit(store, "c" + std::to_string(sent));
    if (submitted) {
      sent += 1;
    } else {
      ASSERT_EQ(submitted.error().kind, ErrorKind::unavailable) << submitted.error().message;
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const core::Record last = (*load(store))->record;
  EXPECT_EQ(last.seq, writers * rounds);
  EXPECT_EQ(last.inbox.size(), 11U);
}

TEST_F(FileStoreTest, AllReleasesBelowARootAreKnownAndWhatIsUnreadableIsNamed) {
  const std::string root = world.root.at("state");
  for (const std::string release : {"a", "b", "c", "d"}) {
    world.directory = root + "/" + release;
    const auto store = world.make_store();
    ASSERT_TRUE(save(store, record_of("r-" + release), "").has_value());
    ASSERT_TRUE(remember(store, fakes::entry_of("h-" + release, release[0])).has_value());
  }
  fakes::set_bytes(root + "/b/record.json", "{");
  fakes::set_bytes(root + "/c/history.db", "no database, whatever its name says, and long enough");
  fs::create_directory(root + "/empty");
  fakes::set_bytes(root + "/a-file", "x");
  const auto known = world.wait<ports::KnownRollouts>(
      [&](auto reply) { known_rollouts(world.seams(), root, std::move(reply)); });
  ASSERT_TRUE(known.has_value()) << known.error().message;
  std::string found;
  for (const core::Record& record : known->records) found += record.rollout + " ";
  for (const ports::HistoryEntry& entry : known->history.entries) found += entry.rollout + " ";
  EXPECT_EQ(found, "r-a r-c r-d h-d h-b h-a ");
  ASSERT_EQ(known->unreadable.size(), 1U);
  EXPECT_TRUE(known->unreadable[0].starts_with(root + "/b/record.json: "));
  ASSERT_EQ(known->history.unreadable.size(), 1U);
  EXPECT_TRUE(known->history.unreadable[0].starts_with(root + "/c/history.db: "));
}

// The rest without files: a full disk, a lock that somebody keeps.
struct Faulty {
  fakes::FakeTimers timers;
  fakes::FakeDisk below;
  fakes::FailingDisk disk{below};
  fakes::FakeFileLocks locks;

  FileStoreSeams seams() {
    return {.disk = disk, .locks = locks, .timers = timers, .steady = timers.clock()};
  }
  template <typename T>
  std::optional<Result<T>> ask(auto&& question, Duration wait) {
    // The answer may come after the wait.
    auto got = std::make_shared<std::optional<Result<T>>>();
    question(Reply<T>([got](Result<T> result) { *got = std::move(result); }));
    EXPECT_FALSE(got->has_value()) << "a reply before the asking call returned";
    timers.advance(wait);
    return std::move(*got);
  }
  auto save(FileStore& to, std::uint64_t seq, const std::string& version) {
    core::Record record = record_of("r1");
    record.seq = seq;
    return *ask<ports::SaveOutcome>([&](auto reply) { to.save(record, version, std::move(reply)); },
                                    std::chrono::seconds(5));
  }
  auto load(FileStore& from) {
    return *ask<std::optional<ports::Stored>>([&](auto reply) { from.load(std::move(reply)); },
                                              std::chrono::seconds(5));
  }
  auto claim(FileStore& store) {
    return *ask<ports::ClaimOutcome>(
        [&](auto reply) { store.claim({.name = "ann"}, std::move(reply)); },
        std::chrono::seconds(5));
  }
};

TEST(FileStoreFaults, AFailedSaveLeavesTheOldOrTheNewRecordAndTheNextLoadTells) {
  using Fault = fakes::FailingDisk::Fault;
  for (const Fault fault : {Fault::before, Fault::within, Fault::after}) {
    Faulty world;
    FileStore store(world.seams(), "/state/kai");
    const auto first = world.save(store, 1, "");
    ASSERT_TRUE(first.has_value()) << first.error().message;
    world.disk.fault = fault;
    const auto failed = world.save(store, 2, first->version);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
    world.disk.fault = Fault::nothing;
    const auto stored = world.load(store);
    ASSERT_TRUE(stored.has_value()) << stored.error().message;
    EXPECT_EQ((*stored)->record.seq, fault == Fault::after ? 2U : 1U);
    EXPECT_FALSE(world.save(store, 3, (*stored)->version)->conflict);
    EXPECT_EQ(world.save(store, 4, first->version)->conflict, true);
  }
}

TEST(FileStoreFaults, AClaimThatCannotBeWrittenDownIsNotHeld) {
  Faulty world;
  FileStore store(world.seams(), "/state/kai");
  world.disk.fault = fakes::FailingDisk::Fault::before;
  EXPECT_EQ(world.claim(store).error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(*world.locks.is_locked("/state/kai/claim"));
  world.disk.fault = fakes::FailingDisk::Fault::nothing;
  EXPECT_TRUE(world.claim(store)->granted);
}

TEST(FileStoreFaults, AnUnreadableDiskIsAnErrorNeverAbsence) {
  Faulty world;
  FileStore store(world.seams(), "/state/kai");
  ASSERT_TRUE(world.save(store, 1, "").has_value());
  for (const ErrorKind kind : {ErrorKind::unavailable, ErrorKind::rejected}) {
    world.below.broken["/state/kai/record.json"] = {kind, "Input/output error"};
    EXPECT_EQ(world.load(store).error().kind, kind);
    EXPECT_EQ(world.save(store, 2, "").error().kind, kind);
  }
}

TEST(FileStoreFaults, AFileSystemWithoutLocksIsRefused) {
  Faulty world;
  FileStore store(world.seams(), "/state/kai");
  world.locks.broken["/state/kai/claim"] = {ErrorKind::rejected, "no locks here"};
  EXPECT_EQ(world.claim(store).error().kind, ErrorKind::rejected);
  world.locks.broken["/state/kai/store.lock"] = {ErrorKind::rejected, "no locks here"};
  EXPECT_EQ(world.save(store, 1, "").error().kind, ErrorKind::rejected);
}

TEST(FileStoreFaults, ALockThatSomebodyKeepsIsWaitedForButNotForEver) {
  Faulty world;
  FileStore store(world.seams(), "/state/kai");
  const auto save = [&](auto reply) { store.save(record_of("r1"), "", std::move(reply)); };
  auto kept = *world.locks.try_lock("/state/kai/store.lock");
  const auto got = world.ask<ports::SaveOutcome>(save, file_lock_wait_max);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->error().kind, ErrorKind::unavailable);
  EXPECT_NE(got->error().message.find("another process has held /state/kai/store.lock for 2s"),
            std::string::npos)
      << got->error().message;
  EXPECT_FALSE(world.ask<ports::SaveOutcome>(save, file_lock_wait_max / 2).has_value());
  kept.reset();
  world.timers.advance(std::chrono::milliseconds(10));
  EXPECT_TRUE(world.below.files.contains("/state/kai/record.json"));
}

TEST(FileStoreFaults, AStoreThatIsDestroyedStillAnswersAndClaimsNothing) {
  Faulty world;
  auto store = std::make_unique<FileStore>(world.seams(), "/state/kai");
  EXPECT_TRUE(world.claim(*store)->granted);
  bool answered = false;
  store->save(record_of("r1"), "", [&](Result<ports::SaveOutcome> saved) {
    EXPECT_TRUE(saved.has_value());
    answered = true;
  });
  store.reset();
  EXPECT_FALSE(*world.locks.is_locked("/state/kai/claim")) << "the claim waits for no answer";
  world.timers.settle();
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace kai::edges

namespace kai::fakes {
INSTANTIATE_TYPED_TEST_SUITE_P(FileStore, StoreContract, edges::ContractWorld);
}  // namespace kai::fakes
