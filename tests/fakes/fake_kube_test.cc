#include "tests/fakes/fake_kube.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::fakes {
namespace {

const std::string maps = "/api/v1/namespaces/shop/configmaps";

struct Asked {
  FakeTimers timers;
  FakeHttpClient http{timers};
  FakeKube kube{http};

  Result<net::HttpResponse> ask(const std::string& method, const std::string& target,
                                const std::string& body = "", const std::string& type = "") {
    Result<net::HttpResponse> got = fail(ErrorKind::malformed, "no answer");
    http.send({.method = method,
               .url = std::string(FakeKube::server) + target,
               .headers = {{"Content-Type", type}},
               .body = body},
              [&](Result<net::HttpResponse> response) { got = std::move(response); });
    timers.settle();
    return got;
  }
  int status(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& type = "") {
    const auto answer = ask(method, target, body, type);
    return answer ? answer->status : 0;
  }
};

TEST(FakeKube, AReplaceWithAnOldVersionIsAConflict) {
  Asked asked;
  EXPECT_EQ(asked.status("POST", maps, R"({"metadata":{"name":"a"}})"), 200);
  EXPECT_EQ(asked.status("POST", maps, R"({"metadata":{"name":"a"}})"), 409);
  const std::string version =
      asked.kube.find(maps + "/a")->text_or("/metadata/resourceVersion", "");
  const std::string current =
      R"({"metadata":{"name":"a","resourceVersion":")" + version + R"("},"data":{"k":"v"}})";
  EXPECT_EQ(asked.status("PUT", maps + "/a", current), 200);
  EXPECT_EQ(asked.status("PUT", maps + "/a", current), 409) << "it is the old version now";
  EXPECT_EQ(asked.status("PUT", maps + "/b", current), 404);
}

TEST(FakeKube, ListsAreOfOneKindAndNamespaceOrOfAllAndHeedLabels) {
  Asked asked;
  asked.kube.put_json(maps + "/a", R"({"metadata":{"labels":{"x/y":"1"}}})");
  asked.kube.put_json(maps + "/b", "{}");
  asked.kube.put_json("/api/v1/namespaces/other/configmaps/c",
                      R"({"metadata":{"labels":{"x/y":"1"}}})");
  asked.kube.put_json("/api/v1/namespaces/shop/secrets/s", "{}");
  const auto names = [&](const std::string& target) {
    std::string text;
    const auto answer = asked.ask("GET", target);
    const auto tree = codec::parse_json(answer ? answer->body : "");
    if (!tree || tree->list_at("/items") == nullptr) return std::string("no list");
    for (const Tree& item : *tree->list_at("/items")) text += item.text_or("/metadata/name", "?");
    return text;
  };
  EXPECT_EQ(names(maps + "?limit=500"), "ab");
  EXPECT_EQ(names("/api/v1/configmaps?limit=500"), "cab");
  EXPECT_EQ(names("/api/v1/configmaps?limit=500&labelSelector=x%2Fy%3D1"), "ca");
  EXPECT_EQ(asked.status("GET", maps + "/none"), 404);
}

TEST(FakeKube, PatchesMergeApplyAndEdit) {
  Asked asked;
  EXPECT_EQ(
      asked.status("PATCH", maps + "/a", "data: {k: v, l: w}", "application/apply-patch+yaml"),
      200);
  EXPECT_EQ(
      asked.status("PATCH", maps + "/a", R"({"data":{"l":null}})", "application/merge-patch+json"),
      200);
  EXPECT_EQ(
      asked.status("PATCH", maps + "/a", R"([{"op":"test","path":"/data/k","value":"other"}])",
                   "application/json-patch+json"),
      422);
  EXPECT_EQ(codec::write_json(*asked.kube.find(maps + "/a")->get("data")), R"({"k":"v"})");
  EXPECT_EQ(asked.status("PATCH", maps + "/none", "{}", "application/merge-patch+json"), 404);
}

TEST(FakeKube, DryRunsAndRefusalsChangeNothing) {
  Asked asked;
  EXPECT_EQ(asked.status("POST", maps + "?dryRun=All", R"({"metadata":{"name":"a"}})"), 200);
  asked.kube.refuses["POST " + maps] = 403;
  EXPECT_EQ(asked.status("POST", maps, R"({"metadata":{"name":"a"}})"), 403);
  asked.kube.down = Error{ErrorKind::unavailable, "connection refused"};
  EXPECT_EQ(asked.status("DELETE", maps + "/a"), 0);
  EXPECT_TRUE(asked.kube.objects.empty() && asked.kube.log.empty());
}

TEST(FakeKube, AWriteMayBeDoneAndItsAnswerLost) {
  Asked asked;
  asked.kube.loses_answers = true;
  EXPECT_EQ(asked.status("POST", maps, R"({"metadata":{"name":"a"}})"), 0);
  EXPECT_EQ(asked.kube.names("configmaps"), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace kai::fakes
