#include "edges/kube_workload/snapshot.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace kai::edges {
namespace {

bool is_owned_by(const Tree& object, const std::string& uid) {
  const Tree::List* const owners = object.list_at("/metadata/ownerReferences");
  if (owners == nullptr || uid.empty()) return false;
  return std::ranges::any_of(*owners,
                             [&](const Tree& owner) { return owner.text_or("/uid", "") == uid; });
}

std::int64_t revision_of(const Tree& replica_set) {
  const std::string text =
      replica_set.text_or("/metadata/annotations/deployment.kubernetes.io~1revision", "0");
  std::int64_t revision = 0;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

}  // namespace

std::vector<const Tree*> pods_of(const Snapshot& snapshot, const Tree& deployment,
                                 bool newest_only) {
  const std::string uid = deployment.text_or("/metadata/uid", "");
  std::vector<const Tree*> sets;
  for (const Tree& set : snapshot.replica_sets) {
    if (is_owned_by(set, uid)) sets.push_back(&set);
  }
  if (newest_only && !sets.empty()) {
    sets = {*std::ranges::max_element(sets, {}, [](const Tree* set) { return revision_of(*set); })};
  }
  std::vector<const Tree*> pods;
  for (const Tree& pod : snapshot.pods) {
    const bool ours = std::ranges::any_of(
        sets, [&](const Tree* set) { return is_owned_by(pod, set->text_or("/metadata/uid", "")); });
    if (ours) pods.push_back(&pod);
  }
  return pods;
}

std::set<std::string> ready_addresses(const Tree& slice) {
  std::set<std::string> addresses;
  const Tree::List* const endpoints = slice.list_at("/endpoints");
  if (endpoints == nullptr) return addresses;
  for (const Tree& endpoint : *endpoints) {
    const bool ready =
        endpoint.bool_at("/conditions/ready").value_or(true);  // absent means ready, by the API
    const bool leaving = endpoint.bool_at("/conditions/terminating").value_or(false);
    const std::string address = endpoint.text_or("/addresses/0", "");
    if (ready && !leaving && !address.empty()) addresses.insert(address);
  }
  return addresses;
}

std::uint32_t ready_endpoints(const Snapshot& snapshot, const std::string& service) {
  std::set<std::string> addresses;
  for (const Tree& slice : snapshot.endpoint_slices) {
    if (slice.text_or("/metadata/labels/kubernetes.io~1service-name", "") == service)
      addresses.merge(ready_addresses(slice));
  }
  return static_cast<std::uint32_t>(addresses.size());
}

}  // namespace kai::edges
