#include "edges/prometheus/pod_names.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

TEST(PodNames, OfADeploymentAreTakenAndNoOthers) {
  EXPECT_TRUE(is_pod_name_of("api-7d9f8b6c5d-x2x4z", "api"));
  EXPECT_TRUE(is_pod_name_of("api-server-74c9-q8q9z", "api-server"));
  for (const char* const name :
       {"api-canary-7d9f8b6c5d-x2x4z",  // our clone's
        "api-server-7d9f8b6c5d-x2x4z",  // of another Deployment
        "api-7d9f8b6c5d-x2x4", "api-7d9f8b6c5d-x2x4zz", "api-7d9f8b6c5d", "api-0", "api", "",
        "api-7d9f8b6c5d77-x2x4z", "api--x2x4z", "apis-7d9f8b6c5d-x2x4z"})
    EXPECT_FALSE(is_pod_name_of(name, "api")) << name;
}

TEST(PodNames, TellTheVersion) {
  EXPECT_EQ(version_in_pod_name("api-7d9f8b6c5d-x2x4z"), "api-7d9f8b6c5d");
  EXPECT_EQ(version_in_pod_name("api-0"), "api-0");
  EXPECT_EQ(version_in_pod_name("api"), "api");
}

}  // namespace
}  // namespace kai::edges
