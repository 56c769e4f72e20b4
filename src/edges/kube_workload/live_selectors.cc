#include "edges/kube_workload/live_selectors.h"

#include <array>
#include <memory>
#include <utility>

namespace kai::edges {
namespace {

namespace kinds = kubeapi::kinds;

const std::array<kubeapi::ResourceKind, 6>& looked_at() {
  static const std::array<kubeapi::ResourceKind, 6> all{kinds::service,
                                                        kinds::deployment,
                                                        kinds::stateful_set,
                                                        kinds::daemon_set,
                                                        kinds::pod_disruption_budget,
                                                        kinds::network_policy};
  return all;
}

class Fetch : public std::enable_shared_from_this<Fetch> {
 public:
  Fetch(kubeapi::Client& client, std::string name_space, Reply<LiveSelectors> reply)
      : client_(client), name_space_(std::move(name_space)), reply_(std::move(reply)) {}

  void next() {
    if (index_ == looked_at().size()) return reply_(std::move(live_));
    const kubeapi::ResourceKind& kind = looked_at()[index_++];
    client_.list(
        kind, name_space_, {},
        [self = shared_from_this(), &kind](Result<kubeapi::Listing> listing) {
          if (!listing) return self->reply_(std::unexpected(listing.error()));
          for (Tree& item : listing->items) {
            if (item.text_or("/metadata/labels/app.kubernetes.io~1managed-by", "") == "kai-canary")
              continue;
            item.set("kind", kind.kind);  // items of a list do not say it
            self->live_.objects.push_back(std::move(item));
          }
          self->next();
        });
  }

 private:
  kubeapi::Client& client_;
  std::string name_space_;
  Reply<LiveSelectors> reply_;
  LiveSelectors live_;
  std::size_t index_ = 0;
};

std::vector<std::string> keys_of(const Labels& labels) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : labels) keys.push_back(key);
  return keys;
}

// Keys whose value decides: those of matchLabels and of In.
std::vector<std::string> keys_of_selector(const Tree& selector) {
  std::vector<std::string> keys = keys_of(labels_at(selector, "/matchLabels"));
  const Tree::List* const expressions = selector.list_at("/matchExpressions");
  for (std::size_t i = 0; expressions != nullptr && i < expressions->size(); ++i) {
    if ((*expressions)[i].text_or("/operator", "") == "In")
      keys.push_back((*expressions)[i].text_or("/key", ""));
  }
  return keys;
}

}  // namespace

void fetch_live_selectors(kubeapi::Client& client, const std::string& name_space,
                          Reply<LiveSelectors> reply) {
  std::make_shared<Fetch>(client, name_space, std::move(reply))->next();
}

std::vector<CatchingSelector> catching(const LiveSelectors& live, const Labels& labels) {
  std::vector<CatchingSelector> caught;
  for (const Tree& object : live.objects) {
    const std::string kind = object.text_or("/kind", "");
    const std::string what = kind + " " + object.text_or("/metadata/name", "");
    if (kind == "Service") {
      const Labels selector = labels_at(object, "/spec/selector");
      if (matches(selector, labels)) caught.push_back({.what = what, .keys = keys_of(selector)});
      continue;
    }
    const Tree* const selector =
        object.at(kind == "NetworkPolicy" ? "/spec/podSelector" : "/spec/selector");
    if (selector == nullptr || !selector_matches(*selector, labels)) continue;
    std::vector<std::string> keys = keys_of_selector(*selector);
    // A budget or a policy for every pod is meant for every pod.
    const bool for_all = keys.empty() && (kind == "PodDisruptionBudget" || kind == "NetworkPolicy");
    const bool breakable = !keys.empty();
    caught.push_back({.what = what,
                      .keys = std::move(keys),
                      .breakable = breakable,
                      .must_keep = for_all || kind == "NetworkPolicy"});
  }
  return caught;
}

}  // namespace kai::edges
