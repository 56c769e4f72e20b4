#include "edges/kube_workload/bring_up.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/clone.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/labels.h"
#include "edges/kube_workload/object_kind.h"
#include "edges/kube_workload/sizing.h"

namespace kai::edges {
namespace {

constexpr std::string_view deployment_kind = "Deployment";

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
    for (const Tree& object : data_.objects) kinds_.insert(object.text_or("/kind", ""));
    kinds_.erase(std::string(deployment_kind));
    fetch_snapshot(client_, data_.name_space, /*urgent=*/false,
                   [self = shared_from_this()](Result<Snapshot> snapshot) {
                     if (!snapshot) return self->reply_(std::unexpected(snapshot.error()));
                     self->snapshot_ = std::move(*snapshot);
                     self->look_at_next_kind();
                   });
  }

 private:
  // What is there already of the kinds that the snapshot has not.
  void look_at_next_kind() {
    if (kinds_.empty()) return next();
    const std::string kind = *kinds_.begin();
    kinds_.erase(kinds_.begin());
    const std::string selector = std::string(label_rollout) + "=" + stamp_.rollout;
    client_.list(own_kind(kind), data_.name_space,
                 {.label_selector = selector, .metadata_only = true},
                 [self = shared_from_this(), kind](Result<kubeapi::Listing> listing) {
                   if (!listing) return self->reply_(std::unexpected(listing.error()));
                   for (Tree& item : listing->items) {
                     const std::string name = item.text_or("/metadata/name", "");
                     self->others_[{kind, name}] = std::move(item);
                   }
                   self->look_at_next_kind();
                 });
  }

  void next() {
    while (index_ < data_.objects.size() && is_as_wanted(data_.objects[index_])) ++index_;
    if (index_ == data_.objects.size()) return reply_(Unit{});
    Tree object = data_.objects[index_++];
    mark(object, stamp_.rollout, format_stamp(stamp_));
    const std::string name = object.text_or("/metadata/name", "");
    const std::string kind = object.text_or("/kind", "");
    if (kind == deployment_kind) give_size(object, name);
    const kubeapi::ResourceRef ref{own_kind(kind), data_.name_space, name};
    const kubeapi::WriteOptions options{
        .field_manager = "kai-canary", .strict = true, .force = true};
    client_.patch(ref, kubeapi::PatchKind::apply, codec::write_json(object), options,
                  [self = shared_from_this(), ref](Result<kubeapi::Answer> answer) {
                    auto made = kubeapi::object_of(std::move(answer), text_of(ref));
                    if (made) return self->next();
                    if (made.error().kind == ErrorKind::rejected)
                      made.error().message = "the API server refused " + made.error().message;
                    self->reply_(std::unexpected(std::move(made.error())));
                  });
  }

  // Written by this owner of this rollout, from the same plan, and big enough: a further write
  // would change nothing but its stamp. What an earlier owner wrote is written again, so that no
  // late write of its own can land on it unseen.
  [[nodiscard]] bool is_as_wanted(const Tree& object) const {
    const std::string kind = object.text_or("/kind", "");
    const std::string name = object.text_or("/metadata/name", "");
    if (kind != deployment_kind) {
      const auto there = others_.find({kind, name});
      return there != others_.end() && is_of_this_owner(there->second);
    }
    const auto live = snapshot_.deployments.find(name);
    return live != snapshot_.deployments.end() && is_of_this_owner(live->second) &&
           live->second.int_at("/spec/replicas").value_or(0) >= replicas_for(name) &&
           sized_for(live->second) >= size_;
  }

  [[nodiscard]] bool is_of_this_owner(const Tree& live) const {
    const Labels marks = labels_at(live, "/metadata/annotations");
    const auto found = marks.find(std::string(mark_stamp));
    const auto stamp = found == marks.end() ? std::nullopt : core::parse_stamp(found->second);
    return stamp && stamp->rollout == stamp_.rollout && stamp->epoch == stamp_.epoch;
  }

  void give_size(Tree& object, const std::string& name) const {
    const auto live = snapshot_.deployments.find(name);
    const core::Weight before =
        live == snapshot_.deployments.end() ? core::Weight::zero() : sized_for(live->second);
    const std::int64_t replicas = replicas_for(name);
    const core::Weight covered =
        covered_by(static_cast<std::uint32_t>(replicas), stable_pods(name), data_.fixed_pods);
    object.set_at("/spec/replicas", replicas);
    object.get("metadata")
        ->get("annotations")
        ->set(mark_sized_for, std::to_string(std::max({before, size_, covered}).hundredths()));
  }

  [[nodiscard]] std::uint32_t stable_pods(const std::string& canary_workload) const {
    const auto service =
        std::ranges::find(data_.services, canary_workload, &ServiceArm::canary_workload);
    return service == data_.services.end() ? 1 : stable_ready_pods(snapshot_, service->workload);
  }

  // Never fewer than there are.
  [[nodiscard]] std::int64_t replicas_for(const std::string& canary_workload) const {
    const std::int64_t wanted =
        canary_pods_for(size_, stable_pods(canary_workload), data_.fixed_pods);
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
  std::set<std::string> kinds_;                                 // still to be looked at
  std::map<std::pair<std::string, std::string>, Tree> others_;  // by kind and name: metadata
  std::size_t index_ = 0;
};

}  // namespace

void bring_up_clones(kubeapi::Client& client, WorkloadData data, core::Weight size,
                     const core::Stamp& stamp, Reply<Unit> reply) {
  std::make_shared<BringUp>(client, std::move(data), size, stamp, std::move(reply))->begin();
}

}  // namespace kai::edges
