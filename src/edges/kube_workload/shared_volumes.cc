#include "edges/kube_workload/shared_volumes.h"

#include <algorithm>
#include <string_view>

namespace kai::edges {
namespace {

bool holds(const Tree* list, const std::string& field, const std::string& value) {
  if (list == nullptr || list->as_list() == nullptr) return false;
  return std::ranges::any_of(
      *list->as_list(), [&](const Tree& item) { return item.text_or("/" + field, "") == value; });
}

bool is_written(const Tree& container, const std::string& volume) {
  if (holds(container.get("volumeDevices"), "name", volume)) return true;  // never read-only
  const Tree::List* const mounts = container.list_at("/volumeMounts");
  if (mounts == nullptr) return false;
  return std::ranges::any_of(*mounts, [&](const Tree& mount) {
    return mount.text_or("/name", "") == volume && !mount.bool_at("/readOnly").value_or(false);
  });
}

bool is_written_by_any(const Tree& pod_template, const std::string& volume) {
  for (const std::string_view list : {"/spec/initContainers", "/spec/containers"}) {
    const Tree::List* const containers = pod_template.list_at(list);
    if (containers == nullptr) continue;
    for (const Tree& container : *containers) {
      if (is_written(container, volume)) return true;
    }
  }
  return false;
}

bool has_only_mode(const Tree& claim, std::string_view mode) {
  const Tree::List* const modes = claim.list_at("/spec/accessModes");
  if (modes == nullptr || modes->empty()) return false;
  return std::ranges::all_of(*modes, [&](const Tree& each) {
    return each.as_text() != nullptr && *each.as_text() == mode;
  });
}

}  // namespace

std::vector<ClaimUse> claims_of(const Tree& pod_template) {
  std::vector<ClaimUse> uses;
  const Tree::List* const volumes = pod_template.list_at("/spec/volumes");
  if (volumes == nullptr) return uses;
  for (const Tree& volume : *volumes) {
    const Tree* const source = volume.get("persistentVolumeClaim");
    if (source == nullptr) continue;
    const std::string claim = source->text_or("/claimName", "");
    const bool writable = !source->bool_at("/readOnly").value_or(false) &&
                          is_written_by_any(pod_template, volume.text_or("/name", ""));
    const auto known = std::ranges::find(uses, claim, &ClaimUse::claim);
    if (known == uses.end()) {
      uses.push_back({.claim = claim, .writable = writable});
    } else {
      known->writable |= writable;
    }
  }
  return uses;
}

std::optional<std::string> why_not_shared(const ClaimUse& use, const Tree& claim) {
  if (has_only_mode(claim, "ReadWriteOncePod")) return "only one pod at a time may mount it";
  if (!use.writable || has_only_mode(claim, "ReadOnlyMany")) return std::nullopt;
  return "two versions would write to it at the same time, and no rollback mends what one of them "
         "wrote";
}

}  // namespace kai::edges
