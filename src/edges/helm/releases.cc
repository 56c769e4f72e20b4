#include "edges/helm/releases.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "codec/quote.h"
#include "edges/helm/manifest.h"
#include "edges/helm/release_findings.h"

namespace kai::edges {
namespace {

std::string chart_of(const StoredRelease& release) {
  if (release.chart_version.empty()) return codec::printable(release.chart_name);
  return codec::printable(release.chart_name + "-" + release.chart_version);
}

ReleaseRow row_of(const RecordLabels& labels) {
  return {.name = codec::printable(labels.release),
          .name_space = codec::printable(labels.name_space),
          .revision = labels.revision,
          .status = std::string(name_of(labels.status))};
}

bool is_of(const StoredRelease& release, const RecordLabels& labels) {
  return release.name == labels.release && release.revision == labels.revision &&
         (release.name_space.empty() || release.name_space == labels.name_space);
}

std::vector<ReleaseRow> rows_of(const std::vector<RecordLabels>& labels,
                                const std::vector<StoredRelease>& bodies) {
  std::vector<ReleaseRow> rows;
  for (const RecordLabels& record : labels) {
    const auto body = std::ranges::find_if(
        bodies, [&](const StoredRelease& release) { return is_of(release, record); });
    rows.push_back(body == bodies.end() ? row_of(record) : row_of(*body));
  }
  return rows;
}

std::string described(const std::string& name_space, const std::string& release) {
  return "release " + codec::quote(release) + " in namespace " + codec::quote(name_space);
}

Result<std::vector<Tree>> objects_of(const StoredRelease& release, const std::string& name_space) {
  auto documents = parse_manifest(release.manifest, name_space);
  if (!documents) {
    return std::unexpected(
        in_context("stored manifest of the deployed revision", documents.error()));
  }
  std::vector<Tree> objects;
  for (Document& document : *documents) objects.push_back(std::move(document.object));
  return objects;
}

void run_rollback(const Helm& helm, const RollbackCall& call, Reply<Releases::Rollback> reply) {
  // Killed half-way it would leave the release pending, so it never is.
  os::ProcessSpec spec{.argv = rollback_argv(call),
                       .environment = helm.environment,
                       .timeout = 2 * call.timeout + std::chrono::seconds(5),
                       .kill_after = Duration::zero(),
                       .outlives_us = true};
  helm.process.start(std::move(spec),
                     [call, reply = std::move(reply)](Result<os::ProcessResult> result) mutable {
                       if (!result) return reply(std::unexpected(result.error()));
                       Releases::Rollback rollback{.revision = call.revision, .trouble = {}};
                       auto output = helm_output(*result);
                       if (!output) rollback.trouble = std::move(output.error());
                       reply(std::move(rollback));
                     });
}

}  // namespace

std::vector<RecordLabels> newest_of_each(std::vector<RecordLabels> records) {
  std::ranges::sort(records, [](const RecordLabels& a, const RecordLabels& b) {
    return std::tie(a.name_space, a.release, b.revision) <
           std::tie(b.name_space, b.release, a.revision);
  });
  const auto same = [](const RecordLabels& a, const RecordLabels& b) {
    return a.name_space == b.name_space && a.release == b.release;
  };
  records.erase(std::ranges::unique(records, same).begin(), records.end());
  return records;
}

ReleaseRow row_of(const StoredRelease& release) {
  return {.name = codec::printable(release.name),
          .name_space = codec::printable(release.name_space),
          .revision = release.revision,
          .updated = codec::printable(release.last_deployed),
          .status = std::string(name_of(release.status)),
          .chart = chart_of(release),
          .app_version = codec::printable(release.app_version)};
}

std::vector<VersionRow> version_rows(const std::vector<StoredRelease>& history) {
  std::vector<VersionRow> rows;
  for (const StoredRelease& release : history) {
    rows.push_back({.revision = release.revision,
                    .updated = codec::printable(release.last_deployed),
                    .status = std::string(name_of(release.status)),
                    .chart = chart_of(release),
                    .app_version = codec::printable(release.app_version),
                    .description = codec::printable(release.description),
                    .may_be_good = may_be_good(release, history)});
  }
  return rows;
}

Result<std::int64_t> rollback_revision(const std::vector<StoredRelease>& history,
                                       std::optional<std::int64_t> wanted, bool forced) {
  if (history.empty()) return fail(ErrorKind::rejected, "there is no such release");
  if (!wanted) {
    const StoredRelease* const good = newest_good(history, history.back().revision);
    if (good != nullptr) return good->revision;
    return fail(ErrorKind::rejected, "no revision before " +
                                         std::to_string(history.back().revision) +
                                         " was good; name one, as --list-versions shows them");
  }
  const auto found = std::ranges::find(history, *wanted, &StoredRelease::revision);
  if (found == history.end()) {
    return fail(ErrorKind::rejected, "there is no revision " + std::to_string(*wanted) +
                                         "; kept are " + std::to_string(history.front().revision) +
                                         " to " + std::to_string(history.back().revision));
  }
  if (forced || may_be_good(*found, history)) return *wanted;
  return fail(ErrorKind::rejected, "revision " + std::to_string(*wanted) + " is " +
                                       std::string(name_of(found->status)) + ": " +
                                       codec::quote(found->description) +
                                       ", and was not good; --force goes back to it all the same");
}

void Releases::list(const std::string& name_space, Reply<std::vector<ReleaseRow>> reply) const {
  records_.list(name_space, "",
                [records = records_,
                 reply = std::move(reply)](Result<std::vector<RecordLabels>> found) mutable {
                  if (!found) return reply(std::unexpected(found.error()));
                  std::vector<RecordLabels> labels = newest_of_each(std::move(*found));
                  std::vector<RecordLabels> shown = labels;
                  if (shown.size() > listed_bodies_max) shown.resize(listed_bodies_max);
                  records.read_all(std::move(shown),
                                   [labels = std::move(labels), reply = std::move(reply)](
                                       Result<std::vector<StoredRelease>> bodies) mutable {
                                     if (!bodies) return reply(std::unexpected(bodies.error()));
                                     reply(rows_of(labels, *bodies));
                                   });
                });
}

void Releases::versions(const std::string& name_space, const std::string& release,
                        Reply<std::vector<VersionRow>> reply) const {
  const std::string what = described(name_space, release);
  records_.history(
      name_space, release,
      [what, reply = std::move(reply)](Result<std::vector<StoredRelease>> history) mutable {
        if (!history) return reply(std::unexpected(history.error()));
        if (history->empty()) return reply(fail(ErrorKind::no_data, "there is no " + what));
        reply(version_rows(*history));
      });
}

void Releases::stable_objects(const std::string& name_space, const std::string& release,
                              Reply<std::vector<Tree>> reply) const {
  const std::string what = described(name_space, release);
  records_.history(name_space, release,
                   [what, name_space,
                    reply = std::move(reply)](Result<std::vector<StoredRelease>> history) mutable {
                     if (!history) return reply(std::unexpected(history.error()));
                     if (history->empty())
                       return reply(fail(ErrorKind::no_data, "there is no " + what));
                     const StoredRelease* const deployed = deployed_revision(*history);
                     if (deployed == nullptr)
                       return reply(fail(ErrorKind::no_data, what + " has no deployed revision"));
                     reply(objects_of(*deployed, name_space));
                   });
}

void Releases::rollback(RollbackWish wish, Reply<Rollback> reply) const {
  records_.history(wish.target.name_space, wish.target.release,
                   [helm = helm_, wish,
                    reply = std::move(reply)](Result<std::vector<StoredRelease>> history) mutable {
                     if (!history) return reply(std::unexpected(history.error()));
                     const auto revision = rollback_revision(*history, wish.revision, wish.forced);
                     if (!revision) return reply(std::unexpected(revision.error()));
                     detect_helm(helm, [helm, wish, revision = *revision, reply = std::move(reply)](
                                           Result<HelmVersion> version) mutable {
                       if (!version) return reply(std::unexpected(version.error()));
                       run_rollback(helm,
                                    {.binary = helm.binary,
                                     .helm = *version,
                                     .target = wish.target,
                                     .revision = revision,
                                     .timeout = wish.timeout},
                                    std::move(reply));
                     });
                   });
}

}  // namespace kai::edges
