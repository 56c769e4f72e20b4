#include "examples/shop/server_metrics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace shop {
namespace {

using std::chrono::milliseconds;

TEST(ServerMetricsTest, CountersStartAtZeroAndAreVisible) {
  const std::string text = ServerMetrics("api-server").exposition();
  EXPECT_NE(text.find("http_requests_total{service=\"api-server\",status_code=\"500\"} 0\n"),
            std::string::npos);
}

TEST(ServerMetricsTest, BucketsAreCumulativeAndBoundsBelongToTheirBucket) {
  ServerMetrics metrics("api-server");
  metrics.count(200, milliseconds(500));
  metrics.count(500, milliseconds(501));
  metrics.count(503, milliseconds(20'000));
  const std::string text = metrics.exposition();
  for (const char* line :
       {"le=\"0.25\"} 0\n", "le=\"0.5\"} 1\n", "le=\"1\"} 2\n", "le=\"10\"} 2\n",
        "le=\"+Inf\"} 3\n", "_count{service=\"api-server\"} 3\n", "status_code=\"503\"} 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
  }
}

}  // namespace
}  // namespace shop
