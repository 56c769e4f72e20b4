#include "splitter/admin/state_saver.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "splitter/admin/state_file.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/test_loop.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

TEST(StateSaver, RepliesOnTheLoopInTheOrderOfTheSaves) {
  fakes::FakeDisk disk;
  fakes::TestLoop loop;
  StateFile file(disk, "/state");
  ASSERT_TRUE(file.load());
  std::vector<bool> replies;
  {
    StateSaver saver(file, loop.loop(), loop.clock(),
                     [](std::string_view what) { ADD_FAILURE() << what; });
    for (int save = 0; save < 3; ++save) {
      saver.save(fakes::shop_spec(),
                 [&](Result<Unit> saved) { replies.push_back(saved.has_value()); });
    }
    loop.run_until([&] { return replies.size() == 3; });
  }
  EXPECT_EQ(replies, std::vector<bool>(3, true));
  EXPECT_EQ(disk.log, (std::vector<std::string>{"replace /state/state-0", "replace /state/state-1",
                                                "replace /state/state-0"}));
}

TEST(StateSaver, WhatWasBegunIsSavedBeforeItGoes) {
  fakes::FakeDisk disk;
  fakes::TestLoop loop;
  StateFile file(disk, "/state");
  ASSERT_TRUE(file.load());
  {
    StateSaver saver(file, loop.loop(), loop.clock(),
                     [](std::string_view what) { ADD_FAILURE() << what; });
    saver.save(fakes::shop_spec(), [](const Result<Unit>&) {});
  }
  EXPECT_EQ(disk.files.size(), 1U);
}

}  // namespace
}  // namespace kai::splitter
