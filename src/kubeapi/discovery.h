// Discovery: which plural and scope a kind has, for objects of a foreign manifest.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "kubeapi/client.h"

namespace kai::kubeapi {

class Discovery {
 public:
  explicit Discovery(Client& client) : client_(client) {}
  // `api_version`: "apps/v1" or "v1". Empty: the server has no such kind. One request per API
  // version, kept.
  void find(const std::string& api_version, const std::string& kind,
            Reply<std::optional<ResourceKind>> reply);

 private:
  Client& client_;
  std::map<std::pair<std::string, std::string>, ResourceKind> known_;  // (apiVersion, kind)
  std::map<std::string, bool> asked_;
};

}  // namespace kai::kubeapi
