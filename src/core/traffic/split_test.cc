#include "core/traffic/split.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "core/traffic/sip_hash.h"

namespace kai::core {
namespace {

SipKey key_of_bytes_0_to_15() {
  std::array<std::uint8_t, 16> bytes{};
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return SipKey::from_bytes(bytes);
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[value >> shift & 15U];
  return text;
}

SplitTable canary_and_stable(std::uint32_t canary_ppm) {
  return SplitTable(std::array{canary_ppm, ppm_max - canary_ppm});
}

// splitmix64, for weights and starts that differ from run to run of a loop, not of the test.
class Draws {
 public:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_ = 7;
};

// The published vectors: whoever computes the split elsewhere must get these bits.
TEST(SipHash, GivesTheReferenceVectors) {
  const SipKey key = key_of_bytes_0_to_15();
  std::string bytes;
  for (char octet = 0; octet < 15; ++octet) bytes += octet;
  EXPECT_EQ(hex(sip_hash_1_3(key, "user-1")), "e3ac386a02b793e7");
  EXPECT_EQ(hex(sip_hash_1_3(key, "user-15")), "03806a70d21a05c7");
  EXPECT_EQ(hex(sip_hash_1_3(key, "user-42")), "f6f878287cd6899c");
  EXPECT_EQ(hex(sip_hash_1_3(key, bytes)), "d320d86d2a519956");
}

TEST(SipHash, EachLengthAndEachBitOfTheKeyMatters) {
  const std::string zeros(40, '\0');
  std::vector<std::uint64_t> hashes;
  for (std::size_t size = 0; size <= zeros.size(); ++size) {
    hashes.push_back(sip_hash_1_3({}, std::string_view(zeros).substr(0, size)));
  }
  for (unsigned bit = 0; bit < 64; ++bit) {
    hashes.push_back(sip_hash_1_3({.first = std::uint64_t{1} << bit}, ""));
    hashes.push_back(sip_hash_1_3({.second = std::uint64_t{1} << bit}, ""));
  }
  std::ranges::sort(hashes);
  EXPECT_EQ(std::ranges::adjacent_find(hashes), hashes.end());
}

TEST(Threshold, GivesTheReferenceVectors) {
  EXPECT_EQ(hex(threshold_of(1).bound), "000010c6f7a0b5ed");
  EXPECT_EQ(hex(threshold_of(10'000).bound), "028f5c28f5c28f5c");
  EXPECT_EQ(hex(threshold_of(50'000).bound), "0ccccccccccccccc");
  EXPECT_EQ(hex(threshold_of(500'000).bound), "8000000000000000");
}

TEST(Threshold, RisesWithEveryPartPerMillion) {
  Threshold before = threshold_of(0);
  for (std::uint32_t ppm = 1; ppm < ppm_max; ++ppm) {
    const Threshold here = threshold_of(ppm);
    ASSERT_FALSE(here.all);
    // 2^64 / 1,000,000, rounded down, or one more where the fractions have summed up to one.
    ASSERT_LE(here.bound - before.bound - 18'446'744'073'709U, 1U) << ppm;
    before = here;
  }
  EXPECT_THROW(static_cast<void>(threshold_of(ppm_max + 1)), Bug);
}

TEST(Threshold, NothingAndEverythingHaveNoException) {
  for (const std::uint64_t u : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    EXPECT_FALSE(threshold_of(0).holds(u));
    EXPECT_TRUE(threshold_of(ppm_max).holds(u));
  }
  EXPECT_TRUE(threshold_of(1).holds(0)) << "1 ppm is not 0";
  EXPECT_FALSE(threshold_of(ppm_max - 1).holds(~std::uint64_t{0})) << "999,999 ppm is not all";
}

TEST(SplitTable, AnEmptyShareIsNeverChosen) {
  const SplitTable table(std::array<std::uint32_t, 5>{0, 300'000, 0, 700'000, 0});
  for (const std::uint64_t u : {std::uint64_t{0}, threshold_of(300'000).bound - 1}) {
    EXPECT_EQ(table.index_of(u), 1U);
  }
  for (const std::uint64_t u : {threshold_of(300'000).bound, ~std::uint64_t{0}}) {
    EXPECT_EQ(table.index_of(u), 3U);
  }
  EXPECT_THROW(SplitTable(std::array<std::uint32_t, 2>{1, 2}), Bug);
  EXPECT_THROW(SplitTable(std::array<std::uint32_t, 2>{999'999, 2}), Bug);
}

TEST(WeylCounter, GivesTheReferenceVectors) {
  WeylCounter counter(0);
  EXPECT_EQ(counter.draw(), 0U);
  EXPECT_EQ(hex(counter.draw()), "9e3779b97f4a7c15");
  EXPECT_EQ(hex(counter.draw()), "3c6ef372fe94f82a");
  EXPECT_EQ(hex(counter.draw()), "daa66d2c7ddf743f");
}

// The largest |canary - w * n| over all windows of each size that begin where `size` draws were
// counted before: a window is a difference of two prefixes.
TEST(UnkeyedSplit, EveryWindowIsExactWithinAFewRequests) {
  struct Limit {
    std::size_t requests;
    double error;
  };
  constexpr std::array limits = {
      Limit{.requests = 1'000, .error = 4}, Limit{.requests = 10'000, .error = 5},
      Limit{.requests = 100'000, .error = 6}, Limit{.requests = 1'000'000, .error = 8}};
  Draws draws;
  for (const std::uint32_t ppm : {1U, 10'000U, 50'000U, 100'000U, 333'333U, 500'000U, 618'034U}) {
    WeylCounter counter(draws.next());
    const SplitTable table = canary_and_stable(ppm);
    const double weight = static_cast<double>(ppm) / ppm_max;
    double sum = 0;
    double lowest = 0;
    double highest = 0;
    std::size_t drawn = 0;
    for (const Limit& limit : limits) {
      for (; drawn < limit.requests; ++drawn) {
        sum += (table.index_of(counter.draw()) == 0 ? 1 : 0) - weight;
        lowest = std::min(lowest, sum);
        highest = std::max(highest, sum);
      }
      // No window within the first n requests is further off than this, whatever its size.
      EXPECT_LE(highest - lowest, limit.error) << ppm << " ppm, " << limit.requests << " requests";
    }
  }
}

TEST(UnkeyedSplit, AnyWeightAndAnyStartAreExactWithinFourOfAThousand) {
  rc::check("error of 1,000 draws", [] {
    const auto ppm = *rc::gen::inRange<std::uint32_t>(0, ppm_max + 1);
    WeylCounter counter(*rc::gen::arbitrary<std::uint64_t>());
    const SplitTable table = canary_and_stable(ppm);
    std::int64_t canary = 0;
    for (int draw = 0; draw < 1'000; ++draw) canary += table.index_of(counter.draw()) == 0 ? 1 : 0;
    RC_ASSERT(std::abs(static_cast<double>(canary) - ppm / 1'000.0) <= 4);
  });
}

TEST(UnkeyedSplit, ErrorsOfSuccessiveWeightsOnlyAdd) {
  WeylCounter counter(0x1234'5678'9abc'def0);
  double expected = 0;
  double canary = 0;
  int changes = 0;
  for (const std::uint32_t ppm : {50'000U, 100'000U, 0U, 250'000U, 500'000U, 1'000'000U}) {
    const SplitTable table = canary_and_stable(ppm);
    for (int draw = 0; draw < 997; ++draw) canary += table.index_of(counter.draw()) == 0 ? 1 : 0;
    expected += 997.0 * ppm / ppm_max;
    EXPECT_LE(std::abs(canary - expected), 4.0 * ++changes);
  }
}

// A cycle of request kinds must not lock onto the counter: 10 % over ten kinds in turn would give
// one kind everything with round robin.
TEST(UnkeyedSplit, CyclicTrafficGivesEveryKindItsShare) {
  constexpr std::size_t requests = 200'000;
  for (const std::uint32_t ppm : {50'000U, 100'000U, 300'000U}) {
    const SplitTable table = canary_and_stable(ppm);
    for (std::size_t kinds = 2; kinds <= 60; ++kinds) {
      WeylCounter counter(0);
      std::vector<double> canary(kinds, 0);
      for (std::size_t at = 0; at < requests; ++at) {
        canary[at % kinds] += table.index_of(counter.draw()) == 0 ? 1 : 0;
      }
      const double points_max = kinds <= 20 ? 0.2 : 1.5;
      const double per_kind = static_cast<double>(requests) / static_cast<double>(kinds);
      for (const double count : canary) {
        ASSERT_NEAR(100 * count / per_kind, ppm / 10'000.0, points_max) << kinds << " kinds";
      }
    }
  }
}

TEST(KeyedSplit, ARampMovesEachUserAtMostOnce) {
  const SipKey salt = key_of_bytes_0_to_15();
  for (int user = 0; user < 2'000; ++user) {
    const std::uint64_t u = number_of_key(salt, "user-" + std::to_string(user));
    int moves = 0;
    bool on_canary = false;
    for (std::uint32_t ppm = 0; ppm <= ppm_max; ppm += 20'000) {
      const bool now = canary_and_stable(ppm).index_of(u) == 0;
      ASSERT_TRUE(now || !on_canary) << "a rising weight moved a user back";
      moves += now == on_canary ? 0 : 1;
      on_canary = now;
    }
    ASSERT_EQ(moves, 1);
  }
}

using Format = std::function<std::string(int)>;
const std::vector<Format>& id_formats() {
  static const std::vector<Format> formats = {
      [](int n) { return std::to_string(n); },
      [](int n) { return "user-" + std::to_string(n); },
      [](int n) { return std::string(8 - std::to_string(n).size(), '0') + std::to_string(n); },
      [](int n) { return std::to_string(n) + "@shop.example"; },
      [](int n) { return hex(static_cast<std::uint64_t>(n)); },
      [](int n) { return "10.0." + std::to_string(n / 256) + "." + std::to_string(n % 256); },
      [](int n) {
        return "0190a5c2-7e3b-7000-8000-" + hex(static_cast<std::uint64_t>(n)).substr(4);
      },
  };
  return formats;
}

// 99.99 % of a binomial lie within 3.9 standard deviations.
constexpr double deviations_max = 3.9;

TEST(KeyedSplit, SharesOfSequentialIdsAreBinomial) {
  constexpr int users = 20'000;
  const SipKey salt = key_of_bytes_0_to_15();
  for (const std::uint32_t ppm : {10'000U, 50'000U, 200'000U, 500'000U}) {
    const double share = static_cast<double>(ppm) / ppm_max;
    const double deviation = std::sqrt(users * share * (1 - share));
    const SplitTable table = canary_and_stable(ppm);
    for (std::size_t format = 0; format < id_formats().size(); ++format) {
      double canary = 0;
      for (int user = 0; user < users; ++user) {
        const std::uint64_t u = number_of_key(salt, id_formats()[format](user));
        canary += table.index_of(u) == 0 ? 1 : 0;
      }
      EXPECT_LE(std::abs(canary - users * share), deviations_max * deviation)
          << "format " << format << ", " << ppm << " ppm";
    }
  }
}

TEST(KeyedSplit, CanariesOfTwoSaltsOverlapLikeIndependentDraws) {
  constexpr int users = 20'000;
  const SplitTable table = canary_and_stable(200'000);
  const SipKey one = key_of_bytes_0_to_15();
  SipKey other = one;
  other.first ^= 1;  // one bit of the salt is a new draw
  double both = 0;
  for (int user = 0; user < users; ++user) {
    const std::string id = "user-" + std::to_string(user);
    const bool in_one = table.index_of(number_of_key(one, id)) == 0;
    const bool in_other = table.index_of(number_of_key(other, id)) == 0;
    both += in_one && in_other ? 1 : 0;
  }
  const double share = 0.2 * 0.2;
  const double deviation = std::sqrt(users * share * (1 - share));
  EXPECT_LE(std::abs(both - users * share), deviations_max * deviation);
}

TEST(Lane, EveryLaneGetsItsEighth) {
  std::array<double, lanes> counts{};
  for (int user = 0; user < 20'000; ++user) {
    counts[lane_of(number_of_key(key_of_bytes_0_to_15(), "user-" + std::to_string(user)))] += 1;
  }
  for (const double count : counts) EXPECT_NEAR(count, 2'500, 200);
}

}  // namespace
}  // namespace kai::core
