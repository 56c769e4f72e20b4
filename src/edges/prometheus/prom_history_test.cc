// Reading the past of a scripted Prometheus, part after part.
#include "edges/prometheus/prom_history.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <optional>

#include "edges/prometheus/prom_plan.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t now_seconds = 1'767'323'045;
constexpr int scrape = 15;

const std::string old_pod = "api-7d9f8b6c5d-x2x4z", new_pod = "api-64b9c5f7d8-q8q9z";

// The whole number behind `key`; 0 where it is not.
std::int64_t number_after(const std::string& body, const std::string& key) {
  const std::size_t at = body.find(key);
  return at == std::string::npos ? 0 : std::atoll(body.c_str() + at + key.size());
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeWallClock wall;
  PrometheusHistory history{http, nullptr, timers, timers.clock(), wall};
  std::vector<std::string> asked;  // selectors with a window, as they were sent
  // Pods and when they were there, in seconds before now.
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> pods{{old_pod, {36'000, 18'000}},
                                                                    {new_pod, {18'000, 0}}};
  std::function<std::optional<net::HttpResponse>(std::int64_t window_seconds)> trouble;
  PromPodLabel label{.name = "pod"};
  std::string broken;  // the pod whose counters are no whole numbers

  World() {
    http.on("POST", "http://prom:9090/api/v1/query")
        .handle([this](const net::HttpRequest& request) -> Result<net::HttpResponse> {
          return answer(request.body);
        });
  }

  net::HttpResponse answer(const std::string& body) {
    if (body.starts_with("query=time%28%29")) {
      const std::string now = std::to_string(now_seconds);
      return {.status = 200,
              .body = R"({"status":"success","data":{"resultType":"scalar","result":[)" + now +
                      ",\"" + now + "\"]}}"};
    }
    asked.push_back(body);
    const std::int64_t window = number_after(body, "%7D%5B") / 1000;
    if (trouble) {
      if (const auto instead = trouble(window)) return *instead;
    }
    return {.status = 200,
            .body = R"({"status":"success","data":{"resultType":"matrix","result":[)" +
                    matrix(number_after(body, "&time="), window) + "]}}"};
  }

  // 100 requests in each scrape, one of them bad.
  std::string matrix(std::int64_t until, std::int64_t window) const {
    std::string all;
    for (const auto& [pod, there] : pods) {
      for (const auto& [code, by] : {std::pair("200", 99), {"500", 1}}) {
        std::string samples;
        for (std::int64_t at = until - window + 1; at <= until; ++at) {
          const std::int64_t ago = now_seconds - at;
          if (at % scrape != 0 || ago > there.first || ago < there.second) continue;
          samples += (samples.empty() ? "[" : ",[") + std::to_string(at) + ",\"" +
                     std::to_string((at - now_seconds + 1'000'000) / scrape * by) +
                     (pod == broken && ago % 2 == 0 ? ".5" : "") + "\"]";
        }
        if (samples.empty()) continue;
        all += std::string(all.empty() ? "" : ",") +
               R"({"metric":{"__name__":"requests_total","code":")" + code + R"(","pod":")" + pod +
               R"(","instance":"10.0.0.7:80"},"values":[)" + samples + "]}";
      }
    }
    return all;
  }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    ask(Reply<T>([&](Result<T> result) {
      EXPECT_FALSE(got.has_value()) << "a second reply";
      got = std::move(result);
    }));
    for (int i = 0; i < 100 && !got; ++i) {
      timers.settle();
      if (!got) timers.advance(seconds(1));
    }
    if (!got) return fail(ErrorKind::unavailable, "no reply");
    return std::move(*got);
  }

  Result<ports::HistorySpan> begin(Duration length = hours(10)) {
    PromPlan plan{
        .address = {.base = "http://prom:9090"},
        .name_space_label = "",
        .name_space = "shop",
        .pod_label = label,
        .scrape_interval = seconds(scrape),
        .families = {
            {.requests = "requests_total", .status_label = "code", .histogram = "", .edges = {}}}};
    const ports::HistoryAsk ask{.plan = pack_prom_plan(plan),
                                .workloads = {"api"},
                                .pods = {{.service = 0,
                                          .arm = core::Arm::baseline,
                                          .name = new_pod,
                                          .address = "10.0.0.7",
                                          .started_at = WallTime{seconds(now_seconds - 18'000)},
                                          .ready = true}},
                                .length = length};
    return wait<ports::HistorySpan>([&](auto reply) { history.begin(ask, std::move(reply)); });
  }
  Result<ports::HistoryPart> next() {
    return wait<ports::HistoryPart>([&](auto reply) { history.next(std::move(reply)); });
  }

  // All parts, and how many there were.
  std::vector<core::PastSlice> read_all(int& parts) {
    std::vector<core::PastSlice> slices;
    for (parts = 1; parts < 1000; ++parts) {
      auto part = next();
      if (!part) {
        ADD_FAILURE() << part.error().message;
        return slices;
      }
      std::ranges::move(part->slices, std::back_inserter(slices));
      if (part->last) return slices;
    }
    return slices;
  }
};

TEST(PromHistory, EveryScrapeOfEveryPodIsCountedOnceAlsoOfThoseThatAreGone) {
  World world;
  const auto span = world.begin();
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(span->to - span->from, hours(10));
  EXPECT_FALSE(span->shortened || span->only_todays);
  int parts = 0;
  std::map<std::string, std::uint64_t> requests, errors;
  for (const auto& [slice, version] : world.read_all(parts)) {
    EXPECT_EQ(version, slice.target.substr(0, slice.target.size() - 6));
    EXPECT_EQ(slice.to - slice.from, seconds(scrape));
    requests[slice.target] += slice.requests;
    errors[slice.target] += slice.errors;
  }
  EXPECT_EQ(parts, 5) << "two hours each";
  // The first scrape of each is a base: nobody knows when its process began.
  EXPECT_EQ(requests[old_pod], 100U * (18'000 / scrape - 1));
  EXPECT_EQ(requests[new_pod], 100U * (18'000 / scrape - 1));
  EXPECT_EQ(errors[new_pod], requests[new_pod] / 100);
}

TEST(PromHistory, AQuestionThatIsTooLargeIsAskedForLess) {
  World world;
  world.trouble = [](std::int64_t window) -> std::optional<net::HttpResponse> {
    if (window <= 1800) return std::nullopt;
    return net::HttpResponse{
        .status = 422,
        .body = R"({"status":"error","errorType":"execution","error":"too many samples"})"};
  };
  ASSERT_TRUE(world.begin());
  int parts = 0;
  EXPECT_EQ(world.read_all(parts).size(), 2 * (18'000U / scrape - 1));
  EXPECT_EQ(parts, 20) << "half an hour each, though more is tried now and then";
}

TEST(PromHistory, AMomentOfTroubleIsWaitedFor) {
  World world;
  ASSERT_TRUE(world.begin());
  int failures = 3;
  world.trouble = [&](std::int64_t) -> std::optional<net::HttpResponse> {
    if (failures-- > 0) return net::HttpResponse{.status = 503, .body = "busy"};
    return std::nullopt;
  };
  int parts = 0;
  EXPECT_EQ(world.read_all(parts).size(), 2 * (18'000U / scrape - 1));
  EXPECT_LT(parts, 30) << "15 minutes after the trouble, and longer parts again later";
}

TEST(PromHistory, TroubleThatStaysIsAnErrorAfterSomeTries) {
  World world;
  ASSERT_TRUE(world.begin());
  world.asked.clear();
  world.trouble = [](std::int64_t) { return net::HttpResponse{.status = 503, .body = "busy"}; };
  const auto part = world.next();
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.asked.size(), static_cast<std::size_t>(history_tries_max));
}

TEST(PromHistory, WithoutAnySampleThereIsNoHistory) {
  World world;
  world.pods.clear();
  const auto span = world.begin();
  ASSERT_FALSE(span);
  EXPECT_EQ(span.error().kind, ErrorKind::no_data);
}

TEST(PromHistory, HoursInWhichNobodyWatchedAreAnAnswerToo) {
  World world;
  ASSERT_TRUE(world.begin(hours(20)));
  const auto part = world.next();
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->slices.empty());
  EXPECT_FALSE(part->last);
}

// Whoever had the address before is nobody we know.
TEST(PromHistory, PodsThatAreToldByTheirAddressAreOnlyTodays) {
  World world;
  world.label = {.name = "instance", .by_address = true};
  world.pods = {{"somebody", {36'000, 0}}};
  const auto span = world.begin();
  ASSERT_TRUE(span);
  EXPECT_TRUE(span->only_todays);
  int parts = 0;
  const auto slices = world.read_all(parts);
  EXPECT_EQ(slices.size(), 18'000U / scrape - 1);
  for (const auto& [slice, version] : slices)
    EXPECT_GE(slice.from, WallTime{seconds(now_seconds - 18'000)});
}

TEST(PromHistory, NoMoreIsReadThanTheLimit) {
  World world;
  // 80 samples in ten minutes; the limit is some 9,500 years of them, a year at most is asked for.
  const auto span = world.begin(hours(24 * 3650));
  ASSERT_TRUE(span);
  EXPECT_TRUE(span->shortened);
  EXPECT_LE(span->to - span->from, hours(24 * 366));
}

TEST(PromHistory, CountersThatCannotBeAreNamedAndCostTheOthersNothing) {
  World world;
  world.pods = {{old_pod, {18'000, 0}}, {new_pod, {18'000, 0}}};
  ASSERT_TRUE(world.begin(hours(2)));
  world.broken = old_pod;
  const auto part = world.next();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->lost.size(), 1U);
  for (const auto& [slice, version] : part->slices) EXPECT_EQ(slice.target, new_pod);
  EXPECT_FALSE(part->slices.empty());
}

}  // namespace
}  // namespace kai::edges
