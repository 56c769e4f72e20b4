// What is listed of releases and of the versions of one: rows for people, from any platform.
#pragma once

#include <cstdint>
#include <string>

namespace kai::ports {

// NAME NAMESPACE REVISION UPDATED STATUS CHART APP-VERSION; texts are printable.
struct ReleaseRow {
  std::string name;
  std::string name_space;
  std::int64_t revision = 0;
  std::string updated;  // RFC 3339; empty when unknown
  std::string status;
  std::string chart;        // "kai-0.1.0"; empty when unknown or where there is none
  std::string app_version;  // ... or the tag

  friend bool operator==(const ReleaseRow&, const ReleaseRow&) = default;
};

struct VersionRow {
  std::int64_t revision = 0;
  std::string updated;
  std::string status;
  std::string chart;
  std::string app_version;
  std::string description;
  bool may_be_good = false;  // a bare rollback could land here

  friend bool operator==(const VersionRow&, const VersionRow&) = default;
};

}  // namespace kai::ports
