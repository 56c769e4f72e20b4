#include "edges/prometheus/prom_detect.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kai::edges {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

const std::vector<ports::PodTarget> pods{{.name = "api-1", .address = "10.0.0.1"},
                                         {.name = "api-2", .address = "10.0.0.2"}};
const PromPodLabel by_pod{.name = "pod"};

PromSeries series(const std::string& name, Labels labels) {
  labels.emplace_back("__name__", name);
  std::ranges::sort(labels);
  return {.labels = std::move(labels), .samples = {}};
}

std::vector<PromSeries> counter(const std::string& name, const std::string& label,
                                const std::vector<std::string>& values) {
  std::vector<PromSeries> all;
  for (const std::string& value : values)
    all.push_back(series(name, {{"pod", "api-1"}, {label, value}}));
  return all;
}

std::vector<PromSeries> with_buckets(std::vector<PromSeries> all, const std::string& name,
                                     const std::vector<std::string>& edges) {
  for (const std::string& edge : edges)
    all.push_back(series(name, {{"pod", "api-1"}, {"le", edge}}));
  return all;
}

DetectedFamily detect(const std::vector<PromSeries>& all, const std::string& preset = "") {
  return detect_family(all, by_pod, pods, preset);
}

TEST(PromDetect, CommonNamesAreFoundWithTheirEdges) {
  const auto found =
      detect(with_buckets(counter("http_requests_total", "status_code", {"200", "503"}),
                          "http_request_duration_seconds_bucket", {"0.5", "0.1", "0.10", "+Inf"}));
  ASSERT_TRUE(found.family);
  EXPECT_EQ(*found.family, (PromFamily{.requests = "http_requests_total",
                                       .status_label = "status_code",
                                       .histogram = "http_request_duration_seconds_bucket",
                                       .unit_seconds = 1,
                                       .edges = {0.1, 0.5}}));
}

TEST(PromDetect, MillisecondsBecomeSeconds) {
  const auto found =
      detect(with_buckets(counter("shop_http_requests_total", "code", {"2xx", "5xx"}),
                          "shop_http_request_duration_ms_bucket", {"250", "+Inf"}));
  ASSERT_TRUE(found.family);
  EXPECT_EQ(found.family->status_label, "code");
  EXPECT_EQ(found.family->histogram, "shop_http_request_duration_ms_bucket");
  EXPECT_EQ(found.family->edges, (std::vector<double>{0.25}));
}

// Probes of the kubelet are no users: they always succeed, and dilute what users see.
TEST(PromDetect, HealthChecksAreLeftOutWhereEverySeriesTellsItsPath) {
  const auto detected = [](const Labels& of_counter, const Labels& of_histogram,
                           const std::string& path) {
    Labels counts{{"pod", "api-1"}, {"status", "200"}};
    counts.insert(counts.end(), of_counter.begin(), of_counter.end());
    Labels times{{"pod", "api-1"}, {"le", "0.5"}};
    times.insert(times.end(), of_histogram.begin(), of_histogram.end());
    const auto found = detect_family({series("http_requests_total", counts),
                                      series("http_request_duration_seconds_bucket", times)},
                                     by_pod, pods, "", path);
    return found.family ? found.family->path_label + " " + found.family->health_path : "none";
  };
  const Labels path{{"path", "/health"}};
  const Labels uri{{"uri", "/a"}};
  EXPECT_EQ(detected(path, path, "/health"), "path /health");
  EXPECT_EQ(detected(uri, uri, "/ready"), "uri /ready");
  EXPECT_EQ(detected({}, {}, "/health"), " ") << "no series tells its path";
  EXPECT_EQ(detected(path, {}, "/health"), " ") << "the histogram would count what is left out";
  EXPECT_EQ(detected(path, path, ""), " ");
}

TEST(PromDetect, ALabelWithoutPathsIsNoPathLabel) {
  const auto detected = [](Labels labels) {
    labels.emplace_back("pod", "api-1");
    labels.emplace_back("status", "200");
    const auto found =
        detect_family({series("http_requests_total", labels)}, by_pod, pods, "", "/health");
    return found.family ? found.family->path_label : "none";
  };
  EXPECT_EQ(detected({{"endpoint", "http-metrics"}}), "") << "the Operator's name of the port";
  EXPECT_EQ(detected({{"endpoint", "http-metrics"}, {"url", "/buy"}}), "url");
  EXPECT_EQ(detected({{"endpoint", "/buy"}}), "endpoint");
  EXPECT_EQ(detected({{"handler", "main.Buy"}, {"http_route", "/buy"}}), "http_route");
}

TEST(PromDetect, OneSeriesWithoutAPathKeepsAll) {
  const auto found = detect_family(
      {series("http_requests_total", {{"pod", "api-1"}, {"status", "200"}, {"path", "/a"}}),
       series("http_requests_total", {{"pod", "api-1"}, {"status", "500"}})},
      by_pod, pods, "", "/health");
  ASSERT_TRUE(found.family);
  EXPECT_EQ(found.family->path_label, "");
}

TEST(PromDetect, HistogramsOwnCountServesWhereThereIsNoOther) {
  const auto found =
      detect(with_buckets(counter("http_request_duration_seconds_count", "status", {"200"}),
                          "http_request_duration_seconds_bucket", {"1", "+Inf"}));
  ASSERT_TRUE(found.family);
  EXPECT_EQ(found.family->requests, "http_request_duration_seconds_count");
}

TEST(PromDetect, CounterWithoutLatencyIsUsable) {
  const auto found = detect(counter("http_requests_total", "code", {"200"}));
  ASSERT_TRUE(found.family);
  EXPECT_TRUE(found.family->histogram.empty() && found.family->edges.empty());
}

TEST(PromDetect, LabelThatHoldsWordsIsNoStatus) {
  const auto found = detect(counter("http_requests_total", "status", {"success", "failure"}));
  ASSERT_FALSE(found.family);
  EXPECT_NE(found.why.find("found http_requests_total{pod,status}"), std::string::npos)
      << found.why;
}

TEST(PromDetect, RecordingRuleIsNoCounter) {
  EXPECT_FALSE(detect(counter("job:http_requests_total", "code", {"200"})).family);
  EXPECT_FALSE(detect(counter("nothttp_requests_total", "code", {"200"})).family);
}

TEST(PromDetect, SeriesOfOtherPodsProveNothing) {
  const std::vector<PromSeries> all{
      series("http_requests_total", {{"pod", "else-1"}, {"code", "200"}})};
  EXPECT_FALSE(detect(all).family);
  EXPECT_FALSE(detect_pod_label(all, pods));
}

TEST(PromDetect, PresetNarrowsTheChoice) {
  auto all = counter("http_requests_total", "code", {"200"});
  for (PromSeries& one : counter("http_server_requests_seconds_count", "status", {"200"})) {
    all.push_back(std::move(one));
  }
  EXPECT_EQ(detect(all).family->requests, "http_requests_total");
  EXPECT_EQ(detect(all, "micrometer").family->requests, "http_server_requests_seconds_count");
  EXPECT_EQ(detect(all, "seed").family->requests, "http_requests_total");
  EXPECT_TRUE(is_prom_preset("") && is_prom_preset("seed") && is_prom_preset("otel-http"));
  EXPECT_FALSE(is_prom_preset("nonsense"));
}

TEST(PromDetect, PodIsNamedByTheFirstLabelThatFits) {
  const PromSeries exported =
      series("http_requests_total", {{"pod", "exporter"}, {"exported_pod", "api-1"}});
  EXPECT_EQ(detect_pod_label({exported}, pods), (PromPodLabel{.name = "exported_pod"}));
  const PromSeries bare = series("http_requests_total", {{"instance", "10.0.0.2:9000"}});
  EXPECT_EQ(detect_pod_label({bare}, pods), (PromPodLabel{.name = "instance", .by_address = true}));
  const PromSeries near = series("http_requests_total", {{"instance", "10.0.0.22:9000"}});
  EXPECT_FALSE(detect_pod_label({near}, pods));
}

TEST(PromDetect, NamespaceLabelMustHoldEverywhere) {
  const PromSeries mine = series("a", {{"pod", "api-1"}, {"namespace", "shop"}});
  const PromSeries odd = series("a", {{"pod", "api-2"}, {"namespace", "monitoring"}});
  EXPECT_EQ(detect_name_space_label({mine}, by_pod, pods, "shop"), "namespace");
  EXPECT_EQ(detect_name_space_label({mine, odd}, by_pod, pods, "shop"), "");
}

TEST(PromDetect, ScrapeIntervalIsTheUsualDistance) {
  PromSeries one;
  for (const int millisecond : {0, 1000, 2003, 3001, 9000}) {
    one.samples.push_back({.at = {std::chrono::milliseconds(millisecond)}, .value = 0});
  }
  EXPECT_EQ(measure_scrape_interval({one}), std::chrono::milliseconds(1003));
  EXPECT_EQ(measure_scrape_interval({}), Duration::zero());
}

}  // namespace
}  // namespace kai::edges
