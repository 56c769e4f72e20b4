// What Helm stores of one revision (Secret or ConfigMap sh.helm.release.v1.NAME.vN), read without
// Helm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"

namespace kai::edges {

// Helm's words, as it decides by them. The label of the object is only a hint.
enum class ReleaseStatus {
  unknown,
  deployed,
  uninstalled,
  superseded,
  failed,
  uninstalling,
  pending_install,
  pending_upgrade,
  pending_rollback,
};

[[nodiscard]] std::string_view name_of(
    ReleaseStatus status);  // as Helm spells it: "pending-upgrade"
// A word that Helm does not have is `unknown`: never good.
[[nodiscard]] ReleaseStatus parse_release_status(std::string_view word);
// An operation of Helm holds the release, or died holding it.
[[nodiscard]] bool is_pending(ReleaseStatus status);

struct StoredRelease {
  std::string name;
  std::string name_space;
  std::int64_t revision = 0;  // above zero
  ReleaseStatus status = ReleaseStatus::unknown;
  std::string description;    // foreign text
  std::string last_deployed;  // as stored, RFC 3339; may be empty
  std::string chart_name;
  std::string chart_version;
  std::string app_version;
  std::string apply_method;  // "ssa", "csa" or empty (Helm 3)
  std::string manifest;
  bool has_hooks = false;
};

inline constexpr std::size_t stored_release_bytes_max = std::size_t{64}
                                                        << 20U;  // after decompression

// `encoded` is what Helm wrote: base64 of gzip of JSON; JSON without gzip is read too. malformed:
// any layer is broken or too large, or name, version or info.status is missing.
[[nodiscard]] Result<StoredRelease> decode_stored_release(std::string_view encoded);
// The same for a whole Secret (data is base64 once more) or ConfigMap as the API server gives it.
[[nodiscard]] Result<StoredRelease> decode_release_object(const Tree& object);

// Revision of an object by its labels (`owner=helm`, `version`); empty when it is no record of
// Helm.
struct RecordLabels {
  std::string release;
  std::string name_space;
  std::int64_t revision = 0;
  ReleaseStatus status = ReleaseStatus::unknown;  // a hint: Helm itself goes by the payload
  std::string object;                             // metadata.name

  friend bool operator==(const RecordLabels&, const RecordLabels&) = default;
};
[[nodiscard]] std::optional<RecordLabels> read_record_labels(const Tree& object);

// A revision that may have been good: deployed or superseded, no failed upgrade or rollback, and
// nobody went back from it to an older one. `superseded` alone does not mean that it ever was.
[[nodiscard]] bool may_be_good(const StoredRelease& release,
                               const std::vector<StoredRelease>& history);
// Newest one that may be good below `below`, in any order of `releases`; null when there is none.
[[nodiscard]] const StoredRelease* newest_good(const std::vector<StoredRelease>& releases,
                                               std::int64_t below);
// Where a rollback on failure would land: Helm takes the newest record that is deployed or
// superseded.
[[nodiscard]] const StoredRelease* helm_rollback_target(const std::vector<StoredRelease>& releases);

}  // namespace kai::edges
