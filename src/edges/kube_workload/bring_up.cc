#include "edges/kube_workload/bring_up.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/clone.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/labels.h"
#include "edges/kube_workload/object_kind.h"
#include "edges/kube_workload/sizing.h"

namespace kai::edges {
namespace {

class BringUp : public std::enable_shared_from_this<BringUp> {
 public:
  BringUp(kubeapi::Client& client, WorkloadData data, core::Weight size, core::Stamp stamp,
          Reply<Unit> reply)
      : client_(client),
        data_(std::move(data)),
        size_(size),
        stamp_(std::move(stamp)),
        reply_(std::move(reply)) {}

  void begin() {
    fetch_snapshot(client_, data_.name_space, /*urgent=*/false,
                   [self = shared_from_this()](Result<Snapshot> snapshot) {
                     if (!snapshot) return self->reply_(std::unexpected(snapshot.error()));
                     self->snapshot_ = std::move(*snapshot);
                     self->next();
                   });
  }

 private:
  void next() {
    if (index_ == data_.objects.size()) return reply_(Unit{});
    Tree object = data_.objects[index_++];
    mark(object, stamp_.rollout, format_stamp(stamp_));
    const std::string name = object.text_or("/metadata/name", "");
    if (object.text_or("/kind", "") == "Deployment") give_size(object, name);
    const kubeapi::ResourceRef ref{own_kind(object.text_or("/kind", "")), data_.name_space, name};
    const kubeapi::WriteOptions options{
        .field_manager = "kai-canary", .strict = true, .force = true};
    client_.patch(ref, kubeapi::PatchKind::apply, codec::write_json(object), options,
                  [self = shared_from_this(), ref](Result<kubeapi::Answer> answer) {
                    const auto made = kubeapi::object_of(std::move(answer), text_of(ref));
                    if (!made) return self->reply_(std::unexpected(made.error()));
                    self->next();
                  });
  }

  void give_size(Tree& object, const std::string& name) const {
    const auto live = snapshot_.deployments.find(name);
    const core::Weight before =
        live == snapshot_.deployments.end() ? core::Weight::zero() : sized_for(live->second);
    object.set_at("/spec/replicas", replicas_for(name));
    object.get("metadata")
        ->get("annotations")
        ->set(mark_sized_for, std::to_string(std::max(before, size_).hundredths()));
  }

  [[nodiscard]] std::int64_t replicas_for(const std::string& canary_workload) const {
    const auto service =
        std::ranges::find(data_.services, canary_workload, &ServiceArm::canary_workload);
    const std::uint32_t stable =
        service == data_.services.end() ? 1 : stable_ready_pods(snapshot_, service->workload);
    const std::int64_t wanted = canary_pods_for(size_, stable, data_.fixed_pods);
    const auto live = snapshot_.deployments.find(canary_workload);
    if (live == snapshot_.deployments.end()) return wanted;
    return std::max(wanted, live->second.int_at("/spec/replicas").value_or(0));
  }

  kubeapi::Client& client_;
  WorkloadData data_;
  core::Weight size_;
  core::Stamp stamp_;
  Reply<Unit> reply_;
  Snapshot snapshot_;
  std::size_t index_ = 0;
};

}  // namespace

void bring_up_clones(kubeapi::Client& client, WorkloadData data, core::Weight size,
                     const core::Stamp& stamp, Reply<Unit> reply) {
  std::make_shared<BringUp>(client, std::move(data), size, stamp, std::move(reply))->begin();
}

}  // namespace kai::edges
