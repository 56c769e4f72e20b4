#include "edges/splitter_admin/splitter_source.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_splitter.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::edges {
namespace {

class SplitterSourceTest : public testing::Test {
 protected:
  SplitterSourceTest() {
    core::Plan asked;
    asked.metrics.allow_idle = true;
    const ports::WorkloadPlan workload{.data = {},
                                       .name_space = "",
                                       .services = {{.name = "shop", .service = "shop"}},
                                       .lines = {}};
    const auto planned = ask<ports::Planned<ports::MetricPlan>>(
        [&](auto reply) { source.plan(asked, workload, {}, std::move(reply)); });
    EXPECT_TRUE(planned) << planned.error().message;
    if (planned) plan = planned->plan.data;
  }
  template <typename T, typename Call>
  Result<T> ask(Call call) {
    const auto answer = std::make_shared<std::optional<Result<T>>>();
    call([answer](Result<T> result) { *answer = std::move(result); });
    timers.settle();
    return answer->value_or(fail(ErrorKind::rejected, "never answered"));
  }
  Result<ports::Counters> count() {
    return ask<ports::Counters>([&](auto reply) { source.counters(plan, {}, std::move(reply)); });
  }
  // The next metrics are this text.
  void answer_metrics(const std::string& text) {
    splitter.before = [this, text](const net::HttpRequest& request) {
      if (!request.url.ends_with("/metrics")) return;
      splitter.instead.emplace_back([text]() -> Result<net::HttpResponse> {
        return net::HttpResponse{.status = 200, .body = text};
      });
    };
  }

  fakes::FakeTimers timers;
  fakes::FakeWallClock wall;
  fakes::FakeSplitter splitter{timers, fakes::shop_spec()};
  SplitterControl control{splitter, timers, timers.clock(), "/run/kai.sock"};
  SplitterSource source{control, wall};
  Tree plan;
};

TEST_F(SplitterSourceTest, AnAnswerIsAsOldAsItsEnd) {
  const auto counted = count();
  ASSERT_TRUE(counted) << counted.error().message;
  EXPECT_EQ(counted->source_now, wall.now());
}

TEST_F(SplitterSourceTest, NobodyThereIsNoCount) {
  splitter.is_there = false;
  EXPECT_EQ(count().error(), (Error{ErrorKind::unavailable, "there is no socket /run/kai.sock"}));
}

TEST_F(SplitterSourceTest, CountsOfNobodyKnowsSinceWhenAreNoAnswer) {
  answer_metrics("kai_generation 41\n");
  EXPECT_EQ(count().error(),
            (Error{ErrorKind::malformed,
                   "/run/kai.sock: the splitter's metrics do not say since when they count"}));
}

TEST_F(SplitterSourceTest, AnotherProgramOnTheSocketIsNoAnswer) {
  answer_metrics("http_requests_total{} NaN\n");
  const auto counted = count();
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace kai::edges
