#include "edges/helm/images.h"

#include <gtest/gtest.h>

#include <string>

namespace kai::edges {
namespace {

std::string deployment(const std::string& name, const std::string& image,
                       const std::string& config = "none") {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec:\n  template:\n    metadata: {labels: {app: " + name + "}}\n    spec:\n" +
         "      initContainers: [{name: i, image: 'busybox:1'}]\n" +
         "      containers: [{name: c, image: '" + image +
         "', envFrom: [{configMapRef: {name: " + config + "}}]}]\n";
}

std::string service(const std::string& name, const std::string& app) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         "}\nspec: {selector: {app: " + app + "}}\n";
}

std::vector<Document> parsed(const std::string& text) { return *parse_manifest(text, "shop"); }

TEST(Images, ReferencesAreTakenApart) {
  EXPECT_EQ(parse_image("nginx"), (ImageReference{.repository = "nginx"}));
  EXPECT_EQ(parse_image("host:5000/team/app"),
            (ImageReference{.repository = "host:5000/team/app"}));
  EXPECT_EQ(parse_image("host:5000/app:v2"),
            (ImageReference{.repository = "host:5000/app", .tag = "v2"}));
  EXPECT_EQ(parse_image("app:v2@sha256:ab"),
            (ImageReference{.repository = "app", .tag = "v2", .digest = "sha256:ab"}));
  EXPECT_EQ(parse_image(""), ImageReference{});
}

TEST(Images, TagOrDigestOfAnyContainerCounts) {
  const WorkloadImages workload{.images = {"busybox:1", "app:v2@sha256:ab"}};
  EXPECT_TRUE(carries(workload, "v2"));
  EXPECT_TRUE(carries(workload, "sha256:ab"));
  EXPECT_FALSE(carries(workload, "v"));
  EXPECT_FALSE(carries(workload, "v22"));
}

TEST(Images, InitContainersAreSeen) {
  const auto images = images_of(parsed(deployment("web", "app:v2")));
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].images, (std::vector<std::string>{"busybox:1", "app:v2"}));
}

TEST(Images, ServiceLeadsToTheWorkloadBehindIt) {
  const auto documents = parsed(deployment("web-deployment", "app:v2") +
                                service("web", "web-deployment") + deployment("other", "app:v2"));
  const core::Plan plan{.services = {{.name = "web"}}};
  const auto selected = selected_workloads(plan, documents, {}, "shop");
  ASSERT_EQ(selected.size(), 1U);
  EXPECT_EQ(selected[0].name, "web-deployment");
}

TEST(Images, AutomaticSelectionTakesWhatChanges) {
  const auto before = parsed(deployment("web", "app:v1") + deployment("same", "app:v1"));
  const auto after = parsed(deployment("web", "app:v2") + deployment("same", "app:v1"));
  const core::Plan plan{.services_auto = true};
  const auto selected = selected_workloads(plan, after, compare(before, after, {}), "shop");
  ASSERT_EQ(selected.size(), 1U);
  EXPECT_EQ(selected[0].name, "web");
}

TEST(Images, DefaultServicesThatTheReleaseLacksGoAutomatic) {
  const auto before = parsed(deployment("web", "app:v1"));
  const auto after = parsed(deployment("web", "app:v2"));
  core::Plan plan{.services = {{.name = "api-server"}}, .services_by_default = true};
  EXPECT_EQ(selected_workloads(plan, after, compare(before, after, {}), "shop").size(), 1U);
  plan.services_by_default = false;
  EXPECT_TRUE(selected_workloads(plan, after, compare(before, after, {}), "shop").empty());
}

TEST(Images, PodTemplateOrConfigItNamesCanBeCanaried) {
  const std::string config =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1'}\n";
  const std::string changed =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '2'}\n";
  const auto used = parsed(changed + deployment("web", "app:v1", "settings"));
  EXPECT_TRUE(can_be_canaried(compare(parsed(config), used, {})[0], used));
  const auto unused = parsed(changed + deployment("web", "app:v1", "settings-of-another"));
  EXPECT_FALSE(can_be_canaried(compare(parsed(config), unused, {})[0], unused));
  const auto web = parsed(deployment("web", "app:v2"));
  EXPECT_TRUE(can_be_canaried(compare(parsed(deployment("web", "app:v1")), web, {})[0], web));
}

TEST(Images, ReplicasAloneCannotBeCanaried) {
  const auto before = parsed(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, template: "
      "{}}\n");
  const auto after = parsed(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, template: "
      "{}}\n");
  EXPECT_FALSE(can_be_canaried(compare(before, after, {})[0], after));
}

}  // namespace
}  // namespace kai::edges
