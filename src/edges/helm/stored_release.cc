#include "edges/helm/stored_release.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "codec/number.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::array<std::pair<ReleaseStatus, std::string_view>, 9> words = {{
    {ReleaseStatus::unknown, "unknown"},
    {ReleaseStatus::deployed, "deployed"},
    {ReleaseStatus::uninstalled, "uninstalled"},
    {ReleaseStatus::superseded, "superseded"},
    {ReleaseStatus::failed, "failed"},
    {ReleaseStatus::uninstalling, "uninstalling"},
    {ReleaseStatus::pending_install, "pending-install"},
    {ReleaseStatus::pending_upgrade, "pending-upgrade"},
    {ReleaseStatus::pending_rollback, "pending-rollback"},
}};

constexpr std::string_view gzip_magic = "\x1f\x8b\x08";

// Base64 adds a third, and nothing that Kubernetes stores is longer than this.
constexpr std::size_t encoded_bytes_max = std::size_t{16} << 20U;

Result<StoredRelease> read_payload(const Tree& payload) {
  StoredRelease release;
  const std::string* const name = payload.text_at("/name");
  const std::optional<std::int64_t> revision = payload.int_at("/version");
  const std::string* const status = payload.text_at("/info/status");
  if (name == nullptr || !revision || *revision < 1 || status == nullptr) {
    return fail(ErrorKind::malformed, "name, version or info.status is missing");
  }
  const Tree* const hooks = payload.get("hooks");
  release.name = *name;
  release.name_space = payload.text_or("/namespace", "");
  release.revision = *revision;
  release.status = parse_release_status(*status);
  release.description = payload.text_or("/info/description", "");
  release.last_deployed = payload.text_or("/info/last_deployed", "");
  release.chart_name = payload.text_or("/chart/metadata/name", "");
  release.chart_version = payload.text_or("/chart/metadata/version", "");
  release.app_version = payload.text_or("/chart/metadata/appVersion", "");
  release.apply_method = payload.text_or("/apply_method", "");
  release.manifest = payload.text_or("/manifest", "");
  release.has_hooks = hooks != nullptr && hooks->as_list() != nullptr && !hooks->as_list()->empty();
  return release;
}

Result<StoredRelease> decode(std::string_view encoded) {
  if (encoded.size() > encoded_bytes_max) return fail(ErrorKind::malformed, "too long");
  Result<std::string> bytes = codec::base64_decode_lines(encoded);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->starts_with(gzip_magic)) {
    bytes = codec::inflate(*bytes, stored_release_bytes_max);
    if (!bytes) return std::unexpected(bytes.error());
  }
  const Result<Tree> payload = codec::parse_json(*bytes);
  if (!payload) return std::unexpected(payload.error());
  return read_payload(*payload);
}

bool failed_by_description(std::string_view description) {
  const bool operation = description.starts_with("Upgrade \"") ||
                         description.starts_with("Rollback \"") ||
                         description.starts_with("Release \"");
  return operation && description.find("\" failed") != std::string_view::npos;
}

// N of a settled "Rollback to N".
std::optional<std::int64_t> rollback_target(const StoredRelease& release) {
  constexpr std::string_view prefix = "Rollback to ";
  const bool settled =
      release.status == ReleaseStatus::deployed || release.status == ReleaseStatus::superseded;
  if (!settled || !release.description.starts_with(prefix)) return std::nullopt;
  const auto revision =
      codec::parse_uint(std::string_view(release.description).substr(prefix.size()),
                        std::numeric_limits<std::int32_t>::max());
  if (!revision) return std::nullopt;
  return static_cast<std::int64_t>(*revision);
}

}  // namespace

std::string_view name_of(ReleaseStatus status) {
  for (const auto& [value, word] : words) {
    if (value == status) return word;
  }
  return "unknown";
}

ReleaseStatus parse_release_status(std::string_view word) {
  for (const auto& [value, known] : words) {
    if (known == word) return value;
  }
  return ReleaseStatus::unknown;
}

bool is_pending(ReleaseStatus status) {
  switch (status) {
    case ReleaseStatus::pending_install:
    case ReleaseStatus::pending_upgrade:
    case ReleaseStatus::pending_rollback:
    case ReleaseStatus::uninstalling:
      return true;
    case ReleaseStatus::unknown:
    case ReleaseStatus::deployed:
    case ReleaseStatus::uninstalled:
    case ReleaseStatus::superseded:
    case ReleaseStatus::failed:
      return false;
  }
  return false;
}

Result<StoredRelease> decode_stored_release(std::string_view encoded) {
  return in_context("record of Helm", decode(encoded));
}

Result<StoredRelease> decode_release_object(const Tree& object) {
  const std::string where = "record of Helm " + codec::quote(object.text_or("/metadata/name", "?"));
  const std::string* const text = object.text_at("/data/release");
  if (text == nullptr) return fail(ErrorKind::malformed, where + " has no data.release");
  if (object.text_or("/kind", "Secret") == "ConfigMap") return in_context(where, decode(*text));
  if (text->size() > encoded_bytes_max) return fail(ErrorKind::malformed, where + " is too long");
  const Result<std::string> once = codec::base64_decode_lines(*text);
  if (!once) return std::unexpected(in_context(where, once.error()));
  return in_context(where, decode(*once));
}

std::optional<RecordLabels> read_record_labels(const Tree& object) {
  const std::string* const owner = object.text_at("/metadata/labels/owner");
  const std::string* const release = object.text_at("/metadata/labels/name");
  const std::string* const version = object.text_at("/metadata/labels/version");
  const std::string* const name = object.text_at("/metadata/name");
  if (owner == nullptr || *owner != "helm" || release == nullptr || version == nullptr ||
      name == nullptr)
    return {};
  const auto revision = codec::parse_uint(*version, std::numeric_limits<std::int32_t>::max());
  if (!revision || *revision == 0) return {};
  return RecordLabels{.release = *release,
                      .name_space = object.text_or("/metadata/namespace", ""),
                      .revision = static_cast<std::int64_t>(*revision),
                      .status = parse_release_status(object.text_or("/metadata/labels/status", "")),
                      .object = *name};
}

bool may_be_good(const StoredRelease& release, const std::vector<StoredRelease>& history) {
  const bool settled =
      release.status == ReleaseStatus::deployed || release.status == ReleaseStatus::superseded;
  if (!settled || failed_by_description(release.description)) return false;
  return std::ranges::none_of(history, [&](const StoredRelease& later) {
    const auto back_to = rollback_target(later);
    return back_to && *back_to < release.revision && release.revision < later.revision;
  });
}

const StoredRelease* newest_good(const std::vector<StoredRelease>& releases, std::int64_t below) {
  const StoredRelease* newest = nullptr;
  for (const StoredRelease& release : releases) {
    if (release.revision >= below || !may_be_good(release, releases)) continue;
    if (newest == nullptr || release.revision > newest->revision) newest = &release;
  }
  return newest;
}

const StoredRelease* helm_rollback_target(const std::vector<StoredRelease>& releases) {
  const StoredRelease* newest = nullptr;
  for (const StoredRelease& release : releases) {
    const bool taken =
        release.status == ReleaseStatus::deployed || release.status == ReleaseStatus::superseded;
    if (taken && (newest == nullptr || release.revision > newest->revision)) newest = &release;
  }
  return newest;
}

}  // namespace kai::edges
