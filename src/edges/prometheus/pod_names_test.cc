#include "edges/prometheus/pod_names.h"

#include <gtest/gtest.h>

#include <string>

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

// The API server cuts what is longer than 58 letters and leaves no dash before its five.
TEST(PodNames, OfADeploymentWithALongNameTellTheVersionToo) {
  const std::string cut = std::string(50, 'a') + "-7d9f8b6";
  ASSERT_EQ(cut.size(), 58U);
  EXPECT_EQ(version_in_pod_name(cut + "x2x4z"), cut);
  EXPECT_EQ(version_in_pod_name(cut + "q8q9z"), cut);
  EXPECT_EQ(version_in_pod_name(cut + "x2a4z"), cut + "x2a4z") << "no such letters";
}

}  // namespace
}  // namespace kai::edges
