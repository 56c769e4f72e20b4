#include "splitter/observe/counts.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/tree.h"
#include "core/traffic/split.h"
#include "splitter/http1/refusal.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/exposition.h"
#include "splitter/route/decide.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t whole = 1'000'000;

Route route() {
  Route route{.table = core::SplitTable(std::span(&whole, 1))};
  route.id = route.service = "shop";
  route.latency_edges = {milliseconds(3)};
  return route;
}

Backend backend(std::string version) {
  Backend backend;
  backend.id = backend.version = std::move(version);
  return backend;
}

struct CountsTest : testing::Test {
  CountsTest() { snapshot.routes.push_back(route()); }

  void count(CellTable& table, const std::string& version, int status) {
    Cell& cell = table.of(route(), backend(version));
    cell.attached.add(1);
    cell.add_attempt(Outcome::ok);
    cell.add_first_byte(milliseconds(1));
    cell.add_request(status, Assignment::unkeyed, milliseconds(2));
    cell.add_broken(status);
    cell.released.add(1);
    table.count_refusal(Refusal::bad_chunk);
  }
  std::string shown(const std::vector<const CellTable*>& tables) {
    return write_exposition(tables, snapshot);
  }
  void hand_on() {
    const Result<Unit> added = add_counts(writer.write_new({&first, &second}), inherited);
    ASSERT_TRUE(added.has_value()) << added.error().message;
  }

  Snapshot snapshot;
  CellTable first;
  CellTable second;
  CellTable inherited;
  CountsWriter writer;
};

TEST_F(CountsTest, WhatIsHandedOnShowsTheSame) {
  count(first, "v1", 200);
  count(second, "v1", 503);
  count(second, "v2", 200);
  hand_on();
  EXPECT_EQ(shown({&inherited}), shown({&first, &second}));
}

TEST_F(CountsTest, OnlyWhatIsNewIsHandedOnTheNextTime) {
  count(first, "v1", 200);
  hand_on();
  count(first, "v1", 200);
  count(second, "v3", 404);
  hand_on();
  hand_on();
  EXPECT_EQ(shown({&inherited}), shown({&first, &second}));
  EXPECT_EQ(writer.write_new({&first, &second}), Tree::map());
}

TEST_F(CountsTest, WhatWasInheritedIsHandedOnToTheNextButOne) {
  count(first, "v1", 200);
  hand_on();
  CellTable own;
  count(own, "v1", 200);
  CellTable last;
  CountsWriter next;
  ASSERT_TRUE(add_counts(next.write_new({&own, &inherited}), last).has_value());
  count(first, "v1", 500);
  hand_on();
  ASSERT_TRUE(add_counts(next.write_new({&own, &inherited}), last).has_value());
  EXPECT_EQ(shown({&last}), shown({&own, &first, &second}));
}

TEST_F(CountsTest, WhatWasUnderWayInAProcessThatIsGoneIsOver) {
  first.of(route(), backend("v1")).attached.add(3);
  first.of(route(), backend("v1")).released.add(1);
  hand_on();
  EXPECT_NE(shown({&inherited})
                .find("kai_requests_in_flight{service=\"shop\",route=\"shop\","
                      "version=\"v1\",track=\"stable\"} 2\n"),
            std::string::npos);
  end_attempts(inherited);
  EXPECT_NE(shown({&inherited})
                .find("kai_requests_in_flight{service=\"shop\",route=\"shop\","
                      "version=\"v1\",track=\"stable\"} 0\n"),
            std::string::npos);
}

TEST_F(CountsTest, WhatIsNotOfTheFormIsMalformed) {
  count(first, "v1", 200);
  const Tree good = writer.write_new({&first});
  struct Case {
    std::string pointer;
    Tree value;
  };
  for (const auto& [pointer, value] : std::vector<Case>{
           {"/cells/0/add/0", -1},
           {"/cells/0/add/0", 1'000'000},
           {"/cells/0/add/1", -1},
           {"/cells/0/add/1", "many"},
           {"/cells/0/add", Tree(Tree::List{Tree(1)})},
           {"/cells/0/add/1", std::numeric_limits<std::int64_t>::max()},
           {"/cells/0/route", ""},
           {"/cells/0/version", std::string(300, 'v')},
           {"/cells/0/edges_us", Tree()},
           {"/cells/0/edges_us/0", -1},
           {"/refusals/0", 1000},
       }) {
    Tree bad = good;
    bad.set_at(pointer, value);
    CellTable table;
    const Result<Unit> added = add_counts(bad, table);
    ASSERT_FALSE(added.has_value()) << pointer;
    EXPECT_EQ(added.error().kind, ErrorKind::malformed) << pointer;
  }
}

// One message after the other, each within the limit.
TEST_F(CountsTest, MoreCellsThanAProcessMayTellAreMalformed) {
  count(first, "v1", 200);
  const Tree good = writer.write_new({&first});
  const auto tell = [&](std::size_t begin) {
    Tree cells = Tree::list();
    for (std::size_t at = begin; at < begin + inherited_cells_max * 3 / 4; ++at) {
      Tree cell = *good.at("/cells/0");
      cell.set("version", "v" + std::to_string(at));
      cells.push_back(std::move(cell));
    }
    Tree counts = Tree::map();
    counts.set("cells", std::move(cells));
    return add_counts(counts, inherited);
  };
  EXPECT_TRUE(tell(0).has_value());
  EXPECT_TRUE(tell(0).has_value()) << "the same once more";
  const Result<Unit> added = tell(inherited_cells_max);
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace kai::splitter
