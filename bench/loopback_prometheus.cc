#include "bench/loopback_prometheus.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace kai::bench {
namespace {

constexpr std::int64_t window_seconds = 10;
constexpr std::int64_t requests_per_second = 100;

std::int64_t whole_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.since_epoch).count();
}

std::string success(const std::string& type, const std::string& result) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}}";
}

}  // namespace

LoopbackPrometheus::LoopbackPrometheus(net::Loop& loop, const WallClock& wall, Answers answers)
    : wall_(wall), answers_(answers) {
  auto server = net::HttpServer::listen(
      loop, {},
      [this](net::HttpServerRequest request, std::shared_ptr<net::HttpResponder> responder) {
        const bool is_clock = request.body.starts_with("query=time%28%29");
        if (!is_clock) ++queries_;
        if (answers_ == Answers::never) return unanswered_.push_back(std::move(responder));
        responder->send({.status = 200, .body = is_clock ? clock() : counters()});
      });
  KAI_CHECK(server.has_value());
  server_ = std::move(*server);
}

edges::PromPlan LoopbackPrometheus::plan(std::size_t services) const {
  const edges::PromFamily family{
      .requests = "http_requests_total", .status_label = "status_code", .histogram = ""};
  return {.address = {.base = "http://127.0.0.1:" + std::to_string(server_->port())},
          .name_space_label = "namespace",
          .name_space = "shop",
          .pod_label = {.name = "pod"},
          .scrape_interval = std::chrono::seconds(1),
          .families = std::vector(services, family)};
}

void LoopbackPrometheus::set_pods(const std::vector<ports::PodTarget>& pods) {
  pods_.clear();
  for (const ports::PodTarget& pod : pods) pods_.push_back(pod.name);
}

std::size_t LoopbackPrometheus::waiting() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      unanswered_, [](const auto& responder) { return responder->is_open(); }));
}

std::string LoopbackPrometheus::clock() const {
  const std::string now = std::to_string(whole_seconds(wall_.now()));
  return success("scalar", "[" + now + ",\"" + now + "\"]");
}

// One series per pod, scraped each second.
std::string LoopbackPrometheus::counters() const {
  const std::int64_t now = whole_seconds(wall_.now());
  std::string samples;
  for (std::int64_t at = now - window_seconds; at < now; ++at) {
    samples += (samples.empty() ? "[" : ",[") + std::to_string(at) + ",\"" +
               std::to_string(at % 1'000'000 * requests_per_second) + "\"]";
  }
  std::string all;
  for (const std::string& pod : pods_) {
    all +=
        (all.empty() ? "" : ",") +
        std::string(R"({"metric":{"__name__":"http_requests_total","namespace":"shop","pod":")") +
        pod + R"(","status_code":"200"},"values":[)" + samples + "]}";
  }
  return success("matrix", "[" + all + "]");
}

}  // namespace kai::bench
