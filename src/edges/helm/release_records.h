// Reading Helm's records through the API server, without Helm: cheap lists first, bodies only for
// what is looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/reply.h"
#include "edges/helm/stored_release.h"

namespace kai::kubeapi {
class Client;
}  // namespace kai::kubeapi

namespace kai::edges {

// Where Helm keeps its records (HELM_DRIVER).
enum class RecordDriver { secret, configmap };
// Of the variable's value; empty means secret. rejected: "sql" and "memory" cannot be read from
// here.
[[nodiscard]] Result<RecordDriver> parse_record_driver(std::string_view text);

inline constexpr std::size_t read_records_max =
    256;  // bodies per question; Helm keeps 10 of a release by default

class ReleaseRecords {
 public:
  // `api` outlives this and every answer.
  ReleaseRecords(kubeapi::Client& api, RecordDriver driver) : api_(&api), driver_(driver) {}

  // Labels of the records, oldest revision first within a release. An empty namespace means all of
  // them, an empty release every one. An empty list is an answer, not an error.
  void list(const std::string& name_space, const std::string& release,
            Reply<std::vector<RecordLabels>> reply) const;
  // no_data: the record is gone.
  void read(const RecordLabels& record, Reply<StoredRelease> reply) const;
  // Bodies in the order of `records`, at most `read_records_max` (the last ones); records that are
  // gone meanwhile are left out.
  void read_all(std::vector<RecordLabels> records, Reply<std::vector<StoredRelease>> reply) const;
  // All bodies of one release, oldest first; empty when there is none.
  void history(const std::string& name_space, const std::string& release,
               Reply<std::vector<StoredRelease>> reply) const;

 private:
  kubeapi::Client* api_;
  RecordDriver driver_;
};

}  // namespace kai::edges
