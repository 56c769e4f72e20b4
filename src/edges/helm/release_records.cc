#include "edges/helm/release_records.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "codec/quote.h"
#include "kubeapi/client.h"

namespace kai::edges {
namespace {

const kubeapi::ResourceKind& kind_of(RecordDriver driver) {
  switch (driver) {
    case RecordDriver::secret:
      return kubeapi::kinds::secret;
    case RecordDriver::configmap:
      return kubeapi::kinds::config_map;
  }
  return kubeapi::kinds::secret;
}

std::vector<RecordLabels> labels_of(const Tree::List& items) {
  std::vector<RecordLabels> labels;
  for (const Tree& item : items) {
    if (auto record = read_record_labels(item)) labels.push_back(std::move(*record));
  }
  std::ranges::sort(labels, [](const RecordLabels& a, const RecordLabels& b) {
    return std::tie(a.name_space, a.release, a.revision) <
           std::tie(b.name_space, b.release, b.revision);
  });
  return labels;
}

// Bodies one after the other: a record is up to 1 MiB, and the API server gives 20 answers a second
// at most.
class ReadAll : public std::enable_shared_from_this<ReadAll> {
 public:
  ReadAll(const ReleaseRecords& records, std::vector<RecordLabels> labels,
          Reply<std::vector<StoredRelease>> reply)
      : records_(records), labels_(std::move(labels)), reply_(std::move(reply)) {}

  void next() {
    if (index_ == labels_.size()) return reply_(std::move(releases_));
    records_.read(labels_[index_++], [self = shared_from_this()](Result<StoredRelease> release) {
      if (!release && release.error().kind != ErrorKind::no_data)
        return self->reply_(std::unexpected(release.error()));
      if (release) self->releases_.push_back(std::move(*release));
      self->next();
    });
  }

 private:
  ReleaseRecords records_;
  std::vector<RecordLabels> labels_;
  Reply<std::vector<StoredRelease>> reply_;
  std::size_t index_ = 0;
  std::vector<StoredRelease> releases_;
};

}  // namespace

Result<RecordDriver> parse_record_driver(std::string_view text) {
  if (text.empty() || text == "secret" || text == "secrets") return RecordDriver::secret;
  if (text == "configmap" || text == "configmaps") return RecordDriver::configmap;
  return fail(ErrorKind::rejected,
              "HELM_DRIVER=" + codec::quote(text) +
                  " keeps releases where they cannot be read from here; use secret or configmap");
}

void ReleaseRecords::list(const std::string& name_space, const std::string& release,
                          Reply<std::vector<RecordLabels>> reply) const {
  const std::string selector = release.empty() ? "owner=helm" : "owner=helm,name=" + release;
  api_->list(kind_of(driver_), name_space, {.label_selector = selector, .metadata_only = true},
             [reply = std::move(reply)](Result<kubeapi::Listing> listing) mutable {
               if (!listing)
                 return reply(std::unexpected(in_context("records of Helm", listing.error())));
               reply(labels_of(listing->items));
             });
}

void ReleaseRecords::read(const RecordLabels& record, Reply<StoredRelease> reply) const {
  const kubeapi::ResourceRef ref{
      .kind = kind_of(driver_), .name_space = record.name_space, .name = record.object};
  api_->get(ref, [ref, reply = std::move(reply)](Result<std::optional<Tree>> object) mutable {
    if (!object) return reply(std::unexpected(object.error()));
    if (!*object) return reply(fail(ErrorKind::no_data, kubeapi::text_of(ref) + " is gone"));
    reply(decode_release_object(**object));
  });
}

void ReleaseRecords::read_all(std::vector<RecordLabels> records,
                              Reply<std::vector<StoredRelease>> reply) const {
  if (records.size() > read_records_max)
    records.erase(records.begin(), records.end() - read_records_max);
  if (records.empty()) {
    // Still an answer of its own: never before this call returned.
    api_->timers().at(api_->steady().now(), [reply = std::move(reply)]() mutable {
      reply(std::vector<StoredRelease>{});
    });
    return;
  }
  std::make_shared<ReadAll>(*this, std::move(records), std::move(reply))->next();
}

void ReleaseRecords::history(const std::string& name_space, const std::string& release,
                             Reply<std::vector<StoredRelease>> reply) const {
  list(
      name_space, release,
      [records = *this, reply = std::move(reply)](Result<std::vector<RecordLabels>> found) mutable {
        if (!found) return reply(std::unexpected(found.error()));
        records.read_all(std::move(*found), std::move(reply));
      });
}

}  // namespace kai::edges
