#include "edges/kube_workload/live_values.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

using Change = ports::ObjectChange;

Tree json(const std::string& text) { return codec::parse_json(text).value(); }

Tree secret(const std::string& data) {
  return json(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},)" + data + "}");
}

Change change(const Tree& stable, const Tree& candidate, std::vector<std::string> volatiles) {
  return {.kind = Change::Kind::changed,
          .stable = stable,
          .candidate = candidate,
          .volatiles = std::move(volatiles)};
}

TEST(LiveValues, RotatedPasswordReachesTheCopy) {
  const Change grown =
      change(secret(R"("data":{"password":"b2xk"})"),
             secret(R"("data":{"password":"b2xk","user":"YQ=="})"), {"/data/password"});
  ASSERT_TRUE(wants_live_values(grown));
  const Tree copy = with_live_values(grown, secret(R"("data":{"password":"bmV3"})"));
  EXPECT_EQ(copy, secret(R"("data":{"password":"bmV3","user":"YQ=="})"));
}

TEST(LiveValues, PlainTextGivesWayToWhatTheServerKeeps) {
  const Change grown =
      change(secret(R"("stringData":{"a/b":"old"})"),
             secret(R"("stringData":{"a/b":"old","user":"a"})"), {"/stringData/a~1b"});
  const Tree copy = with_live_values(grown, secret(R"("data":{"a/b":"bmV3"})"));
  EXPECT_EQ(copy, secret(R"("stringData":{"user":"a"},"data":{"a/b":"bmV3"})"));
}

TEST(LiveValues, WhatTheClusterLacksStays) {
  const Change grown =
      change(secret(R"("data":{"password":"b2xk"})"),
             secret(R"("data":{"password":"b2xk","user":"YQ=="})"), {"/data/password"});
  EXPECT_EQ(with_live_values(grown, Tree()), grown.candidate);
  EXPECT_EQ(with_live_values(grown, secret(R"("data":{"other":"eA=="})")), grown.candidate);
}

TEST(LiveValues, OnlyAVolatileValueThatIsStablesIsAskedFor) {
  const Tree stable = secret(R"("data":{"file":"b2xk"})");
  const Tree candidate = secret(R"("data":{"file":"b3RoZXI="})");
  EXPECT_FALSE(wants_live_values(change(stable, candidate, {"/data/file"})));
  EXPECT_FALSE(wants_live_values(change(stable, stable, {})));
  EXPECT_FALSE(wants_live_values(change(stable, stable, {"/data", "", "/type"})));
  Change same = change(stable, stable, {"/data/file"});
  EXPECT_TRUE(wants_live_values(same));
  same.kind = Change::Kind::unchanged;
  EXPECT_FALSE(wants_live_values(same)) << "it gets no copy";
}

TEST(LiveValues, NoPodIsToldByAVolatileAnnotation) {
  const Tree candidate = json(R"({"metadata":{"annotations":{"checksum/a":"1","mark":"m"}},
                                  "spec":{"containers":[{"name":"c","args":["x","1"]}]}})");
  const Tree stable = json(R"({"metadata":{"annotations":{"checksum/a":"1"}},
                               "spec":{"containers":[{"name":"c","args":["x","1"]}]}})");
  const Templates left = without_volatiles(
      {.candidate = candidate, .stable = stable},
      {"/spec/template/metadata/annotations/checksum~1a", "/spec/template/spec/containers/0/args/1",
       "/spec/replicas", "/spec/template", ""});
  EXPECT_EQ(left.candidate.at("/metadata/annotations/checksum~1a"), nullptr);
  EXPECT_EQ(left.candidate.text_or("/metadata/annotations/mark", ""), "m");
  EXPECT_EQ(left.stable.at("/metadata/annotations/checksum~1a"), nullptr);
  EXPECT_EQ(left.candidate.list_at("/spec/containers/0/args")->size(), 2U)
      << "an item of a list stays";
}

}  // namespace
}  // namespace kai::edges
