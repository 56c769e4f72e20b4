// What bringing up writes: all that is not so yet, and nothing else.
#include "edges/kube_workload/bring_up.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "codec/json.h"
#include "codec/yaml.h"
#include "edges/kube_workload/labels.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"

namespace kai::edges {
namespace {

using Lines = std::vector<std::string>;

Tree yaml(const std::string& text) { return codec::parse_yaml(text).value(); }

Tree planned(const std::string& kind, const std::string& name) {
  return yaml("{kind: " + kind + ", metadata: {name: " + name +
              ", labels: {}, annotations: {}}, spec: {replicas: 1}}");
}

// Keeps what is applied, by kind and name, as an API server does.
struct World {
  std::map<std::string, Tree> objects;  // "deployments/api-canary"
  Lines written;
  std::string refused;  // object that the server does not take

  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  kubeapi::Client client{
      http, timers, timers.clock(), kubeapi::ClusterAccess{.server = "https://api"},
      std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, "https://api", disk, process,
                                             wall, std::map<std::string, std::string>{}, nullptr)};
  WorkloadData data{
      .name_space = "shop",
      .release = "kai",
      .services = {{.name = "api",
                    .service = "api",
                    .canary_service = "api-canary",
                    .workload = "api",
                    .canary_workload = "api-canary",
                    .candidate_template = {},
                    .stable_template = {}}},
      .objects = {planned("ConfigMap", "settings-1"), planned("Service", "api-canary"),
                  planned("Deployment", "api-canary")}};

  explicit World(int stable_pods) {
    stable_has(stable_pods);
    http.on("GET", "https://api").handle([this](const net::HttpRequest& request) {
      return list(request.url);
    });
    http.on("PATCH", "https://api").handle([this](const net::HttpRequest& request) {
      return apply(request);
    });
  }
  void stable_has(int pods) {
    objects["deployments/api"] =
        yaml("{metadata: {name: api}, status: {readyReplicas: " + std::to_string(pods) + "}}");
  }
  static std::string plural_in(const std::string& url) {
    const std::size_t at = url.find("/namespaces/shop/") + 17;
    return url.substr(at, url.find_first_of("/?", at) - at);
  }
  Result<net::HttpResponse> list(const std::string& url) const {
    Tree items = Tree::list();
    for (const auto& [key, object] : objects) {
      if (key.starts_with(plural_in(url) + "/")) items.push_back(object);
    }
    return net::HttpResponse{.status = 200,
                             .body = codec::write_json(Tree(Tree::Map{{"items", items}}))};
  }
  Result<net::HttpResponse> apply(const net::HttpRequest& request) {
    const Tree object = codec::parse_json(request.body).value();
    const std::string key = plural_in(request.url) + "/" + object.text_or("/metadata/name", "?");
    if (key == refused) {
      return net::HttpResponse{
          .status = 403, .body = R"({"kind":"Status","reason":"Forbidden","message":"quota"})"};
    }
    const std::int64_t pods = object.int_at("/spec/replicas").value_or(0);
    written.push_back(key + (key.starts_with("deployments/") ? " " + std::to_string(pods) : ""));
    objects[key] = object;
    return net::HttpResponse{.status = 200, .body = request.body};
  }

  Result<Unit> bring_up(std::int64_t percent, std::uint64_t epoch = 1,
                        const std::string& rollout = "r1") {
    written.clear();
    std::optional<Result<Unit>> got;
    bring_up_clones(client, data, core::Weight::from_hundredths(percent * 100),
                    {.rollout = rollout, .epoch = epoch, .seq = ++seq},
                    [&](Result<Unit> result) { got = std::move(result); });
    timers.advance(std::chrono::seconds(2));
    if (!got) return fail(ErrorKind::malformed, "no answer came");
    return *got;
  }
  [[nodiscard]] std::string mark() const {
    return objects.at("deployments/api-canary")
        .text_or("/metadata/annotations/" + escape_pointer(mark_sized_for), "");
  }
  std::uint64_t seq = 0;
};

const Lines everything{"configmaps/settings-1", "services/api-canary", "deployments/api-canary 1"};

TEST(BringUp, MakesEveryObjectOnceAndMarksWhatItsPodsAreEnoughFor) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  EXPECT_EQ(world.written, everything);
  EXPECT_EQ(world.mark(), "5000") << "one pod of two";
}

TEST(BringUp, AStepThatNeedsNoMorePodsWritesNothing) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  for (const std::int64_t percent : {10, 25, 50}) {
    ASSERT_TRUE(world.bring_up(percent).has_value());
    EXPECT_EQ(world.written, Lines{}) << percent;
  }
}

TEST(BringUp, AStepThatNeedsMorePodsWritesTheDeploymentAlone) {
  World world(10);
  ASSERT_TRUE(world.bring_up(10).has_value());
  ASSERT_TRUE(world.bring_up(25).has_value());
  EXPECT_EQ(world.written, Lines{"deployments/api-canary 3"});
  EXPECT_EQ(world.mark(), "3000");
  ASSERT_TRUE(world.bring_up(20).has_value());
  EXPECT_EQ(world.written, Lines{}) << "never smaller";
}

// One pod was enough for half of two; it is not for a quarter of six.
TEST(BringUp, AStableThatGrewMeanwhileIsCountedAnew) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  world.stable_has(6);
  ASSERT_TRUE(world.bring_up(25).has_value());
  EXPECT_EQ(world.written, Lines{"deployments/api-canary 2"});
}

TEST(BringUp, WhatIsGoneIsMadeAgain) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  world.objects.erase("services/api-canary");
  ASSERT_TRUE(world.bring_up(10).has_value());
  EXPECT_EQ(world.written, Lines{"services/api-canary"});
  world.objects.erase("deployments/api-canary");
  ASSERT_TRUE(world.bring_up(10).has_value());
  EXPECT_EQ(world.written, Lines{"deployments/api-canary 1"});
}

// A write of an earlier owner may still be under way: each object gets a newer stamp first.
TEST(BringUp, ANewOwnerAndAnotherRolloutWriteEverythingOnce) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  ASSERT_TRUE(world.bring_up(10, 2).has_value());
  EXPECT_EQ(world.written, everything);
  ASSERT_TRUE(world.bring_up(10, 2).has_value());
  EXPECT_EQ(world.written, Lines{});
  ASSERT_TRUE(world.bring_up(10, 2, "r2").has_value());
  EXPECT_EQ(world.written, everything);
}

TEST(BringUp, AStampThatIsNoneIsNobodysWrite) {
  World world(2);
  ASSERT_TRUE(world.bring_up(10).has_value());
  world.objects["services/api-canary"].set_at("/metadata/annotations/" + escape_pointer(mark_stamp),
                                              "r1.x");
  ASSERT_TRUE(world.bring_up(10).has_value());
  EXPECT_EQ(world.written, Lines{"services/api-canary"});
}

TEST(BringUp, AfterARefusalTheRestIsMadeTheNextTime) {
  World world(2);
  world.refused = "services/api-canary";
  const auto refused = world.bring_up(10);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
  EXPECT_TRUE(refused.error().message.starts_with("the API server refused Service "))
      << refused.error().message;
  EXPECT_EQ(world.written, Lines{"configmaps/settings-1"});
  world.refused.clear();
  ASSERT_TRUE(world.bring_up(10).has_value());
  EXPECT_EQ(world.written, (Lines{"services/api-canary", "deployments/api-canary 1"}));
}

}  // namespace
}  // namespace kai::edges
