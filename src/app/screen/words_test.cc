#include "app/screen/words.h"

#include <gtest/gtest.h>

#include "tests/fakes/sample_rollout.h"

namespace kai::app {
namespace {

TEST(Words, OnOneMachineNobodySpeaksOfPodsOrHelm) {
  for (const bool is_local : {false, true}) {
    core::Record record = fakes::sample_record(core::Phase::progressing, core::Stage::bring_up);
    if (is_local) record.plan.local = core::LocalRelease{};
    std::string said = words_of(record);
    record.phase = core::Phase::promoting;
    record.stage = core::Stage::upgrade;
    said += words_of(record);
    EXPECT_EQ(said.find("pods") == std::string::npos, is_local) << said;
    EXPECT_EQ(said.find("helm") == std::string::npos, is_local) << said;
  }
}

}  // namespace
}  // namespace kai::app
