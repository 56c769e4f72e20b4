#include "edges/kube_workload/pod_health.h"

#include <gtest/gtest.h>

#include <vector>

#include "codec/json.h"

namespace kai::edges {
namespace {

PodHealth health_of_container(const std::string& status) {
  const auto pod = codec::parse_json(
      R"({"metadata": {"name": "api-1"}, "status": {"containerStatuses": [)" + status + "]}}");
  return health_of(pod.value());
}

std::string waiting(const std::string& reason, const std::string& message) {
  return R"({"name": "api", "ready": false, "restartCount": 0, "state": {"waiting": {"reason": ")" +
         reason + R"(", "message": ")" + message + R"("}}})";
}

TEST(PodHealth, SaysInThePodsWordsWhyItCannotRun) {
  struct Row {
    std::string reason, message, code;
  };
  const std::vector<Row> rows = {
      {"CrashLoopBackOff", "back-off 10s restarting failed container", "crash_loop"},
      {"ImagePullBackOff", "Back-off pulling image", "image_pull"},
      {"InvalidImageName", "couldn't parse image name", "image_pull"},
      {"CreateContainerConfigError", "configmap kai-canary not found", "container_config"},
      {"RunContainerError", "exec: no such file or directory", "container_config"},
  };
  for (const Row& row : rows) {
    const PodHealth health = health_of_container(waiting(row.reason, row.message));
    ASSERT_TRUE(health.fatal.has_value()) << row.reason;
    EXPECT_EQ(health.fatal->code, row.code);
    EXPECT_EQ(health.fatal->sentence,
              "pod api-1, container api: " + row.reason + ": " + row.message);
  }
}

TEST(PodHealth, WhatTheKubeletTriesAgainByItselfIsNotFatal) {
  const std::vector<std::string> containers = {
      waiting("ContainerCreating", ""),
      waiting("PodInitializing", ""),
      waiting("ErrImagePull", "502 Bad Gateway"),
      waiting("CreateContainerConfigError",
              "failed to sync configmap cache: timed out waiting for the condition"),
      waiting("CreateContainerConfigError",
              "failed to sync secret cache: timed out waiting for the condition"),
  };
  for (const std::string& container : containers) {
    EXPECT_FALSE(health_of_container(container).fatal.has_value()) << container;
  }
}

TEST(PodHealth, FirstPullThatFailedIsToldApart) {
  const PodHealth health = health_of_container(waiting("ErrImagePull", "502 Bad Gateway"));
  ASSERT_TRUE(health.pull_error);
  EXPECT_EQ(health.pull_error->code, "image_pull");
  EXPECT_EQ(health.pull_error->sentence, "pod api-1, container api: ErrImagePull: 502 Bad Gateway");
  EXPECT_FALSE(health_of_container(waiting("ImagePullBackOff", "x")).pull_error);
}

}  // namespace
}  // namespace kai::edges
