#include "splitter/route/counter_memory.h"

#include <cstdint>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "core/traffic/split.h"
#include "os/descriptor.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

os::Descriptor copy_of(const CounterMemory& memory) {
  return os::Descriptor(::fcntl(memory.descriptor().number(), F_DUPFD_CLOEXEC, 0));
}

TEST(CounterMemory, TwoProcessesDrawFromOneSequence) {
  const auto memory = CounterMemory::create();
  ASSERT_TRUE(memory.has_value()) << memory.error().message;
  const auto other = CounterMemory::adopt(copy_of(**memory));
  ASSERT_TRUE(other.has_value()) << other.error().message;
  fakes::FakeRandom random;
  Numbers ours(random, *memory);
  const auto counter = ours.counter_of(ours.of_route("shop"));
  Numbers theirs(random, *other);
  theirs.use_slots(ours.slots());
  const auto same = theirs.counter_of(theirs.of_route("shop"));
  const std::uint64_t first = counter->draw();
  EXPECT_EQ(same->draw(), first + core::WeylCounter::step);
  EXPECT_EQ(counter->draw(), first + 2 * core::WeylCounter::step);
}

TEST(CounterMemory, ARouteThatCameAfterATakeoverHasOneCounterInBoth) {
  const auto memory = CounterMemory::create();
  const auto other = CounterMemory::adopt(copy_of(**memory));
  fakes::FakeRandom random;
  Numbers older(random, *memory);
  Numbers leading(random, *other);
  leading.use_slots(older.slots());
  older.stop_giving_slots();
  const auto counter = leading.counter_of(leading.of_route("new"));
  older.use_slots(leading.slots());
  const std::uint64_t first = counter->draw();
  EXPECT_EQ(older.counter_of(older.of_route("new"))->draw(), first + core::WeylCounter::step);
}

TEST(CounterMemory, ASlotIsUsedAgainOnlyWhenNobodyDrawsFromItAnyMore) {
  const auto memory = CounterMemory::create();
  fakes::FakeRandom random;
  Numbers numbers(random, *memory);
  auto counter = numbers.counter_of(numbers.of_route("gone"));
  const std::uint32_t slot = numbers.slots().at("gone");
  const auto nothing = fakes::built(fakes::shop_spec(), numbers);
  numbers.forget_others(*nothing);
  EXPECT_FALSE((*memory)->take(slot));
  counter.reset();
  numbers.forget_others(*nothing);
  EXPECT_TRUE((*memory)->take(slot));
}

TEST(CounterMemory, MemoryThatCouldBeCutOrIsOfAnotherSizeIsRefused) {
  const os::Descriptor unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(unsealed.number(), CounterMemory::slots * 64), 0);
  const auto cut = CounterMemory::adopt(os::Descriptor(::dup(unsealed.number())));
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().kind, ErrorKind::rejected);
  os::Descriptor small(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::fcntl(small.number(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_FALSE(CounterMemory::adopt(std::move(small)).has_value());
}

}  // namespace
}  // namespace kai::splitter
