// The metric source over real sockets, against what may stand in the place of Prometheus: an error
// of the right kind that names the source, never counts.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "edges/prometheus/prom_plan.h"
#include "edges/prometheus/prom_samples.h"
#include "edges/prometheus/prom_source.h"
#include "net/http_beast_client.h"
#include "net/http_server.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/test_loop.h"

namespace kai::edges {
namespace {

std::string success(const std::string& type, const std::string& result) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}}";
}

std::string ok(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

std::string with_length(const std::string& body) {
  return ok("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

std::string counter(const std::string& samples) {
  return with_length(
      success("matrix",
              R"([{"metric":{"__name__":"http_requests_total","pod":"api-1","status_code":"200"},)"
              R"("values":[)" +
                  samples + "]}]"));
}

// Tells the time, and answers every other question with the same bytes.
class PromHostile : public testing::Test {
 protected:
  PromHostile() {
    auto listening = net::HttpServer::listen(
        test.loop(), {},
        [this](const net::HttpServerRequest& request,
               const std::shared_ptr<net::HttpResponder>& responder) {
          if (request.body.starts_with("query=time%28%29")) {
            return responder->send({.status = 200, .body = success("scalar", R"([1000,"1000"])")});
          }
          responder->raw(bytes);
          responder->close();
        });
    EXPECT_TRUE(listening.has_value());
    server = std::move(*listening);
  }

  Tree plan() const {
    return pack_prom_plan(
        {.address = {.base = "http://127.0.0.1:" + std::to_string(server->port())},
         .name_space_label = "",
         .name_space = "",
         .pod_label = {.name = "pod"},
         .scrape_interval = std::chrono::seconds(1),
         .families = {{.requests = "http_requests_total",
                       .status_label = "status_code",
                       .histogram = "",
                       .edges = {}}}});
  }
  Result<ports::Counters> count(const std::string& answer) {
    bytes = answer;
    const std::vector<ports::PodTarget> pods{{.service = 0,
                                              .arm = core::Arm::canary,
                                              .name = "api-1",
                                              .address = "",
                                              .started_at = {},
                                              .ready = true}};
    net::BeastHttpClient http(test.loop(), {});  // no connection of the row before
    PrometheusSource source(http, nullptr, test.loop(), test.clock(), wall);
    return net::await<ports::Counters>(test.loop(), [&](Reply<ports::Counters> reply) {
      source.counters(plan(), pods, std::move(reply));
    });
  }

  fakes::TestLoop test;
  fakes::FakeWallClock wall;
  std::string bytes;
  std::unique_ptr<net::HttpServer> server;
};

TEST_F(PromHostile, HonestAnswerIsCounted) {
  const auto counters = count(counter(R"([998,"5"],[999,"8"])"));
  ASSERT_TRUE(counters) << counters.error().message;
  ASSERT_EQ(counters->slices.size(), 1U);
  EXPECT_EQ(counters->slices[0].requests, 3U);
}

TEST_F(PromHostile, GarbageHasItsKindAndIsNeverCounted) {
  const std::string half = R"({"status":"success","data":{"resultType":"mat)";
  const std::string page = "<html><body>502 Bad Gateway</body></html>";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  struct Row {
    const char* what;
    std::string bytes;
    ErrorKind kind;
  };
  for (const Row& row : std::vector<Row>{
           {"half a JSON, whole by its length", with_length(half), ErrorKind::malformed},
           {"half a JSON, cut", ok("Content-Length: 500\r\n", half), ErrorKind::unavailable},
           {"a chunk cut in the middle", ok(chunked, "ff\r\n" + half), ErrorKind::unavailable},
           {"the page of a proxy as 200", with_length(page), ErrorKind::malformed},
           {"the page of a proxy as 502", "HTTP/1.1 502 Bad\r\n\r\n" + page,
            ErrorKind::unavailable},
           {"a login as 302", "HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n",
            ErrorKind::rejected},
           {"nothing", "", ErrorKind::unavailable},
           {"an empty body", with_length(""), ErrorKind::malformed},
           {"a hexadecimal count", counter(R"([998,"5"],[999,"0x10"])"), ErrorKind::malformed},
           {"a hexadecimal float", counter(R"([998,"5"],[999,"0x1p3"])"), ErrorKind::malformed},
           {"a count as a number", counter(R"([998,"5"],[999,8])"), ErrorKind::malformed},
           {"NaN", counter(R"([998,"5"],[999,"NaN"])"), ErrorKind::malformed},
           {"infinity", counter(R"([998,"5"],[999,"+Inf"])"), ErrorKind::malformed},
           {"NaN as JSON", counter(R"([998,"5"],[999,NaN])"), ErrorKind::malformed},
           {"a count beyond 2^53", counter(R"([998,"5"],[999,"1e300"])"), ErrorKind::malformed},
           {"half a request", counter(R"([998,"5"],[999,"5.5"])"), ErrorKind::malformed},
           {"brackets without an end", with_length(std::string(1'000'000, '[')),
            ErrorKind::malformed},
           {"bytes that are no text", with_length(std::string("\xff\xfe\0\1", 4)),
            ErrorKind::malformed},
           {"a header of 1 MiB", ok("X: " + std::string(std::size_t{1} << 20, 'x') + "\r\n", ""),
            ErrorKind::malformed},
       }) {
    const auto counters = count(row.bytes);
    ASSERT_FALSE(counters) << row.what;
    EXPECT_EQ(counters.error().kind, row.kind) << row.what << ": " << counters.error().message;
    EXPECT_NE(counters.error().message.find("prometheus http://127.0.0.1"), std::string::npos)
        << row.what << ": " << counters.error().message;
    EXPECT_LT(counters.error().message.size(), 1000U) << row.what;
  }
}

// Twice as much as the source reads, and no end: what it says it is, or no length at all.
TEST_F(PromHostile, BodyOf64MebibytesIsMalformed) {
  const std::string body(2 * prom_answer_bytes_max, ' ');
  for (const std::string& answer : {with_length(body), ok("", body)}) {
    const auto counters = count(answer);
    ASSERT_FALSE(counters);
    EXPECT_EQ(counters.error().kind, ErrorKind::malformed);
    EXPECT_NE(counters.error().message.find("longer than allowed"), std::string::npos)
        << counters.error().message;
  }
}

}  // namespace
}  // namespace kai::edges
