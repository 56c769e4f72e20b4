#include "edges/kube_workload/discard.h"

#include <memory>
#include <utility>
#include <vector>

#include "edges/kube_workload/labels.h"
#include "edges/kube_workload/object_kind.h"

namespace kai::edges {
namespace {

class Discard : public std::enable_shared_from_this<Discard> {
 public:
  Discard(kubeapi::Client& client, std::string name_space, const std::string& rollout,
          Reply<bool> reply)
      : client_(client),
        name_space_(std::move(name_space)),
        selector_(std::string(label_rollout) + "=" + rollout),
        reply_(std::move(reply)) {}

  void next_kind() {
    const auto kinds = own_kinds();
    if (kind_ == kinds.size()) return look_for_pods();
    const kubeapi::ResourceKind kind = kinds[kind_++];
    // Metadata is enough to delete by, and no Secret's contents travel.
    client_.list(kind, name_space_, {.label_selector = selector_, .metadata_only = true},
                 [self = shared_from_this(), kind](Result<kubeapi::Listing> listing) {
                   if (!listing) return self->reply_(std::unexpected(listing.error()));
                   self->left_ += listing->items.size();
                   self->doomed_ = std::move(listing->items);
                   self->next_object(kind);
                 });
  }

 private:
  void next_object(const kubeapi::ResourceKind& kind) {
    if (doomed_.empty()) return next_kind();
    const Tree object = std::move(doomed_.back());
    doomed_.pop_back();
    const kubeapi::ResourceRef ref{kind, name_space_, object.text_or("/metadata/name", "")};
    client_.remove(ref, {.uid = object.text_or("/metadata/uid", "")},
                   [self = shared_from_this(), kind, ref](Result<kubeapi::Answer> answer) {
                     if (!answer) return self->reply_(std::unexpected(answer.error()));
                     if (answer->outcome == kubeapi::Answer::Outcome::refused) {
                       return self->reply_(fail(ErrorKind::rejected,
                                                "delete " + text_of(ref) + ": " + answer->message));
                     }
                     self->next_object(kind);
                   });
  }

  void look_for_pods() {
    client_.list(kubeapi::kinds::pod, name_space_,
                 {.label_selector = selector_, .metadata_only = true},
                 [self = shared_from_this()](Result<kubeapi::Listing> listing) {
                   if (!listing) return self->reply_(std::unexpected(listing.error()));
                   self->reply_(self->left_ == 0 && listing->items.empty());
                 });
  }

  kubeapi::Client& client_;
  std::string name_space_;
  std::string selector_;
  Reply<bool> reply_;
  std::size_t kind_ = 0;
  std::size_t left_ = 0;
  std::vector<Tree> doomed_;
};

}  // namespace

void discard_clones(kubeapi::Client& client, const std::string& name_space,
                    const std::string& rollout, Reply<bool> reply) {
  std::make_shared<Discard>(client, name_space, rollout, std::move(reply))->next_kind();
}

}  // namespace kai::edges
