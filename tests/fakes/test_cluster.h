// The program against a cluster in memory: a line of words in, what was printed, the exit code and
// what changed out. Time passes by itself, so a verb that waits costs none.
#pragma once

#include <string>
#include <vector>

#include "app/flags.h"
#include "app/run.h"
#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "core/rollout/record_tree.h"
#include "tests/fakes/fake_kube.h"
#include "tests/fakes/test_app.h"

namespace kai::fakes {

struct TestCluster : TestApp {
  FakeKube kube{http};

  TestCluster() {
    app.environment = {{"HOME", "/home/ann"}};
    disk.files["/home/ann/.kube/config"] =
        "apiVersion: v1\nkind: Config\ncurrent-context: prod\n"
        "contexts:\n- name: prod\n  context: {cluster: c, user: u, namespace: shop}\n"
        "clusters:\n- name: c\n  cluster: {server: 'https://api'}\n"
        "users:\n- name: u\n  user: {token: t}\n";
  }

  // What main does. `out` and `err` hold what this run printed.
  int run(const std::vector<std::string>& words) {
    out.clear();
    err.clear();
    const auto arguments = app::parse_arguments(words);
    if (!arguments) {
      for (const std::string& mistake : arguments.error()) err += "kai-canary: " + mistake + "\n";
      return 2;
    }
    pass_time();
    const int code = app::run(app, *arguments);
    loop.cancel(turn_);
    return code;
  }

  // The record of shop/<release>, as a program that is gone left it.
  void store(const core::Record& record) {
    Tree object = ours(record.plan.target.release, "record");
    object.set_at("/data/record", codec::write_json(core::to_tree(record)));
    kube.put(maps + "kai-canary-" + record.plan.target.release, std::move(object));
  }
  // An entry of the history, or a text that is none.
  void store_entry(const std::string& release, const std::string& rollout,
                   const std::string& text) {
    Tree object = ours(release, "history");
    object.set_at("/data/entry", text);
    kube.put(maps + "kai-canary-" + release + "." + rollout, std::move(object));
  }
  void store_entry(const std::string& release, const std::string& rollout, core::Phase phase,
                   core::End end, const std::string& sentence,
                   const std::vector<std::string>& lines = {}) {
    Tree entry(Tree::Map{{"rollout", rollout},
                         {"release", release},
                         {"namespace", "shop"},
                         {"stableVersion", "v1.2.2"},
                         {"canaryVersion", "v1.2.3"},
                         {"phase", name_of(phase)},
                         {"end", name_of(end)},
                         {"code", "below_success_threshold"},
                         {"sentence", sentence},
                         {"startedAt", "2026-01-01T00:00:00Z"},
                         {"endedAt", "2026-01-01T00:12:00Z"},
                         {"revision", 4}});
    Tree& evidence = entry.set("evidence", Tree::list());
    for (const std::string& line : lines) evidence.push_back(line);
    store_entry(release, rollout, codec::write_json(entry));
  }
  // Somebody else runs the rollout of the release: his lease was renewed a moment ago.
  void hold(const std::string& release, const std::string& who = "bob") {
    Tree lease;
    lease.set_at(
        "/spec/holderIdentity",
        R"({"name":")" + who + R"(","host":"ci","process":7,"since":"2026-01-02T03:00:00Z"})");
    lease.set_at("/spec/leaseTransitions", 2);
    lease.set_at("/spec/acquireTime", "2026-01-02T03:00:00.000000Z");
    kube.put("/apis/coordination.k8s.io/v1/namespaces/shop/leases/kai-canary-" + release, lease);
  }
  // A revision of a release, as Helm 4 stores it.
  void store_revision(const std::string& release, int revision, const std::string& status,
                      const std::string& description, const std::string& manifest = "") {
    Tree payload(Tree::Map{{"name", release}, {"namespace", "shop"}, {"version", revision}});
    payload.set_at("/info/status", status);
    payload.set_at("/info/description", description);
    if (!manifest.empty()) payload.set("manifest", manifest);
    payload.set_at("/info/last_deployed", "2026-01-01T00:00:00Z");
    payload.set_at("/chart/metadata/name", "kai");
    payload.set_at("/chart/metadata/version", "1.0." + std::to_string(revision));
    payload.set_at("/chart/metadata/appVersion", "v1.2." + std::to_string(revision));
    Tree object(Tree::Map{{"type", "helm.sh/release.v1"}});
    object.set_at("/metadata/labels/owner", "helm");
    object.set_at("/metadata/labels/name", release);
    object.set_at("/metadata/labels/status", status);
    object.set_at("/metadata/labels/version", std::to_string(revision));
    const std::string stored = codec::base64_encode(codec::deflate(codec::write_json(payload)));
    object.set_at("/data/release", codec::base64_encode(stored));
    kube.put("/api/v1/namespaces/shop/secrets/sh.helm.release.v1." + release + ".v" +
                 std::to_string(revision),
             std::move(object));
  }

  Duration step = std::chrono::milliseconds(20);  // of each turn of the loop

  static inline const std::string maps = "/api/v1/namespaces/shop/configmaps/";

 private:
  void pass_time() {
    turn_ = loop.at(steady.now(), [this] {
      steady.advance(step);
      wall.advance(step);
      pass_time();
    });
  }

  static Tree ours(const std::string& release, const std::string& label) {
    Tree object;
    object.set_at("/metadata/labels/app.kubernetes.io~1managed-by", "kai-canary");
    object.set_at("/metadata/labels/kai-canary.dev~1release", release);
    object.set_at("/metadata/labels/kai-canary.dev~1" + label, "true");
    return object;
  }

  TimerId turn_ = 0;
};

}  // namespace kai::fakes
