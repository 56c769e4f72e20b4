// Lists, page by page.
#include <utility>

#include "codec/uri.h"
#include "kubeapi/client.h"
#include "kubeapi/client_call.h"

namespace kai::kubeapi {
namespace {

constexpr int restarts_max = 2;  // a list that changes faster than it can be read

}  // namespace

class Client::Pages : public std::enable_shared_from_this<Client::Pages> {
 public:
  Pages(std::shared_ptr<Core> core, ResourceKind kind, std::string name_space, ListOptions options,
        Reply<Listing> reply)
      : core_(std::move(core)),
        kind_(std::move(kind)),
        name_space_(std::move(name_space)),
        options_(std::move(options)),
        reply_(std::move(reply)) {}

  void next() {
    Call::Request request{.what = what(),
                          .path = path_of(kind_, name_space_) + query(),
                          .headers = {{"Accept", accept()}},
                          .urgent = options_.urgent};
    std::make_shared<Call>(core_, std::move(request),
                           [self = shared_from_this()](Result<net::HttpResponse> response) {
                             self->take(std::move(response));
                           })
        ->begin();
  }

 private:
  [[nodiscard]] std::string what() const {
    return "list " + kind_.plural + (name_space_.empty() ? "" : " in " + name_space_);
  }

  [[nodiscard]] std::string accept() const {
    return options_.metadata_only
               ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
               : "application/json";
  }

  [[nodiscard]] std::string query() const {
    std::string query = "?limit=" + std::to_string(list_page_items);
    if (!options_.label_selector.empty()) {
      query += "&labelSelector=" + codec::percent_encode(options_.label_selector);
    }
    if (!options_.field_selector.empty()) {
      query += "&fieldSelector=" + codec::percent_encode(options_.field_selector);
    }
    if (!continue_.empty()) query += "&continue=" + codec::percent_encode(continue_);
    return query;
  }

  void take(Result<net::HttpResponse> response) {
    if (!response) return reply_(std::unexpected(response.error()));
    if (response->status == 410) return restart();
    auto page = object_of(
        answer_from(*response, {.what = what(), .secret = may_hold_secrets(kind_)}), what());
    if (!page) return reply_(std::unexpected(page.error()));
    Tree* const items = page->get("items");
    if (items == nullptr || (items->as_list() == nullptr && !items->is_null())) {
      return reply_(fail(ErrorKind::malformed, what() + ": the answer has no items"));
    }
    if (items->as_list() != nullptr) {
      for (Tree& item : *items->as_list()) {
        if (item.as_map() == nullptr) {
          return reply_(fail(ErrorKind::malformed, what() + ": an item is no object"));
        }
        listing_.items.push_back(std::move(item));
      }
    }
    if (listing_.items.size() > list_items_max) {
      return reply_(fail(ErrorKind::rejected,
                         what() + ": more than " + std::to_string(list_items_max) + " objects"));
    }
    listing_.resource_version = page->text_or("/metadata/resourceVersion", "");
    continue_ = page->text_or("/metadata/continue", "");
    if (continue_.empty()) return reply_(std::move(listing_));
    if (++pages_ >= list_pages_max) {
      return reply_(fail(ErrorKind::malformed, what() + ": the list does not end"));
    }
    next();
  }

  void restart() {
    if (restarts_++ >= restarts_max) {
      return reply_(fail(ErrorKind::unavailable, what() + ": changes faster than it can be read"));
    }
    listing_ = {};
    continue_.clear();
    next();
  }

  std::shared_ptr<Core> core_;
  ResourceKind kind_;
  std::string name_space_;
  ListOptions options_;
  Reply<Listing> reply_;
  std::string continue_;
  int restarts_ = 0;
  std::size_t pages_ = 0;
  Listing listing_;
};

void Client::list(const ResourceKind& kind, const std::string& name_space,
                  const ListOptions& options, Reply<Listing> reply) {
  std::make_shared<Pages>(core_, kind, name_space, options, std::move(reply))->next();
}

}  // namespace kai::kubeapi
