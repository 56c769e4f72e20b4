// backtest against a cluster and a Prometheus in memory: from the words of a person to the table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "codec/json.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/judge_traffic.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;

constexpr std::int64_t scrape = 15;
const std::string url = "http://prometheus-server.monitoring:9090/api/v1/query";

// Counters of some pods, one sample every 15 s up to the clock's now.
class PastPrometheus {
 public:
  explicit PastPrometheus(TestCluster& test) : test_(test) {
    test.http.on("POST", url).handle([this](const net::HttpRequest& request) {
      return answer(request.body);
    });
  }

  // The pod was scraped from `first` to `last` hours before now; 300 requests a scrape, of which
  // `share` fail.
  void put(const std::string& pod, double first, double last, double share = 0.01) {
    fakes::Traffic traffic(pods_.size() + 1);
    std::uint64_t good = 5000, bad = 50;
    std::vector<Sample>& samples = pods_[pod];
    for (std::int64_t at = began(first); at <= now() - static_cast<std::int64_t>(last * 3600);
         at += scrape) {
      good += traffic.poisson(300 * (1 - share));
      bad += traffic.poisson(300 * share);
      samples.push_back({.at = at, .good = good, .bad = bad});
    }
  }

  int questions = 0;
  int busy_after = 1'000'000;  // questions

 private:
  struct Sample {
    std::int64_t at;
    std::uint64_t good, bad;
  };

  [[nodiscard]] std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(test_.wall.now().since_epoch).count();
  }
  [[nodiscard]] std::int64_t began(double hours) const {
    return (now() - static_cast<std::int64_t>(hours * 3600)) / scrape * scrape;
  }

  static std::int64_t number_after(const std::string& body, const std::string& key) {
    const std::size_t at = body.find(key);
    return at == std::string::npos ? 0 : std::atoll(body.c_str() + at + key.size());
  }

  Result<net::HttpResponse> answer(const std::string& body) {
    if (++questions > busy_after) return net::HttpResponse{.status = 503, .body = "busy"};
    if (body.starts_with("query=time%28%29")) {
      const std::string text = std::to_string(now());
      return success("scalar", "[" + text + ",\"" + text + "\"]");
    }
    if (body.find("increase") != std::string::npos) return success("vector", "[]");
    const std::int64_t asked = number_after(body, "&time=");
    const std::int64_t until = asked == 0 ? now() : asked;
    const std::int64_t window = number_after(body, "%7D%5B") / 1000;
    return success("matrix", "[" + series(until, window == 0 ? 300 : window) + "]");
  }

  static net::HttpResponse success(const std::string& type, const std::string& result) {
    return {.status = 200,
            .body = R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" +
                    result + "}}"};
  }

  [[nodiscard]] std::string series(std::int64_t until, std::int64_t window) const {
    std::string all;
    for (const auto& [pod, samples] : pods_) {
      for (const char* const status : {"200", "500"}) {
        std::string values;
        for (const Sample& sample : samples) {
          if (sample.at <= until - window || sample.at > until) continue;
          const std::uint64_t value = status[0] == '2' ? sample.good : sample.bad;
          values += (values.empty() ? "[" : ",[") + std::to_string(sample.at) + ",\"" +
                    std::to_string(value) + "\"]";
        }
        if (values.empty()) continue;
        all += (all.empty() ? "" : ",") +
               (R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":")" + pod +
                R"(","status_code":")" + status + R"("},"values":[)" + values + "]}");
      }
    }
    return all;
  }

  TestCluster& test_;
  std::map<std::string, std::vector<Sample>> pods_;
};

struct Backtest : ::testing::Test {
  TestCluster test;
  PastPrometheus prometheus{test};
  const std::vector<std::string> pods{"api-server-7d9f8b6c5d-b2b2b", "api-server-7d9f8b6c5d-c4c4c",
                                      "api-server-7d9f8b6c5d-d5d5d"};

  Backtest() {
    const std::string manifest =
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api-server}\n"
        "spec: {template: {metadata: {labels: {app: api}}}}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: api-server}\n"
        "spec: {selector: {app: api}, ports: [{port: 80}]}\n";
    test.store_revision("kai", 3, "deployed", "Upgrade complete", manifest);
    test.kube.put_json("/apis/apps/v1/namespaces/shop/deployments/api-server",
                       R"({"metadata":{"uid":"d"},"status":{"readyReplicas":3}})");
    test.kube.put_json("/apis/apps/v1/namespaces/shop/replicasets/api-server-7d9f8b6c5d",
                       R"({"metadata":{"uid":"r","ownerReferences":[{"uid":"d"}]}})");
    for (const std::string& pod : pods)
      test.kube.put_json(
          "/api/v1/namespaces/shop/pods/" + pod,
          R"({"metadata":{"ownerReferences":[{"uid":"r"}]},"status":{"podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}]}})");
  }

  int run(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"backtest", "kai", "--days=1"};
    words.insert(words.end(), more.begin(), more.end());
    return test.run(words);
  }
  Tree seen() { return codec::parse_json(test.out).value(); }
};

TEST_F(Backtest, ADayOfAReleaseBecomesATableAndNothingIsChanged) {
  for (const std::string& pod : pods) prometheus.put(pod, 24, 0);
  EXPECT_EQ(run(), 0) << test.err;
  EXPECT_TRUE(test.out.starts_with("NOT ENOUGH TO TELL: 0 of 137 rollouts of the same version"))
      << test.out;
  EXPECT_NE(test.out.find("take more --days"), std::string::npos) << test.out;
  EXPECT_NE(test.err.find("rollouts so far"), std::string::npos) << test.err;
  EXPECT_TRUE(test.kube.log.empty());
  EXPECT_EQ(run({"-o", "json"}), 0) << test.err;
  EXPECT_EQ(seen().text_or("/kind", ""), "Backtest");
  EXPECT_EQ(seen().int_at("/services/0/podsLeast"), 3);
  EXPECT_GT(seen().number_at("/shifts/1/sequential/rate").value_or(0), 0.9);
  EXPECT_TRUE(seen().bool_at("/complete").value_or(false));
}

TEST_F(Backtest, TheSameHistoryGivesTheSameFigures) {
  for (const std::string& pod : pods) prometheus.put(pod, 8, 0);
  EXPECT_EQ(run({"-o", "json"}), 0) << test.err;
  const Tree first = seen();
  EXPECT_EQ(run({"-o", "json"}), 0) << test.err;
  EXPECT_EQ(*first.at("/evidenceMean"), *seen().at("/evidenceMean"));
}

TEST_F(Backtest, FollowsThePlansOwnSettings) {
  for (const std::string& pod : pods) prometheus.put(pod, 8, 0);
  EXPECT_EQ(run({"--canary-time=30", "--steps=5,20", "--health-threshold=99.5", "-o", "json"}), 0)
      << test.err;
  EXPECT_EQ(seen().number_at("/windowSeconds"), 1800);
  const std::optional<std::int64_t> windows = seen().int_at("/identical/threshold/windows");
  EXPECT_EQ(seen().int_at("/identical/threshold/rolledBack"), windows)
      << "1 % of errors is below a limit of 99.5 %";
}

TEST_F(Backtest, PodsThatAreGoneCountAndADeployIsLeftOut) {
  prometheus.put("api-server-64b9c5f7d8-q8q9z", 24, 12);
  prometheus.put("api-server-64b9c5f7d8-z9z9z", 24, 12);
  prometheus.put("api-server-canary-64b9c5f7d8-z9z9z", 24, 12, 0.9);
  for (const std::string& pod : pods) prometheus.put(pod, 12.1, 0);
  EXPECT_EQ(run({"-o", "json"}), 0) << test.err;
  EXPECT_GT(seen().int_at("/identical/sequential/windows").value_or(0), 120);
  EXPECT_EQ(seen().int_at("/identical/sequential/rolledBack"), 0) << "a canary is not stable";
  EXPECT_GT(seen().number_at("/leftOut/deploysSeconds").value_or(0), 0);
  EXPECT_EQ(seen().int_at("/services/0/podsLeast"), 2);
}

TEST_F(Backtest, OnePodIsSplitByRequestsAndSaysSo) {
  prometheus.put(pods[0], 8, 0);
  EXPECT_EQ(run(), 0) << test.err;
  EXPECT_NE(test.out.find("so its requests were dealt out one by one"), std::string::npos)
      << test.out;
}

TEST_F(Backtest, AnHourOfHistoryIsNoneAndHasNoFigures) {
  for (const std::string& pod : pods) prometheus.put(pod, 1, 0);
  EXPECT_EQ(run(), 6);
  EXPECT_TRUE(test.out.starts_with("NOTHING CAN BE SAID: ")) << test.out;
  EXPECT_EQ(test.out.find("SEQUENTIAL"), std::string::npos) << test.out;
}

TEST_F(Backtest, WithoutAnyCounterItCannotBeMeasured) {
  EXPECT_EQ(run(), 6);
  EXPECT_NE(test.err.find("cannot measure P13"), std::string::npos) << test.err;
  EXPECT_EQ(test.out, "");
}

TEST_F(Backtest, ASourceThatGivesUpLeavesWhatWasReadAndSaysSo) {
  for (const std::string& pod : pods) prometheus.put(pod, 24, 0);
  prometheus.busy_after = 12;
  test.step = std::chrono::seconds(1);
  EXPECT_EQ(run({"-o", "json"}), 3) << test.err;
  EXPECT_FALSE(seen().bool_at("/complete").value_or(true));
  EXPECT_GT(seen().int_at("/identical/sequential/windows").value_or(0), 10);
  EXPECT_NE(test.out.find("was not read to its end"), std::string::npos) << test.out;
}

TEST_F(Backtest, APersonWhoStopsItSeesWhatWasRead) {
  for (const std::string& pod : pods) prometheus.put(pod, 24, 0);
  std::function<void()> later = [&] {
    if (prometheus.questions > 10 && test.app.on_signal) return test.app.on_signal(2);
    test.loop.at(test.steady.now(), later);
  };
  test.loop.at(test.steady.now(), later);
  EXPECT_EQ(run(), 130) << test.err;
  EXPECT_NE(test.out.find("stopped by a person"), std::string::npos) << test.out;
  EXPECT_FALSE(test.app.on_signal) << "the next signal ends the program";
}

TEST_F(Backtest, AReleaseThatIsNotThereIsRefused) {
  EXPECT_EQ(test.run({"backtest", "cart"}), 4);
  EXPECT_NE(test.err.find("there is no release 'cart'"), std::string::npos) << test.err;
}

TEST_F(Backtest, AServiceThatIsNotThereIsRefused) {
  EXPECT_EQ(run({"--critical-services=api-serve"}), 4);
  EXPECT_NE(test.err.find("did you mean api-server?"), std::string::npos) << test.err;
}

TEST_F(Backtest, OneMachineHasNoHistory) {
  EXPECT_EQ(test.run({"backtest", "kai.yaml"}), 6);
  EXPECT_NE(test.err.find("on one machine no history is kept"), std::string::npos) << test.err;
}

TEST_F(Backtest, DaysAreAFewWholeOnes) {
  for (const char* const days : {"0", "31", "-1", "7d", "1e3", ""}) {
    EXPECT_EQ(test.run({"backtest", "kai", std::string("--days=") + days}), 2) << days;
    EXPECT_TRUE(test.http.log().empty());
  }
  EXPECT_EQ(test.run({"backtest", "kai", "--helm-timeout=5"}), 2) << "nothing is upgraded";
}

}  // namespace
}  // namespace kai::app
