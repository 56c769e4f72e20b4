// The whole source against a scripted Prometheus: a small exposition, asked as the real one is.
#include "edges/prometheus/prom_source.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "edges/prometheus/prom_api.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using std::chrono::seconds;

constexpr std::int64_t epoch_seconds = 1767323045;  // where FakeWallClock stands

std::string series(const std::string& name, const std::string& pod, const std::string& label,
                   const std::string& samples) {
  return R"({"metric":{"__name__":")" + name + R"(","namespace":"shop","pod":")" + pod + "\"," +
         label + "},\"values\":[" + samples + "]}";
}

std::string sample(std::int64_t second, int value) {
  return "[" + std::to_string(epoch_seconds + second) + ",\"" + std::to_string(value) + "\"]";
}

std::string success(const std::string& type, const std::string& result) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}}";
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeWallClock wall;
  PrometheusSource source{http, nullptr, timers, timers.clock(), wall};
  std::string matrix;  // what a range selector finds
  std::string vector;  // what detection finds
  std::string sums;    // what the last ten minutes add up to
  std::string health_path = "/health";
  bool names_services = true;  // else the workload finds them by itself
  std::int64_t skew_seconds = 0;
  std::optional<net::HttpResponse> instead;  // of everything but time()
  std::vector<std::string> asked;            // bodies of range selectors
  std::string history;                       // what stable's pods did; empty: it is refused
  std::vector<std::string> asked_history;    // bodies of those questions
  core::Limits limits;

  World() {
    http.on("POST", "http://prom:9090/api/v1/query")
        .handle([this](const net::HttpRequest& request) -> Result<net::HttpResponse> {
          return net::HttpResponse{.status = status(request), .body = body(request)};
        });
    http.on("POST", "http://prom:9090/api/v1/query_range")
        .handle([this](const net::HttpRequest& request) -> Result<net::HttpResponse> {
          asked_history.push_back(request.body);
          if (history.empty()) return net::HttpResponse{.status = 422, .body = "{}"};
          return net::HttpResponse{.status = 200, .body = success("matrix", "[" + history + "]")};
        });
  }

  int status(const net::HttpRequest& request) const {
    return instead && !is_clock(request) ? instead->status : 200;
  }
  std::string body(const net::HttpRequest& request) {
    if (is_clock(request)) return success("scalar", now_sample());
    if (instead) return instead->body;
    if (request.body.find("increase") != std::string::npos)
      return success("vector", "[" + sums + "]");
    if (request.body.find("%5B") == std::string::npos ||
        request.body.find("ms%5D") == std::string::npos) {
      return success("vector", "[" + vector + "]");
    }
    asked.push_back(request.body);
    return success("matrix", "[" + matrix + "]");
  }
  static bool is_clock(const net::HttpRequest& request) {
    return request.body.starts_with("query=time%28%29");
  }
  std::string now_sample() const {
    const auto elapsed =
        std::chrono::duration_cast<seconds>(timers.now().since_start - std::chrono::hours(1))
            .count();
    const std::string now = std::to_string(epoch_seconds + elapsed + skew_seconds);
    return "[" + now + ",\"" + now + "\"]";
  }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    bool asking = true;
    ask(Reply<T>([&](Result<T> result) {
      EXPECT_FALSE(asking) << "a reply before the asking call returned";
      EXPECT_FALSE(got.has_value()) << "a second reply";
      got = std::move(result);
    }));
    asking = false;
    timers.settle();
    if (!got) return fail(ErrorKind::unavailable, "no reply");
    return std::move(*got);
  }

  Result<ports::Planned<ports::MetricPlan>> plan(core::MetricsInputs inputs = {
                                                     .address = "http://prom:9090"}) {
    core::Plan plan;
    plan.metrics = std::move(inputs);
    plan.limits = limits;
    if (names_services) plan.services = {{.name = "api", .port = {}, .path = health_path}};
    ports::WorkloadPlan workload{.data = {},
                                 .name_space = "shop",
                                 .services = {{.name = "api", .service = "api"}},
                                 .lines = {}};
    return wait<ports::Planned<ports::MetricPlan>>(
        [&](auto reply) { source.plan(plan, workload, stable(), std::move(reply)); });
  }
  Result<ports::Counters> count(const Tree& plan, const std::vector<ports::PodTarget>& pods) {
    return wait<ports::Counters>(
        [&](auto reply) { source.counters(plan, pods, std::move(reply)); });
  }

  static ports::PodTarget pod(const std::string& name, core::Arm arm,
                              std::int64_t started = -1000) {
    return {.service = 0,
            .arm = arm,
            .name = name,
            .address = "",
            .started_at = {seconds(epoch_seconds + started)},
            .ready = true};
  }
  static std::vector<ports::PodTarget> stable() { return {pod("api-1", core::Arm::baseline)}; }
  static std::vector<ports::PodTarget> both() {
    return {pod("api-1", core::Arm::baseline), pod("api-canary-1", core::Arm::canary)};
  }

  void find_usual() {
    vector =
        R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":"api-1","status_code":"200"},"value":[1,"5"]})";
    matrix = series("http_requests_total", "api-1", R"("status_code":"200")",
                    sample(-2, 5) + "," + sample(-1, 8));
    sums =
        R"({"metric":{"pod":"api-1","status_code":"200"},"value":[1,"570"]},{"metric":{"pod":"api-1","status_code":"500"},"value":[1,"30"]})";
  }
};

Tree planned(World& world) {
  world.find_usual();
  const auto plan = world.plan();
  EXPECT_TRUE(plan && plan->findings.empty());
  return plan ? plan->plan.data : Tree();
}

TEST(PromSource, PlanSaysWhatIsCountedAndWhatItFound) {
  World world;
  world.find_usual();
  const auto plan = world.plan();
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->findings.empty());
  EXPECT_EQ(plan->plan.scrape_interval, seconds(1));
  ASSERT_EQ(plan->plan.edges.size(), 1U);
  EXPECT_EQ(plan->plan.lines, (std::vector<std::string>{
                                  "prometheus http://prom:9090, scrapes every 1s",
                                  "api: http_requests_total by pod, errors are status_code 5xx, no "
                                  "latency histogram; last 10 min: 1.0 requests/s, 5.00% errors"}));
}

// Sums of stable's pod at moments 5 s apart.
std::string sums_of(const std::string& status, int first, int by) {
  std::string samples;
  for (int i = 0; i < 20; ++i) samples += (i == 0 ? "" : ",") + sample(5 * i - 100, first + i * by);
  return R"({"metric":{"pod":"api-1","status_code":")" + status + R"("},"values":[)" + samples +
         "]}";
}

TEST(PromSource, TheSequentialJudgeLearnsFromStablesPodsOnce) {
  World world;
  world.find_usual();
  world.limits.judge = core::JudgeRule::sequential;
  world.history = sums_of("200", 1000, 95) + "," + sums_of("500", 50, 5);
  const auto plan = world.plan();
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->plan.calibration.size(), 1U);
  const ports::Calibration& learned = plan->plan.calibration[0];
  EXPECT_NEAR(learned.requests_per_second, 20, 1e-9);
  EXPECT_NEAR(learned.error_share, 0.05, 1e-9);
  EXPECT_EQ(learned.errors.front().dispersion, 2) << "one pod tells nothing of another";
  ASSERT_EQ(plan->findings.size(), 1U);
  EXPECT_EQ(plan->findings[0].severity, ports::Severity::warning);
  EXPECT_NE(plan->findings[0].message.find("api has no two pods with counts side by side"),
            std::string::npos);
  ASSERT_EQ(world.asked_history.size(), 1U);
  EXPECT_NE(world.asked_history[0].find("step=5000ms"), std::string::npos)
      << world.asked_history[0];
}

// A range that begins later has no bases for what the other one counts.
TEST(PromSource, RequestsAndTimesAreLearnedFromOneRange) {
  World world;
  world.find_usual();
  for (int edge = 1; edge < 120; ++edge) {
    world.vector +=
        R"(,{"metric":{"__name__":"http_request_duration_seconds_bucket","namespace":"shop","pod":"api-1","le":")" +
        std::to_string(edge) + R"("},"value":[1,"5"]})";
  }
  world.limits.judge = core::JudgeRule::sequential;
  world.history = sums_of("200", 1000, 95);
  ASSERT_TRUE(world.plan());
  ASSERT_EQ(world.asked_history.size(), 2U);
  const auto range = [](const std::string& body) { return body.substr(body.find("&start=")); };
  ASSERT_NE(world.asked_history[0].find("&start="), std::string::npos) << world.asked_history[0];
  EXPECT_EQ(range(world.asked_history[0]), range(world.asked_history[1]));
}

TEST(PromSource, HealthChecksAreNotLearnedFrom) {
  World world;
  world.find_usual();
  world.vector =
      R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":"api-1","path":"/a","status_code":"200"},"value":[1,"5"]})";
  world.limits.judge = core::JudgeRule::sequential;
  world.history = sums_of("200", 1000, 95);
  ASSERT_TRUE(world.plan());
  ASSERT_EQ(world.asked_history.size(), 1U);
  EXPECT_NE(world.asked_history[0].find("path%21%3D%22%2Fhealth%22"), std::string::npos)
      << world.asked_history[0];
}

TEST(PromSource, WhatCannotBeLearnedIsAssumedAndSaid) {
  World world;
  world.find_usual();
  world.limits.judge = core::JudgeRule::sequential;
  const auto plan = world.plan();
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->plan.calibration.empty());
  ASSERT_EQ(plan->findings.size(), 1U);
  EXPECT_FALSE(ports::blocks(plan->findings[0]));
  EXPECT_NE(plan->findings[0].message.find("could not be learned"), std::string::npos);
}

TEST(PromSource, TheThresholdJudgeNeedsNoHistory) {
  World world;
  static_cast<void>(planned(world));
  EXPECT_TRUE(world.asked_history.empty());
}

// A version that nobody but the kubelet asks has no users to judge it by.
TEST(PromSource, RequestsOfTheHealthPathAreNoTraffic) {
  const auto idle_with = [](const std::string& health_path) {
    World world;
    world.find_usual();
    world.vector =
        R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":"api-1","path":"/a","status_code":"200"},"value":[1,"5"]})";
    world.sums =
        R"({"metric":{"pod":"api-1","path":"/ready","status_code":"200"},"value":[1,"600"]})";
    world.health_path = health_path;
    const auto plan = world.plan();
    EXPECT_TRUE(plan.has_value());
    const std::string lines = plan ? plan->plan.lines.back() : "";
    EXPECT_NE(lines.find("without path='" + health_path + "'"), std::string::npos) << lines;
    return plan && !plan->findings.empty();
  };
  EXPECT_TRUE(idle_with("/ready"));
  EXPECT_FALSE(idle_with("/health"));
}

TEST(PromSource, AServiceThatThePlanDoesNotNameHasTheUsualHealthPath) {
  World world;
  world.find_usual();
  world.vector =
      R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":"api-1","path":"/a","status_code":"200"},"value":[1,"5"]})";
  world.names_services = false;
  const auto plan = world.plan();
  ASSERT_TRUE(plan.has_value());
  EXPECT_NE(plan->plan.lines.back().find("without path='/health'"), std::string::npos)
      << plan->plan.lines.back();
}

TEST(PromSource, SourceThatCannotBeReachedCannotMeasure) {
  World world;
  const auto plan = world.plan({.address = "http://elsewhere:9090"});
  ASSERT_EQ(plan->findings.size(), 1U);
  EXPECT_EQ(plan->findings[0].check, "P12");
  EXPECT_EQ(plan->findings[0].severity, ports::Severity::cannot_measure);
}

TEST(PromSource, ClockThatIsOffCannotMeasure) {
  World world;
  world.find_usual();
  world.skew_seconds = 6;
  const auto plan = world.plan();
  ASSERT_EQ(plan->findings.size(), 1U);
  EXPECT_NE(plan->findings[0].message.find("its clock is 6s ahead"), std::string::npos)
      << plan->findings[0].message;
}

TEST(PromSource, NoSeriesAndNoTrafficCannotMeasure) {
  World world;
  EXPECT_EQ(world.plan()->findings.at(0).check, "P13");
  world.find_usual();
  world.sums.clear();
  const auto idle = world.plan();
  ASSERT_EQ(idle->findings.size(), 1U);
  EXPECT_NE(idle->findings[0].message.find("no requests in the last 10 minutes"),
            std::string::npos);
  EXPECT_TRUE(ports::blocks(idle->findings[0]));
  const auto allowed = world.plan({.address = "http://prom:9090", .allow_idle = true});
  ASSERT_EQ(allowed->findings.size(), 1U);
  EXPECT_FALSE(ports::blocks(allowed->findings[0]));
}

TEST(PromSource, WrongInputsAreRefusedBeforeAnythingIsAsked) {
  World world;
  EXPECT_EQ(world.plan({.enabled = false})->findings.size(), 1U);
  EXPECT_EQ(world.plan({.address = "ftp://x"})->findings.size(), 1U);
  EXPECT_EQ(world.plan({.address = "http://prom:9090", .preset = "x"})->findings.size(), 1U);
  EXPECT_TRUE(world.http.log().empty());
}

TEST(PromSource, BothArmsAreAskedForInOneQuery) {
  World world;
  const Tree plan = planned(world);
  world.asked.clear();
  world.http.clear_log();
  world.matrix += "," + series("http_requests_total", "api-canary-1", R"("status_code":"500")",
                               sample(-2, 1) + "," + sample(-1, 4));
  const auto counters = world.count(plan, World::both());
  ASSERT_TRUE(counters) << counters.error().message;
  EXPECT_EQ(world.asked.size(), 1U);
  EXPECT_NE(world.asked[0].find("api-1%7Capi-canary-1"), std::string::npos);
  ASSERT_EQ(counters->slices.size(), 2U);
  EXPECT_EQ(counters->slices[0].requests, 3U);
  EXPECT_EQ(counters->slices[1].arm, core::Arm::canary);
  EXPECT_EQ(counters->slices[1].errors, 3U);
  EXPECT_TRUE(counters->arms_apart);
  EXPECT_FALSE(counters->stale);
  EXPECT_TRUE(counters->silent_pods.empty());
}

TEST(PromSource, ManyPodsAreAskedForInPieces) {
  World world;
  const Tree plan = planned(world);
  world.asked.clear();
  std::vector<ports::PodTarget> pods;
  for (std::size_t i = 0; i <= prom_pods_per_query_max; ++i)
    pods.push_back(World::pod("api-" + std::to_string(i), core::Arm::baseline));
  ASSERT_TRUE(world.count(plan, pods));
  EXPECT_EQ(world.asked.size(), 2U);
}

TEST(PromSource, ReadyPodWithoutSeriesIsSilent) {
  World world;
  const Tree plan = planned(world);
  const auto counters = world.count(plan, World::both());
  EXPECT_EQ(counters->silent_pods, (std::vector<std::string>{"api-canary-1"}));
  EXPECT_FALSE(counters->arms_apart);
  EXPECT_TRUE(counters->stale);
}

TEST(PromSource, PodOfBothArmsIsNotApart) {
  World world;
  const Tree plan = planned(world);
  const auto counters = world.count(
      plan, {World::pod("api-1", core::Arm::baseline), World::pod("api-1", core::Arm::canary)});
  EXPECT_FALSE(counters->arms_apart);
}

TEST(PromSource, OldSamplesAreStale) {
  World world;
  const Tree plan = planned(world);
  ASSERT_FALSE(world.count(plan, World::stable())->stale);
  world.timers.advance(seconds(10));
  EXPECT_TRUE(world.count(plan, World::stable())->stale);
}

TEST(PromSource, GapIsBridgedByAWiderWindow) {
  World world;
  const Tree plan = planned(world);
  ASSERT_TRUE(world.count(plan, World::stable()));
  world.instead = net::HttpResponse{.status = 503, .body = "down"};
  world.timers.advance(seconds(300));
  EXPECT_EQ(world.count(plan, World::stable()).error().kind, ErrorKind::unavailable);
  world.instead.reset();
  world.matrix =
      series("http_requests_total", "api-1", R"("status_code":"200")", sample(299, 1000));
  world.asked.clear();
  const auto counters = world.count(plan, World::stable());
  ASSERT_EQ(counters->slices.size(), 1U);
  EXPECT_EQ(counters->slices[0].requests, 992U);
  EXPECT_NE(world.asked.at(0).find("%5B303"), std::string::npos) << world.asked[0];
}

TEST(PromSource, EveryKindOfTroubleHasItsKind) {
  World world;
  const Tree plan = planned(world);
  const std::vector<std::tuple<int, std::string, ErrorKind>> rows{
      {503, "busy", ErrorKind::unavailable},
      {429, "slow down", ErrorKind::unavailable},
      {422, "too many samples", ErrorKind::rejected},
      {403, "no", ErrorKind::rejected},
      {200, "<html>login</html>", ErrorKind::malformed},
      {200, success("matrix", "[]"), ErrorKind::no_data},
      {200, R"({"status":"success","warnings":["x"],"data":{"resultType":"matrix","result":[]}})",
       ErrorKind::unavailable}};
  for (const auto& [status, body, kind] : rows) {
    world.instead = net::HttpResponse{.status = status, .body = body};
    const auto counters = world.count(plan, World::stable());
    ASSERT_FALSE(counters) << body;
    EXPECT_EQ(counters.error().kind, kind) << body;
    EXPECT_NE(counters.error().message.find("http://prom:9090"), std::string::npos);
  }
}

TEST(PromSource, BrokenPodLosesItsIntervalAndNobodyElsesCounts) {
  World world;
  const Tree plan = planned(world);
  const auto other = [](const std::string& samples) {
    return "," + series("http_requests_total", "api-canary-1", R"("status_code":"200")", samples);
  };
  world.matrix += other(sample(-2, 1) + "," + sample(-1, 2));
  ASSERT_TRUE(world.count(plan, World::both()));
  const std::string healthy =
      series("http_requests_total", "api-1", R"("status_code":"200")", sample(0, 18));
  world.matrix = healthy + other("[" + std::to_string(epoch_seconds) + ",\"NaN\"]");
  world.timers.advance(seconds(1));
  EXPECT_EQ(world.count(plan, World::both()).error().kind, ErrorKind::malformed);
  world.matrix = healthy + other("[" + std::to_string(epoch_seconds) + ",\"NaN\"]," + sample(1, 9) +
                                 "," + sample(2, 11));
  world.timers.advance(seconds(2));
  const auto counters = world.count(plan, World::both());
  ASSERT_TRUE(counters) << counters.error().message;
  ASSERT_EQ(counters->slices.size(), 2U);
  EXPECT_EQ(counters->slices[0].requests, 10U);
  EXPECT_EQ(counters->slices[1].requests, 2U);
}

// Another plan forgets the source's clock while an answer for the first is still on its way.
TEST(PromSource, CallsForTwoPlansAreBothAnswered) {
  World world;
  const Tree plan = planned(world);
  ASSERT_TRUE(world.count(plan, World::stable()));  // the clock is known from here
  Tree other = plan;
  other.set_at("/scrape_ms", 2000);
  int answers = 0;
  for (const Tree& one : {plan, other}) {
    world.source.counters(one, World::stable(), [&](const Result<ports::Counters>& counters) {
      EXPECT_TRUE(counters) << counters.error().message;
      ++answers;
    });
  }
  world.timers.settle();
  EXPECT_EQ(answers, 2);
}

TEST(PromSource, PlanOfAnotherProgramIsMalformed) {
  World world;
  EXPECT_EQ(world.count(Tree("x"), World::stable()).error().kind, ErrorKind::malformed);
  EXPECT_EQ(world.count(planned(world), {}).error().kind, ErrorKind::no_data);
}

TEST(PromAddressTest, NameOfAServiceLeadsThroughTheApiServer) {
  const auto proxied = [](const std::string& base) {
    return proxied_address(*direct_address(base));
  };
  const auto found = proxied("http://prometheus-server.monitoring:9090/prom/");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name_space, "monitoring");
  EXPECT_EQ(found->service, "http:prometheus-server:9090");
  EXPECT_EQ(found->path, "/prom");
  EXPECT_TRUE(proxied("https://p.m.svc") && proxied("http://p.m.svc.cluster.local:9090"));
  for (const char* base : {"http://prometheus", "http://prometheus.example.com",
                           "http://10.0.0.1:9090", "http://[::1]:9090"}) {
    EXPECT_FALSE(proxied(base)) << base;
  }
  EXPECT_FALSE(direct_address("prometheus:9090"));
}

}  // namespace
}  // namespace kai::edges
