#include "splitter/backend/pool.h"

#include <chrono>
#include <cstddef>
#include <deque>

#include <gtest/gtest.h>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using std::chrono::seconds;

SteadyTime at(Duration since_start) { return {since_start}; }
constexpr SteadyTime ever{};

struct PoolTest : testing::Test {
  BackendConnection& connection(unsigned endpoint) {
    return connections.emplace_back(calls, slabs, os::Descriptor(), EndpointNumber{endpoint});
  }

  WatcherCalls calls;
  SlabPool slabs{0, 0};
  std::deque<BackendConnection> connections;
  Pool pool;
};

TEST_F(PoolTest, TheLastUsedConnectionIsTakenFirst) {
  BackendConnection& first = connection(3);
  BackendConnection& second = connection(3);
  ASSERT_TRUE(pool.put(first, at(seconds(1))));
  ASSERT_TRUE(pool.put(second, at(seconds(2))));
  EXPECT_EQ(pool.take(EndpointNumber{3}, ever), &second);
  EXPECT_EQ(pool.take(EndpointNumber{3}, ever), &first);
  EXPECT_EQ(pool.take(EndpointNumber{3}, ever), nullptr);
}

TEST_F(PoolTest, EndpointsDoNotShareConnections) {
  ASSERT_TRUE(pool.put(connection(0), at(seconds(1))));
  EXPECT_EQ(pool.take(EndpointNumber{1}, ever), nullptr);
}

TEST_F(PoolTest, AConnectionThatIsIdleForTooLongIsNotTaken) {
  ASSERT_TRUE(pool.put(connection(0), at(seconds(5))));
  EXPECT_EQ(pool.take(EndpointNumber{0}, at(seconds(6))), nullptr);
  EXPECT_NE(pool.take(EndpointNumber{0}, at(seconds(5))), nullptr);
}

TEST_F(PoolTest, AConnectionInTheMiddleCanBeRemoved) {
  BackendConnection& first = connection(0);
  BackendConnection& second = connection(0);
  BackendConnection& third = connection(0);
  for (BackendConnection* const each : {&first, &second, &third}) {
    ASSERT_TRUE(pool.put(*each, at(seconds(1))));
  }
  pool.remove(second);
  EXPECT_EQ(pool.take_any(EndpointNumber{0}), &third);
  EXPECT_EQ(pool.take_any(EndpointNumber{0}), &first);
  EXPECT_EQ(pool.size(), 0U);
}

TEST_F(PoolTest, AnEndpointKeepsAtMostItsLimit) {
  for (std::size_t count = 0; count < idle_per_endpoint_max; ++count) {
    ASSERT_TRUE(pool.put(connection(0), at(seconds(1))));
  }
  EXPECT_FALSE(pool.put(connection(0), at(seconds(1))));
  EXPECT_TRUE(pool.put(connection(1), at(seconds(1))));
}

}  // namespace
}  // namespace kai::splitter
