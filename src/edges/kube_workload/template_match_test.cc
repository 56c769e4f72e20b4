#include "edges/kube_workload/template_match.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/yaml.h"

namespace kai::edges {
namespace {

Tree yaml(const std::string& text) { return codec::parse_yaml(text).value(); }

// A pod template with one container, and more fields of it.
Tree container(const std::string& more) {
  return yaml("{spec: {containers: [{name: c, image: 'x:1'" + (more.empty() ? "" : ", " + more) +
              "}]}}");
}

bool runs(const Tree& live, const Tree& wanted, const Tree& other = {}) {
  return runs_template({.live = live, .wanted = wanted, .other = other});
}

TEST(TemplateMatchTest, ASpellingMakesNoDifference) {
  struct Row {
    const char* wanted;
    const char* live;
    bool same;
  };
  const Row rows[] = {
      {"resources: {limits: {cpu: 1000m, memory: 1024Mi}}",
       "resources: {limits: {cpu: '1', memory: 1Gi}}", true},
      {"resources: {requests: {cpu: 0.5}}", "resources: {requests: {cpu: 500m}}", true},
      {"resources: {limits: {memory: 0.1Gi}}", "resources: {limits: {memory: 107374182400m}}",
       true},
      {"resources: {limits: {example.com/gpu: 1}}", "resources: {limits: {example.com/gpu: '1'}}",
       true},
      {"resources: {limits: {cpu: 0}}", "resources: {limits: {cpu: '0'}}", true},
      {"resources: {limits: {cpu: 1}}", "resources: {limits: {cpu: 1m}}", false},
      {"resources: {limits: {cpu: 1}}", "resources: {requests: {cpu: 1}}", false},
      // An amount only where the field is one: a variable is what it says.
      {"env: [{name: A, value: 1000m}]", "env: [{name: A, value: '1'}]", false},
      {"ports: [{containerPort: 8080}]", "ports: [{containerPort: 8080, protocol: TCP}]", true},
      {"ports: [{containerPort: 8080, protocol: UDP}]",
       "ports: [{containerPort: 8080, protocol: TCP}]", false},
      {"ports: [{containerPort: 8080.0}]", "ports: [{containerPort: 8081}]", false},
      {"livenessProbe: {httpGet: {port: web}}",
       "livenessProbe: {httpGet: {port: web, scheme: HTTP}}", true},
      {"livenessProbe: {httpGet: {port: '80'}}", "livenessProbe: {httpGet: {port: 80}}", false},
      {"livenessProbe: {periodSeconds: 5}", "livenessProbe: {periodSeconds: 5.0}", true},
      {"tty: false, stdin: null, command: [], workingDir: ''", "", true},
      {"tty: false", "tty: true", false},
      {"command: []", "command: [run]", true},  // nobody asked for none
      {"command: [run, fast]", "command: [run]", false},
      {"args: [a, b]", "args: [b, a]", false},
      {"env: [{name: A, value: '1'}, {name: B, value: '2'}]",
       "env: [{name: B, value: '2'}, {name: A, value: '1'}]", true},
      {"env: [{name: A, value: ''}]", "env: [{name: A}]", true},
      {"env: [{name: A, value: ''}]", "env: [{name: A, value: x}]", false},
      {"env: [{name: A, value: '1'}, {name: A, value: '2'}]",
       "env: [{name: A, value: '1'}, {name: A, value: '2'}]", true},
      {"env: [{name: A, value: '1'}, {name: A, value: '2'}]",
       "env: [{name: A, value: '2'}, {name: A, value: '1'}]", false},
      {"env: [{name: A, value: '1'}]", "", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(runs(container(row.live), container(row.wanted)), row.same) << row.wanted;
}

TEST(TemplateMatchTest, WhatTheManifestDroppedMustBeGone) {
  for (const char* const dropped :
       {"env: [{name: A, value: '1'}]", "command: [run]", "args: ['']", "tty: true",
        "resources: {limits: {cpu: 1}}", "livenessProbe: {httpGet: {port: 80}}",
        "ports: [{containerPort: 80}]", "envFrom: [{configMapRef: {name: m}}]",
        "volumeMounts: [{name: v, mountPath: /v}]", "workingDir: /tmp"}) {
    const Tree with = container(dropped);
    const Tree without = container("");
    EXPECT_FALSE(runs(with, without, with)) << dropped << " is still live";
    EXPECT_TRUE(runs(without, without, with)) << dropped << " is gone";
    EXPECT_FALSE(runs(without, with, without)) << dropped << " has not come";
    EXPECT_TRUE(runs(with, with, without)) << dropped << " has come";
  }
}

TEST(TemplateMatchTest, ADroppedFalseThatTheServerKeptMustBeGone) {
  const Tree with = yaml("{spec: {automountServiceAccountToken: false}}");
  const Tree without = yaml("{spec: {dnsPolicy: Default}}");
  EXPECT_FALSE(runs(with, yaml("{spec: {}}"), with));
  EXPECT_FALSE(runs(without, with));
  EXPECT_TRUE(runs(without, yaml("{spec: {}}"), with));
}

TEST(TemplateMatchTest, ADroppedItemOfAListMustBeGone) {
  const Tree two = container("env: [{name: A, value: '1'}, {name: B, value: '2'}]");
  const Tree one = container("env: [{name: A, value: '1'}]");
  EXPECT_FALSE(runs(two, one, two));
  EXPECT_TRUE(runs(one, one, two));
}

TEST(TemplateMatchTest, ADroppedLabelOrContainerMustBeGone) {
  const Tree with =
      yaml("{metadata: {labels: {app: a, old: x}}, spec: {containers: [{name: c}, {name: side}]}}");
  const Tree no_label =
      yaml("{metadata: {labels: {app: a}}, spec: {containers: [{name: c}, {name: side}]}}");
  const Tree no_container =
      yaml("{metadata: {labels: {app: a, old: x}}, spec: {containers: [{name: c}]}}");
  EXPECT_FALSE(runs(with, no_label, with));
  EXPECT_FALSE(runs(with, no_container, with));
  EXPECT_TRUE(runs(no_label, no_label, with));
  EXPECT_TRUE(runs(no_container, no_container, with));
}

TEST(TemplateMatchTest, AFieldInsideAnItemThatWasDroppedMustBeGone) {
  const Tree before = container("envFrom: [{prefix: P_, configMapRef: {name: m}}]");
  const Tree after = container("envFrom: [{configMapRef: {name: m}}]");
  EXPECT_FALSE(runs(before, after, before));
  EXPECT_TRUE(runs(after, after, before));
}

TEST(TemplateMatchTest, WhatOthersAddedStaysOutOfIt) {
  const Tree manifest = yaml("{spec: {containers: [{name: c, image: 'x:1'}]}}");
  const Tree other = yaml("{spec: {containers: [{name: c, image: 'x:2'}]}}");
  const Tree live = yaml(
      "{metadata: {creationTimestamp: null, annotations: {kubectl.kubernetes.io/restartedAt: "
      "now}}, "
      "spec: {dnsPolicy: ClusterFirst, containers: [{name: c, image: 'x:1', imagePullPolicy: "
      "Always, "
      "env: [{name: INJECTED, value: y}]}, {name: injected, image: 'mesh:1'}]}}");
  EXPECT_TRUE(runs(live, manifest, other));
  EXPECT_FALSE(runs(live, other, manifest));
}

TEST(TemplateMatchTest, ADefaultThatComesBackIsNoLeftover) {
  // In the server's form a manifest without the field has the default of it.
  const Tree sixty = yaml("{spec: {terminationGracePeriodSeconds: 60}}");
  const Tree thirty = yaml("{spec: {terminationGracePeriodSeconds: 30}}");
  EXPECT_TRUE(runs(thirty, thirty, sixty));
  EXPECT_FALSE(runs(sixty, thirty, sixty));
  EXPECT_FALSE(runs(thirty, yaml("{spec: {terminationGracePeriodSeconds: 0}}"), sixty));
}

TEST(TemplateMatchTest, AnotherKindOfNodeIsNoMatch) {
  for (const char* const text : {"spec: x", "spec: [x]", "spec: 1"}) {
    EXPECT_FALSE(runs(yaml(text), container(""))) << text;
    EXPECT_FALSE(runs(container(""), yaml(text))) << text;
  }
  EXPECT_FALSE(runs(Tree(), container("")));
}

}  // namespace
}  // namespace kai::edges
