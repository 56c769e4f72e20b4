#include "edges/splitter_admin/splitter_control.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edges/splitter_admin/splitter_edit.h"
#include "tests/fakes/fake_splitter.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::edges {
namespace {

using splitter::SnapshotSpec;
using Urgency = SplitterControl::Urgency;

class SplitterControlTest : public testing::Test {
 protected:
  // Outlives the control, which may answer late.
  template <typename T>
  struct Asked {
    std::optional<Result<T>> answer;
    Reply<T> reply() {
      return [this](Result<T> result) {
        EXPECT_FALSE(answer) << "answered twice";
        answer = std::move(result);
      };
    }
  };

  static SplitterControl::Edit to(std::uint32_t ppm) {
    return [ppm](SnapshotSpec& snapshot) -> Result<bool> {
      set_weight(snapshot, snapshot.routes.front(), "new", weight_at_least(ppm));
      return true;
    };
  }
  Result<SplitterWritten> change(SplitterControl::Edit edit, Urgency urgency = Urgency::in_turn) {
    Asked<SplitterWritten> asked;
    control.change(std::move(edit), urgency, asked.reply());
    EXPECT_FALSE(asked.answer) << "answered within the call";
    timers.settle();
    if (!asked.answer) timers.advance(std::chrono::seconds(20));
    return asked.answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  template <typename T>
  Result<T> ask(void (SplitterControl::*call)(Reply<T>)) {
    Asked<T> asked;
    (control.*call)(asked.reply());
    timers.settle();
    return asked.answer.value_or(fail(ErrorKind::rejected, "never answered"));
  }
  void answer_next(int status, std::string body) {
    splitter.instead.emplace_back([status, body = std::move(body)]() -> Result<net::HttpResponse> {
      return net::HttpResponse{.status = status, .body = body};
    });
  }

  fakes::FakeTimers timers;
  fakes::FakeSplitter splitter{timers, fakes::shop_spec()};
  SplitterControl control{splitter, timers, timers.clock(), "/run/kai.sock"};
};

TEST_F(SplitterControlTest, WhatIsInForceIsRead) {
  const auto snapshot = ask(&SplitterControl::read);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(snapshot->generation, 41U);
  EXPECT_TRUE(snapshot->routes.at(0).split.salt.empty()) << "salts are told to nobody";
  EXPECT_EQ(splitter.requests.at(0).unix_socket, "/run/kai.sock");
  const auto status = ask(&SplitterControl::status);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->generation, 41U);
  EXPECT_EQ(status->writer_epoch, 7U);
  EXPECT_EQ(status->workers, (std::vector<std::uint64_t>{41, 41}));
  EXPECT_EQ(status->behind(42), 2U);
}

TEST_F(SplitterControlTest, AChangeIsInForceAndKeepsWhatItDoesNotName) {
  const auto written = change(to(250'000));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->generation, 42U);
  EXPECT_TRUE(written->durable);
  EXPECT_EQ(ppm_of(splitter.spec(), splitter.spec().routes.at(0), "new"), 250'000U);
  EXPECT_EQ(splitter.spec().routes.at(0).split.salt.reveal(), fakes::test_salt);
  EXPECT_EQ(splitter.spec().writer_epoch, 7U);
}

TEST_F(SplitterControlTest, NothingIsSentWhenAllIsAsWanted) {
  const auto written = change([](SnapshotSpec&) -> Result<bool> { return false; });
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(splitter.log, (std::vector<std::string>{"GET /v1/snapshot", "GET /v1/status"}));
}

// Whoever asks again after such an answer may not take the old version's processes away yet.
TEST_F(SplitterControlTest, WhatAWorkerHasNotTakenIsNotDoneWhenItIsAskedForAgain) {
  const auto nothing_more = [](SnapshotSpec&) -> Result<bool> { return false; };
  splitter.workers_answer = false;
  ASSERT_FALSE(change(to(0)));
  const auto again = change(nothing_more);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(),
            (Error{ErrorKind::unavailable,
                   "/run/kai.sock: not in force everywhere yet: 2 of 2 workers of kai-splitter "
                   "have not taken generation 42"}));
  splitter.acknowledge(42);
  const auto then = change(nothing_more);
  ASSERT_TRUE(then) << then.error().message;
  EXPECT_TRUE(then->durable);
}

TEST_F(SplitterControlTest, SomebodyElsesChangeIsNotLost) {
  int times = 0;
  splitter.before = [&](const net::HttpRequest& request) {
    if (request.method != "PUT" || times++ > 0) return;
    splitter.change([](SnapshotSpec& spec) { spec.routes[0].timeouts.connect = 77; });
    timers.settle();
  };
  const auto written = change(to(250'000));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(splitter.spec().routes.at(0).timeouts.connect, 77U);
  EXPECT_EQ(ppm_of(splitter.spec(), splitter.spec().routes.at(0), "new"), 250'000U);
}

TEST_F(SplitterControlTest, WhoIsAlwaysFasterIsNotRunAfterForEver) {
  splitter.before = [&](const net::HttpRequest& request) {
    if (request.method != "PUT") return;
    splitter.change([](SnapshotSpec& spec) { spec.routes[0].timeouts.connect += 1; });
    timers.settle();
  };
  const auto written = change(to(250'000));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(written.error().message.contains("changed by others each time"))
      << written.error().message;
  EXPECT_EQ(splitter.log.size(), std::size_t{2 * splitter_tries_max});
}

TEST_F(SplitterControlTest, WhoWasOvertakenDoesNotTryAgain) {
  const auto written = change([](SnapshotSpec& snapshot) -> Result<bool> {
    snapshot.writer_epoch = 6;
    return true;
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(written.error().message.contains("/run/kai.sock: this write was overtaken"))
      << written.error().message;
  EXPECT_EQ(splitter.log.size(), 2U);
}

TEST_F(SplitterControlTest, MistakesAreRejectedWithTheirPlaces) {
  const auto written = change([](SnapshotSpec& snapshot) -> Result<bool> {
    snapshot.routes[0].split.weights[0].backend = "nobody";
    return true;
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::rejected);
  EXPECT_TRUE(written.error().message.contains("/routes/0/split/weights_ppm/0/backend"))
      << written.error().message;
}

TEST_F(SplitterControlTest, ARaiseThatTheDiskDoesNotTakeIsUnavailable) {
  splitter.disk_works = false;
  const auto written = change(to(250'000));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(splitter.spec().generation, 41U);
  const auto lowered = change(to(0));
  ASSERT_TRUE(lowered) << lowered.error().message;
  EXPECT_FALSE(lowered->durable);
}

TEST_F(SplitterControlTest, AWorkerThatDoesNotFollowIsUnavailable) {
  splitter.workers_answer = false;
  const auto written = change(to(0));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(written.error().message.contains("not in force everywhere yet"))
      << written.error().message;
}

TEST_F(SplitterControlTest, ALostAnswerIsOfUnknownOutcome) {
  splitter.before = [&](const net::HttpRequest& request) {
    if (request.method == "PUT") splitter.instead.emplace_back(nullptr);
  };
  const auto written = change(to(250'000));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(written.error().message.contains("the outcome is unknown"));
  EXPECT_EQ(splitter.log.size(), 2U) << "a change is never sent twice";
}

TEST_F(SplitterControlTest, NobodyThereIsUnavailable) {
  splitter.is_there = false;
  const auto written = change(to(0));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), (Error{ErrorKind::unavailable, "there is no socket /run/kai.sock"}));
}

TEST_F(SplitterControlTest, ChangesAreMadeOneAfterTheOther) {
  Asked<SplitterWritten> first;
  Asked<SplitterWritten> second;
  control.change(to(250'000), Urgency::in_turn, first.reply());
  control.change(to(500'000), Urgency::in_turn, second.reply());
  EXPECT_EQ(splitter.log.size(), 1U);
  timers.settle();
  ASSERT_TRUE(first.answer && second.answer);
  EXPECT_TRUE(first.answer->has_value() && second.answer->has_value());
  EXPECT_EQ(splitter.log, (std::vector<std::string>{"GET /v1/snapshot", "PUT /v1/snapshot",
                                                    "GET /v1/snapshot", "PUT /v1/snapshot"}));
  EXPECT_EQ(splitter.spec().generation, 43U);
}

// Its raise waits for a disk that hangs; the lowering overtakes it.
TEST_F(SplitterControlTest, LoweringWaitsForNoOtherChange) {
  splitter.instead.emplace_back([]() -> Result<net::HttpResponse> {
    return fail(ErrorKind::unavailable, "timed out after 15s");
  });
  Asked<SplitterWritten> raise;
  Asked<SplitterWritten> lower;
  control.change(to(500'000), Urgency::in_turn, raise.reply());
  control.change(to(0), Urgency::at_once, lower.reply());
  EXPECT_EQ(splitter.log.size(), 2U) << "both are under way";
  timers.settle();
  ASSERT_TRUE(lower.answer && lower.answer->has_value());
  EXPECT_EQ(ppm_of(splitter.spec(), splitter.spec().routes.at(0), "new"), 0U);
}

TEST_F(SplitterControlTest, TheQueueHasALimit) {
  std::vector<std::unique_ptr<Asked<SplitterWritten>>> asked;
  for (std::size_t i = 0; i <= splitter_waiting_max; ++i) {
    asked.push_back(std::make_unique<Asked<SplitterWritten>>());
    control.change(to(0), Urgency::in_turn, asked.back()->reply());
  }
  timers.settle();
  ASSERT_TRUE(asked.front()->answer && asked.back()->answer);
  EXPECT_TRUE(asked.front()->answer->has_value());
  EXPECT_EQ(asked.back()->answer->error().message,
            "/run/kai.sock: too many changes wait for the splitter");
}

TEST_F(SplitterControlTest, ADestroyedControlAnswersNothing) {
  auto gone = std::make_unique<SplitterControl>(splitter, timers, timers.clock(), "/s");
  gone->change(to(0), Urgency::in_turn,
               [](Result<SplitterWritten>) { ADD_FAILURE() << "answered"; });
  gone->later([] { ADD_FAILURE() << "answered"; });
  gone.reset();
  timers.settle();
}

TEST_F(SplitterControlTest, HostileAnswersAreMalformed) {
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string(), std::string("nonsense"), std::string("[]"), std::string("{}"), deep,
        std::string(R"({"generation": -1, "writer_epoch": 0, "durable": true, "workers": []})"),
        std::string(R"({"generation": 1, "generation": 2})"),
        std::string(R"({"generation": 1, "writer_epoch": 0, "durable": true, "workers": []})"),
        std::string(R"({"generation": 1, "writer_epoch": 0, "durable": 1, "workers": [{}]})"),
        std::string(
            R"({"generation": 1e300, "writer_epoch": 0, "durable": true, "workers": [{}]})")}) {
    answer_next(200, body);
    const auto status = ask(&SplitterControl::status);
    ASSERT_FALSE(status) << body.substr(0, 100);
    EXPECT_EQ(status.error().kind, ErrorKind::malformed) << status.error().message;
    answer_next(200, body);
    const auto snapshot = ask(&SplitterControl::read);
    // A configuration without routes is of the form; what to do with it, others decide.
    if (snapshot) continue;
    EXPECT_EQ(snapshot.error().kind, ErrorKind::malformed) << snapshot.error().message;
    EXPECT_LT(snapshot.error().message.size(), 2000U);
  }
}

TEST_F(SplitterControlTest, RefusalsWithoutAReasonAreNotBelieved) {
  for (const auto& [status, body, kind] : std::vector<std::tuple<int, std::string, ErrorKind>>{
           {500, "", ErrorKind::unavailable},
           {503, "{}", ErrorKind::unavailable},
           {404, "not here", ErrorKind::malformed},
           {302, R"({"error": "elsewhere"})", ErrorKind::malformed},
           {409, R"({"error": {"code": "never heard of"}})", ErrorKind::malformed},
           {403, R"({"error": {"code": "forbidden", "message": "no"}})", ErrorKind::rejected}}) {
    answer_next(status, body);
    const auto answer = ask(&SplitterControl::status);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind) << status << " " << answer.error().message;
  }
  answer_next(422, R"({"error": {"code": "invalid", "message": "\u001b[2J)" +
                       std::string(100'000, 'x') + R"("}})");
  const auto answer = ask(&SplitterControl::status);
  ASSERT_FALSE(answer);
  EXPECT_LT(answer.error().message.size(), 1000U);
  EXPECT_FALSE(answer.error().message.contains('\x1b'));
}

}  // namespace
}  // namespace kai::edges
