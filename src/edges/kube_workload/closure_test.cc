#include "edges/kube_workload/closure.h"

#include <gtest/gtest.h>

#include "codec/yaml.h"

namespace kai::edges {
namespace {

Tree yaml(std::string_view text) { return codec::parse_yaml(text).value(); }

const ConfigRef map_a{ConfigKind::config_map, "a"};
const ConfigRef secret_s{ConfigKind::secret, "s"};

struct ClosureCase {
  std::string what;
  std::string spec;
  std::set<ConfigRef> refs;
};

std::vector<ClosureCase> closure_table() {
  return {
      {"nothing", "containers: [{name: c}]", {}},
      {"no containers at all", "{}", {}},
      {"wrong kinds", "containers: text\nvolumes: {a: b}", {}},
      {"envFrom",
       "containers: [{envFrom: [{configMapRef: {name: a}}, {secretRef: {name: s}}]}]",
       {map_a, secret_s}},
      {"env",
       "containers: [{env: [{name: X, valueFrom: {configMapKeyRef: {name: a, key: k}}}, {name: Y, "
       "value: z}]}]",
       {map_a}},
      {"env of a secret",
       "containers: [{env: [{name: X, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]",
       {secret_s}},
      {"an init container", "initContainers: [{envFrom: [{configMapRef: {name: a}}]}]", {map_a}},
      {"volumes",
       "volumes: [{name: v, configMap: {name: a}}, {name: w, secret: {secretName: s}}]",
       {map_a, secret_s}},
      {"a projected volume",
       "volumes: [{name: v, projected: {sources: [{configMap: {name: a}}, {secret: {name: s}}, "
       "{serviceAccountToken: {path: t}}]}}]",
       {map_a, secret_s}},
      {"pull secrets", "imagePullSecrets: [{name: s}]", {secret_s}},
      {"csi volumes",
       "volumes: [{name: v, csi: {driver: d, nodePublishSecretRef: {name: s}}}]",
       {secret_s}},
      {"older volume types",
       "volumes: [{name: v, cephfs: {secretRef: {name: s}}}, {name: w, azureFile: {secretName: s, "
       "shareName: x}}]",
       {secret_s}},
      {"the same name twice",
       "containers: [{envFrom: [{configMapRef: {name: a}}]}, {envFrom: [{configMapRef: {name: "
       "a}}]}]",
       {map_a}},
  };
}

TEST(ClosureTest, FindsEveryReferenceOfAPodTemplate) {
  for (const ClosureCase& each : closure_table()) {
    Tree pod_template;
    pod_template.set("spec", yaml(each.spec));
    EXPECT_EQ(config_refs(pod_template), each.refs) << each.what;
  }
}

TEST(ClosureTest, RenamesEveryReferenceThatItFinds) {
  for (const ClosureCase& each : closure_table()) {
    Tree pod_template;
    pod_template.set("spec", yaml(each.spec));
    const Tree renamed =
        with_config(pod_template, [](const ConfigRef& ref) { return ref.second + "-new"; });
    std::set<ConfigRef> expected;
    for (const ConfigRef& ref : each.refs) expected.emplace(ref.first, ref.second + "-new");
    EXPECT_EQ(config_refs(renamed), expected) << each.what;
  }
}

TEST(ClosureTest, ARenameThatKeepsNamesChangesNothing) {
  for (const ClosureCase& each : closure_table()) {
    Tree pod_template;
    pod_template.set("spec", yaml(each.spec));
    EXPECT_EQ(with_config(pod_template, [](const ConfigRef& ref) { return ref.second; }),
              pod_template)
        << each.what;
  }
}

TEST(ClosureTest, AConfigMapAndASecretOfOneNameAreTwoThings) {
  const Tree pod_template =
      yaml("spec: {containers: [{envFrom: [{configMapRef: {name: a}}, {secretRef: {name: a}}]}]}");
  const Tree renamed = with_config(pod_template, [](const ConfigRef& ref) {
    return ref.first == ConfigKind::secret ? "b" : ref.second;
  });
  EXPECT_EQ(config_refs(renamed),
            (std::set<ConfigRef>{{ConfigKind::config_map, "a"}, {ConfigKind::secret, "b"}}));
}

}  // namespace
}  // namespace kai::edges
