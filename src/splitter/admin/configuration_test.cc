#include "splitter/admin/configuration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "codec/json.h"
#include "splitter/protocol/spec.h"
#include "tests/fakes/fake_disk.h"

namespace kai::splitter {
namespace {

constexpr std::string_view good = R"({
  "workers": 2,
  "control_socket": "/run/kai/splitter.sock",
  "control_access": {"readers": [33], "writers": [1000]},
  "state_dir": "/var/lib/kai/splitter",
  "metrics_address": "127.0.0.1:9090",
  "drain_ms": 5000,
  "listeners": [
    {"name": "web", "address": "0.0.0.0:8080", "tls": false, "proxy_protocol": "off",
     "trusted_proxies": ["10.0.0.0/8"], "timeouts_ms": {"idle": 1000}}],
  "snapshot": {
    "writer_epoch": 7, "generation": 41,
    "backends": [
      {"id": "checkout-r42", "version": "r42", "track": "stable", "state": "active",
       "endpoints": ["10.1.0.11:8080", "10.1.0.12:8080"]},
      {"id": "checkout-r43", "version": "r43", "track": "canary", "endpoints": ["10.1.0.31:8080"]}],
    "routes": [{
      "id": "checkout", "service": "checkout",
      "match": [{"host": "shop.example", "path_prefix": "/checkout"},
                {"host": "shop.example", "listener": "web", "path": "/pay"}],
      "rules": [{"header": {"X-Beta": "1"}, "from": ["10.0.0.0/8"], "to": "checkout-r43"}],
      "split": {"salt": "AAECAwQFBgcICQoLDA0ODw==", "identity_cookie": "kai_id", "stamp": "r1.2.3",
                "key": [{"header": "X-User-Id"}, {"cookie": "uid"}],
                "weights_ppm": [{"backend": "checkout-r43", "ppm": 50000},
                                {"backend": "checkout-r42", "ppm": 950000}]},
      "mirror": null, "timeouts_ms": {"response_head": 60000},
      "latency_edges_us": [50000, 250000, 1000000]}]
  }
})";

// `good` with the value at `pointer` in the place of what is there.
std::string with(std::string_view pointer, std::string_view json) {
  Tree tree = *codec::parse_json(good);
  tree.set_at(pointer, *codec::parse_json(json));
  return codec::write_json_pretty(tree);
}

std::vector<std::string> mistakes_of(std::string_view text) {
  return read_configuration(text, "f").mistakes;
}

// The one mistake of `good` with that value, without its line.
std::string mistake_of(std::string_view pointer, std::string_view json) {
  const std::vector<std::string> mistakes = mistakes_of(with(pointer, json));
  if (mistakes.size() != 1) return std::to_string(mistakes.size()) + " mistakes";
  return mistakes[0].substr(std::min(mistakes[0].find(": "), mistakes[0].size() - 2) + 2);
}

TEST(Configuration, OfTheManualIsRead) {
  const ReadConfiguration read = read_configuration(good, "f");
  EXPECT_EQ(read.mistakes, std::vector<std::string>());
  ASSERT_TRUE(read.configuration);
  const Settings& settings = read.configuration->settings;
  EXPECT_EQ(settings.workers, 2U);
  EXPECT_EQ(settings.drain, std::chrono::seconds(5));
  EXPECT_EQ(settings.control_access.readers, std::vector<std::uint32_t>{33});
  EXPECT_EQ(settings.listeners.at(0).timeouts.idle, std::chrono::seconds(1));
  EXPECT_EQ(settings.listeners.at(0).timeouts.head, std::chrono::seconds(10));
  EXPECT_TRUE(settings.metrics_address);
  const SnapshotSpec& snapshot = read.configuration->snapshot;
  EXPECT_EQ(snapshot.generation, 41U);
  EXPECT_EQ(snapshot.routes.at(0).split.key.at(1).name, "uid");
}

TEST(Configuration, IsWrittenAndReadBackWithoutALoss) {
  const SnapshotSpec spec = read_configuration(good, "f").configuration->snapshot;
  const Tree written = write_snapshot_spec(spec, Salts::written);
  Findings findings;
  const SnapshotSpec again =
      read_snapshot_spec({.tree = written, .pointer = ""}, SnapshotForm::stored, findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(codec::write_json(write_snapshot_spec(again, Salts::written)),
            codec::write_json(written));
  EXPECT_FALSE(codec::write_json(write_snapshot_spec(spec, Salts::hidden)).contains("AAECAwQ"));
}

TEST(Configuration, AllMistakesAreToldAtOnceWithTheirLines) {
  constexpr std::string_view bad = R"({
  "control_socket": "relative.sock",
  "state_dir": 7,
  "listeners": [{"name": "web", "address": "localhost:80"}],
  "snapshot": {"backends": [],
               "routes": [], "spilt": 1},
  "unknown": {}
})";
  const std::vector<std::string> expected = {
      "f:2: /control_socket: must be a path from the root",
      "f:3: /state_dir: must be a text that is not empty",
      "f:4: /listeners/0/address: must be an address with a port, like 0.0.0.0:8080 or [::]:8080",
      "f:6: /snapshot/spilt: unknown key 'spilt'", "f:7: /unknown: unknown key 'unknown'"};
  EXPECT_EQ(mistakes_of(bad), expected);
}

TEST(Configuration, WhatIsNoJsonIsOneMistakeWithItsPlace) {
  for (const std::string_view text : {"", "{", "[1,]", "{\"a\": 1, \"a\": 2}", "\xFF"}) {
    EXPECT_EQ(mistakes_of(text).size(), 1U) << text;
  }
  EXPECT_NE(mistakes_of("{\n\n x}").front().find("line 3"), std::string::npos);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(mistakes_of(deep).size(), 1U);
  EXPECT_NE(mistakes_of("[]").front().find("must be a map"), std::string::npos);
}

TEST(Configuration, ManyMistakesAreCountedAndNotAllTold) {
  Tree tree = *codec::parse_json(good);
  Tree backends = Tree::list();
  for (int at = 0; at < 1'000; ++at) backends.push_back(at);
  tree.set_at("/snapshot/backends", std::move(backends));
  const auto mistakes = mistakes_of(codec::write_json(tree));
  EXPECT_EQ(mistakes.size(), Findings::findings_max + 1);
  EXPECT_NE(mistakes.back().find("mistakes more"), std::string::npos);
}

TEST(Configuration, WhatIsNotBuiltYetSaysSo) {
  for (const auto& [pointer, json] :
       {std::pair("/listeners/0/tls", "true"), std::pair("/listeners/0/proxy_protocol", "\"v2\""),
        std::pair("/snapshot/certificates", "[]"), std::pair("/snapshot/routes/0/mirror", "{}"),
        std::pair("/snapshot/routes/0/retry", R"({"methods": ["GET"]})"),
        std::pair("/snapshot/backends/0/health", R"({"path": "/"})")}) {
    EXPECT_NE(mistake_of(pointer, json).find("not yet"), std::string::npos) << pointer;
  }
}

TEST(Configuration, EachRuleOfSettingsIsChecked) {
  EXPECT_EQ(mistake_of("/workers", "-1"), "/workers: must be a whole number from 0 to 1024");
  EXPECT_EQ(mistake_of("/workers", "1.5"), "/workers: must be a whole number from 0 to 1024");
  EXPECT_EQ(mistake_of("/metrics_address", "\"0.0.0.0:9090\""),
            "/metrics_address: must be a loopback address");
  EXPECT_EQ(mistake_of("/listeners", "[]"), "lacks 'listeners': nobody could send a request");
  EXPECT_EQ(mistake_of("/control_access/readers/0", "-1"),
            "/control_access/readers/0: must be the number of a user");
  EXPECT_EQ(mistake_of("/drain_ms", "0"), "/drain_ms: must be a whole number from 1 to 3600000");
  EXPECT_EQ(mistake_of("/control_socket", "\"/" + std::string(107, 'x') + "\""),
            "/control_socket: is longer than 107 bytes");
  EXPECT_EQ(mistake_of("/snapshot", "null"),
            "lacks 'snapshot': there would be nothing to start with");
  EXPECT_EQ(mistake_of("/listeners/0/trusted_proxies/0", "\"10.0.0.1/8\""),
            "/listeners/0/trusted_proxies/0: must be an address or a network like 10.0.0.0/8, with "
            "zeros behind the prefix");
}

TEST(Configuration, EachRuleOfASnapshotIsChecked) {
  const std::string backend = "/snapshot/backends/1";
  const std::string route = "/snapshot/routes/0";
  const std::string weights = route + "/split/weights_ppm";
  for (const auto& [pointer, json, where] : std::vector<std::array<std::string, 3>>{
           {backend + "/id", "\"checkout-r42\"", backend + "/id"},
           {backend + "/id", "\"a b\"", backend + "/id"},
           {backend + "/version", "\"a\\\"b\"", backend + "/version"},
           {backend + "/track", "\"primary\"", backend + "/track"},
           {backend + "/track", "\"stable\"", weights},
           {backend + "/state", "\"draining\"", backend + "/state"},
           {backend + "/endpoints", "[]", backend},
           {backend + "/endpoints/0", "\"localhost:80\"", backend + "/endpoints/0"},
           {"/snapshot/backends/0/endpoints/1", "\"10.1.0.11:8080\"",
            "/snapshot/backends/0/endpoints/1"},
           {"/snapshot/routes", "[]", "/snapshot"},
           {route + "/id", "\"\"", route + "/id"},
           {route + "/match/0/host", "\"shop.example:80\"", route + "/match/0/host"},
           {route + "/match/0/host", "\"*.*.example\"", route + "/match/0/host"},
           {route + "/match/0/listener", "\"a b\"", route + "/match/0/listener"},
           {route + "/match/0/path_prefix", "\"checkout\"", route + "/match/0/path_prefix"},
           {route + "/match/0/path_prefix", "\"/a/../b\"", route + "/match/0/path_prefix"},
           {route + "/match/0/path_prefix", "\"/a%2Fb\"", route + "/match/0/path_prefix"},
           {route + "/match/0/path_prefix", "\"/a?b\"", route + "/match/0/path_prefix"},
           {route + "/match/0/path_prefix", "\"/\\u00e9\"", route + "/match/0/path_prefix"},
           {route + "/match/0/path", "\"/b\"", route + "/match/0"},
           {route + "/match/0/methods", "[\"CONNECT\"]", route + "/match/0/methods/0"},
           {route + "/rules/0/to", "\"nobody\"", route + "/rules/0/to"},
           {route + "/rules/0", "{\"to\": \"checkout-r43\"}", route + "/rules/0"},
           {route + "/rules/0/header", "{\"X Beta\": \"1\"}", route + "/rules/0/header/X Beta"},
           {route + "/rules/0/header", "{\"X-Kai-Side\": \"1\"}",
            route + "/rules/0/header/X-Kai-Side"},
           {route + "/rules/0/header", "{\"X_Forwarded_For\": \"1\"}",
            route + "/rules/0/header/X_Forwarded_For"},
           {route + "/rules/0/header", "{\"Connection\": \"close\"}",
            route + "/rules/0/header/Connection"},
           {route + "/split/key/0", "{\"header\": \"X-Real-IP\"}", route + "/split/key/0/header"},
           {route + "/rules/0/from", "[\"10.0.0.1/8\"]", route + "/rules/0/from/0"},
           {route + "/split/salt", "null", route + "/split"},
           {route + "/split/salt", "\"AAAA\"", route + "/split/salt"},
           {route + "/split/key/0", "{}", route + "/split/key/0"},
           {route + "/split/key/0", "{\"client_address\": true}", route + "/split/key/0"},
           {route + "/split/identity_cookie", "\"a=b\"", route + "/split/identity_cookie"},
           {route + "/split/stamp", "\"a b\"", route + "/split/stamp"},
           {weights, "[]", weights},
           {weights + "/0/ppm", "50001", weights},
           {weights + "/0/ppm", "-1", weights + "/0/ppm"},
           {weights + "/0/backend", "\"nobody\"", weights + "/0/backend"},
           {weights + "/0/backend", "\"checkout-r42\"", weights + "/1/backend"},
           {route + "/latency_edges_us", "[5, 5]", route + "/latency_edges_us/1"},
           {route + "/latency_edges_us", "[5, 86400000001]", route + "/latency_edges_us/1"},
           {route + "/latency_edges_us", "[1, 2, 3, 4, 5, 6, 7]", route + "/latency_edges_us"},
           {route + "/timeouts_ms/connect", "0", route + "/timeouts_ms/connect"},
       }) {
    const auto mistakes = mistakes_of(with(pointer, json));
    const bool told = std::ranges::any_of(mistakes, [&](const std::string& mistake) {
      return mistake.contains(": " + where + ": ");
    });
    EXPECT_TRUE(told) << pointer << " = " << json << ", got "
                      << (mistakes.empty() ? "none" : mistakes.front());
  }
}

TEST(Configuration, AClosedStableBackendCannotTakeTheWeightOfAClosedCanary) {
  Tree tree = *codec::parse_json(good);
  tree.set_at("/snapshot/backends/0/state", "closed");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 1U) << "it has weight itself";
  tree.set_at("/snapshot/routes/0/split/weights_ppm/0/ppm", 1'000'000);
  tree.set_at("/snapshot/routes/0/split/weights_ppm/1/ppm", 0);
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 0U) << "the end of a promotion";
  tree.set_at("/snapshot/backends/1/state", "closed");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 1U) << "nobody would be left";
}

TEST(Configuration, ARouteThatGetsNoRequestIsAMistake) {
  Tree tree = *codec::parse_json(good);
  Tree second = *tree.at("/snapshot/routes/0");
  second.set("id", "other");
  tree.at("/snapshot/routes")->push_back(second);
  const auto mistakes = mistakes_of(codec::write_json(tree));
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_NE(mistakes[0].find("/snapshot/routes/1: gets no request"), std::string::npos);
  // A slash at the end and upper case are the same; another path is another route.
  tree.set_at("/snapshot/routes/1/match/0/path_prefix", "/checkout/");
  tree.set_at("/snapshot/routes/1/match/0/host", "SHOP.example.");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 1U);
  tree.set_at("/snapshot/routes/1/match/0/listener", "web");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 0U) << "what comes there is its";
  tree.set_at("/snapshot/routes/0/match/0/listener", "web");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 1U);
  tree.set_at("/snapshot/routes/1/match/0/path_prefix", "/checkouts");
  EXPECT_EQ(mistakes_of(codec::write_json(tree)).size(), 0U);
}

TEST(Configuration, AFileThatIsNotThereIsAMistake) {
  fakes::FakeDisk disk;
  EXPECT_EQ(read_configuration_file(disk, "/etc/kai.json").mistakes.size(), 1U);
  disk.files["/etc/kai.json"] = std::string(good);
  EXPECT_TRUE(read_configuration_file(disk, "/etc/kai.json").configuration);
}

}  // namespace
}  // namespace kai::splitter
