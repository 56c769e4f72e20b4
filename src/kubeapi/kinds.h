// Kinds of Kubernetes objects and where they live below the API server's root.
#pragma once

#include <string>
#include <string_view>

#include "base/tree.h"

namespace kai::kubeapi {

struct ResourceKind {
  std::string group;  // empty: the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  friend bool operator==(const ResourceKind&, const ResourceKind&) = default;
};

struct ResourceRef {
  ResourceKind kind;
  std::string name_space;  // ignored unless the kind is namespaced
  std::string name;
};

namespace kinds {
inline const ResourceKind pod{"", "v1", "pods", "Pod", true};
inline const ResourceKind service{"", "v1", "services", "Service", true};
inline const ResourceKind config_map{"", "v1", "configmaps", "ConfigMap", true};
inline const ResourceKind secret{"", "v1", "secrets", "Secret", true};
inline const ResourceKind service_account{"", "v1", "serviceaccounts", "ServiceAccount", true};
inline const ResourceKind persistent_volume_claim{"", "v1", "persistentvolumeclaims",
                                                  "PersistentVolumeClaim", true};
inline const ResourceKind core_event{"", "v1", "events", "Event", true};
inline const ResourceKind deployment{"apps", "v1", "deployments", "Deployment", true};
inline const ResourceKind replica_set{"apps", "v1", "replicasets", "ReplicaSet", true};
inline const ResourceKind stateful_set{"apps", "v1", "statefulsets", "StatefulSet", true};
inline const ResourceKind daemon_set{"apps", "v1", "daemonsets", "DaemonSet", true};
inline const ResourceKind endpoint_slice{"discovery.k8s.io", "v1", "endpointslices",
                                         "EndpointSlice", true};
inline const ResourceKind lease{"coordination.k8s.io", "v1", "leases", "Lease", true};
inline const ResourceKind event{"events.k8s.io", "v1", "events", "Event", true};
inline const ResourceKind http_route{"gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute",
                                     true};
inline const ResourceKind gateway{"gateway.networking.k8s.io", "v1", "gateways", "Gateway", true};
inline const ResourceKind reference_grant{"gateway.networking.k8s.io", "v1beta1", "referencegrants",
                                          "ReferenceGrant", true};
inline const ResourceKind horizontal_pod_autoscaler{"autoscaling", "v2", "horizontalpodautoscalers",
                                                    "HorizontalPodAutoscaler", true};
inline const ResourceKind pod_disruption_budget{"policy", "v1", "poddisruptionbudgets",
                                                "PodDisruptionBudget", true};
inline const ResourceKind network_policy{"networking.k8s.io", "v1", "networkpolicies",
                                         "NetworkPolicy", true};
inline const ResourceKind self_subject_access_review{
    "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false};
}  // namespace kinds

// What a server says about objects of this kind may quote a secret.
[[nodiscard]] bool may_hold_secrets(const ResourceKind& kind);
// "v1" or "apps/v1".
[[nodiscard]] std::string api_version_of(const ResourceKind& kind);
// "/api/v1/namespaces/shop/pods"; without a namespace: of all namespaces.
[[nodiscard]] std::string path_of(const ResourceKind& kind, std::string_view name_space);
[[nodiscard]] std::string path_of(const ResourceRef& ref);
// "Deployment shop/api-server", for messages.
[[nodiscard]] std::string text_of(const ResourceRef& ref);

}  // namespace kai::kubeapi
