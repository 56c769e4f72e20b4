#include "kubeapi/discovery.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"

namespace kai::kubeapi {
namespace {

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  Client client{http, timers, timers.clock(), ClusterAccess{.server = "https://api"},
                std::make_shared<Credentials>(UserAccess{}, "https://api", disk, process, wall,
                                              std::map<std::string, std::string>{}, nullptr)};
  Discovery discovery{client};

  Result<std::optional<ResourceKind>> find(const std::string& api_version,
                                           const std::string& kind) {
    std::optional<Result<std::optional<ResourceKind>>> got;
    discovery.find(api_version, kind, [&](auto result) { got = std::move(result); });
    EXPECT_FALSE(got.has_value()) << "a reply before the asking call returned";
    timers.advance(std::chrono::seconds(20));
    if (!got) return fail(ErrorKind::malformed, "no reply came");
    return *got;
  }
};

const std::string apps = R"({"kind":"APIResourceList","resources":[
  {"name":"deployments","kind":"Deployment","namespaced":true},
  {"name":"deployments/scale","kind":"Scale","namespaced":true},
  {"name":"things","kind":"Thing","namespaced":false}]})";

TEST(Discovery, KnowsPluralAndScopeAndAsksOncePerVersion) {
  World world;
  world.http.on("GET", "https://api/apis/apps/v1").reply(200, apps);
  EXPECT_EQ(world.find("apps/v1", "Deployment")->value(), kinds::deployment);
  EXPECT_FALSE(world.find("apps/v1", "Thing")->value().namespaced);
  EXPECT_EQ(world.http.log(), (std::vector<std::string>{"GET https://api/apis/apps/v1"}));
  EXPECT_FALSE(world.find("apps/v1", "Scale")->has_value()) << "a subresource is no kind";
}

TEST(Discovery, WhatWasNotThereMayComeLater) {
  World world;
  world.http.on("GET", "https://api/apis/apps/v1")
      .reply(404, "404 page not found\n")
      .reply(200, apps);
  EXPECT_FALSE(world.find("apps/v1", "Thing")->has_value());
  EXPECT_TRUE(world.find("apps/v1", "Thing")->has_value());
}

TEST(Discovery, TheCoreGroupHasItsOwnPlace) {
  World world;
  world.http.on("GET", "https://api/api/v1")
      .reply(200, R"({"resources":[{"name":"pods","kind":"Pod","namespaced":true}]})");
  EXPECT_EQ(world.find("v1", "Pod")->value(), kinds::pod);
}

TEST(Discovery, AManifestCannotLeadElsewhere) {
  World world;
  for (const std::string version : {"apps/v1/../../../api/v1/secrets", "../x", "apps/..", "a?b/v1",
                                    "apps/", "", "/v1", "A/v1"}) {
    EXPECT_EQ(world.find(version, "Thing").error().kind, ErrorKind::rejected) << version;
  }
  EXPECT_TRUE(world.http.log().empty());
}

TEST(Discovery, AFailureIsNotAbsence) {
  World world;
  world.http.on("GET", "https://api").reply(200, "{}");
  EXPECT_EQ(world.find("apps/v1", "Thing").error().kind, ErrorKind::malformed);
  world.http.on("GET", "https://api").reply(404, "<html>");
  EXPECT_EQ(world.find("apps/v1", "Thing").error().kind, ErrorKind::malformed);
  world.http.on("GET", "https://api").fail(ErrorKind::unavailable, "refused");
  EXPECT_EQ(world.find("apps/v1", "Thing").error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace kai::kubeapi
