#include "edges/kube_workload/fetch.h"

#include <memory>
#include <optional>
#include <utility>

namespace kai::edges {
namespace {

struct Gathering {
  Reply<Snapshot> reply;
  Snapshot snapshot;
  std::optional<Error> error;
  int missing = 4;

  void take(Result<kubeapi::Listing> listing, const std::function<void(Tree)>& put) {
    if (!listing && !error) error = listing.error();
    if (listing) {
      for (Tree& item : listing->items) put(std::move(item));
    }
    if (--missing > 0) return;
    if (error) return reply(std::unexpected(*error));
    reply(std::move(snapshot));
  }
};

}  // namespace

void fetch_snapshot(kubeapi::Client& client, const std::string& name_space, bool urgent,
                    Reply<Snapshot> reply) {
  auto all = std::make_shared<Gathering>(
      Gathering{.reply = std::move(reply), .snapshot = {}, .error = {}});
  const auto list = [&](const kubeapi::ResourceKind& kind, auto put) {
    client.list(kind, name_space, {.urgent = urgent}, [all, put](Result<kubeapi::Listing> listing) {
      all->take(std::move(listing), [all, put](Tree item) { put(all->snapshot, std::move(item)); });
    });
  };
  list(kubeapi::kinds::deployment, [](Snapshot& snapshot, Tree item) {
    const std::string name = item.text_or("/metadata/name", "");
    snapshot.deployments[name] = std::move(item);
  });
  list(kubeapi::kinds::replica_set,
       [](Snapshot& snapshot, Tree item) { snapshot.replica_sets.push_back(std::move(item)); });
  list(kubeapi::kinds::pod,
       [](Snapshot& snapshot, Tree item) { snapshot.pods.push_back(std::move(item)); });
  list(kubeapi::kinds::endpoint_slice,
       [](Snapshot& snapshot, Tree item) { snapshot.endpoint_slices.push_back(std::move(item)); });
}

}  // namespace kai::edges
