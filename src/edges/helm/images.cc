#include "edges/helm/images.h"

#include <algorithm>
#include <optional>

#include "codec/json.h"

namespace kai::edges {
namespace {

constexpr std::string_view template_pointer = "/spec/template";

void add_images(const Tree& object, std::string_view pointer, std::vector<std::string>& images) {
  const Tree::List* const containers = object.list_at(pointer);
  if (containers == nullptr) return;
  for (const Tree& container : *containers) {
    if (const std::string* const image = container.text_at("/image")) images.push_back(*image);
  }
}

// Empty selectors select nothing here: a Service without one has its endpoints from somebody else.
bool selects(const Tree& service, const Tree& workload) {
  const Tree::Map* const selector = service.map_at("/spec/selector");
  const Tree* const labels = workload.at("/spec/template/metadata/labels");
  if (selector == nullptr || selector->empty() || labels == nullptr) return false;
  return std::ranges::all_of(*selector, [&](const Tree::Entry& entry) {
    const Tree* const value = labels->get(entry.first);
    return value != nullptr && *value == entry.second;
  });
}

bool same_template(const ports::ObjectChange& change) {
  const Tree* const before = change.stable.at(template_pointer);
  const Tree* const after = change.candidate.at(template_pointer);
  return before != nullptr && after != nullptr && *before == *after;
}

bool template_changed(const ports::ObjectChange& change) {
  using Kind = ports::ObjectChange::Kind;
  const bool there = change.kind == Kind::changed || change.kind == Kind::added;
  return there && is_workload(key_of(change.candidate, "")) && !same_template(change);
}

bool is_behind(const core::CriticalService& service, const Document& workload,
               const std::vector<Document>& documents) {
  if (workload.key.name == service.name) return true;
  return std::ranges::any_of(documents, [&](const Document& document) {
    return document.key.group.empty() && document.key.kind == "Service" &&
           document.key.name == service.name && selects(document.object, workload.object);
  });
}

}  // namespace

ImageReference parse_image(std::string_view image) {
  ImageReference reference;
  if (const std::size_t at = image.find('@'); at != std::string_view::npos) {
    reference.digest = image.substr(at + 1);
    image = image.substr(0, at);
  }
  // A colon before the last slash belongs to the port of the registry.
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.rfind(':');
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (tagged) reference.tag = image.substr(colon + 1);
  reference.repository = tagged ? image.substr(0, colon) : image;
  return reference;
}

bool is_workload(const ObjectKey& key) {
  return key.group == "apps" &&
         (key.kind == "Deployment" || key.kind == "StatefulSet" || key.kind == "DaemonSet");
}

std::vector<WorkloadImages> images_of(const std::vector<Document>& documents) {
  std::vector<WorkloadImages> found;
  for (const Document& document : documents) {
    if (!is_workload(document.key)) continue;
    WorkloadImages workload{.key = document.key};
    add_images(document.object, "/spec/template/spec/initContainers", workload.images);
    add_images(document.object, "/spec/template/spec/containers", workload.images);
    found.push_back(std::move(workload));
  }
  return found;
}

bool carries(const WorkloadImages& workload, std::string_view tag) {
  return std::ranges::any_of(workload.images, [&](const std::string& image) {
    const ImageReference reference = parse_image(image);
    return reference.tag == tag || (!reference.digest.empty() && reference.digest == tag);
  });
}

std::vector<ObjectKey> selected_workloads(const core::Plan& plan,
                                          const std::vector<Document>& candidate,
                                          const std::vector<ports::ObjectChange>& changes,
                                          std::string_view release_name_space) {
  std::vector<ObjectKey> keys;
  for (const Document& document : candidate) {
    if (!is_workload(document.key)) continue;
    const bool named =
        std::ranges::any_of(plan.services, [&](const core::CriticalService& service) {
          return is_behind(service, document, candidate);
        });
    if (named) keys.push_back(document.key);
  }
  const bool automatic = plan.services_auto || (plan.services_by_default && keys.empty());
  if (!automatic) return keys;
  keys.clear();
  for (const ports::ObjectChange& change : changes) {
    if (template_changed(change)) keys.push_back(key_of(change.candidate, release_name_space));
  }
  return keys;
}

bool can_be_canaried(const ports::ObjectChange& change, const std::vector<Document>& candidate) {
  using Kind = ports::ObjectChange::Kind;
  const bool there = change.kind == Kind::changed || change.kind == Kind::added;
  if (!there) return false;
  if (template_changed(change)) return true;
  const ObjectKey key = key_of(change.candidate, "");
  const bool config = key.group.empty() && (key.kind == "ConfigMap" || key.kind == "Secret");
  if (!config) return false;
  // Any mention counts: which fields may name a ConfigMap is decided by the workload edge.
  const std::string mention = codec::write_json(Tree(key.name));
  return std::ranges::any_of(candidate, [&](const Document& document) {
    const Tree* const pods =
        is_workload(document.key) ? document.object.at(template_pointer) : nullptr;
    return pods != nullptr && codec::write_json(*pods).find(mention) != std::string::npos;
  });
}

}  // namespace kai::edges
