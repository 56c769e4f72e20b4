// Discovery: which plural and scope a kind has, for objects of a foreign manifest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kubeapi/client.h"

namespace kai::kubeapi {

class Discovery {
 public:
  explicit Discovery(Client& client) : client_(client) {}
  // `api_version`: "apps/v1" or "v1". Empty: the server has no such kind. One request per API
  // version, whose kinds are kept; what was not there is asked for again, since a kind may be
  // installed meanwhile. The version asked for is never exchanged for another one. `rejected`:
  // no API version at all.
  void find(const std::string& api_version, const std::string& kind,
            Reply<std::optional<ResourceKind>> reply);

 private:
  using Known = std::map<std::pair<std::string, std::string>, ResourceKind>;  // (apiVersion, kind)

  Client& client_;
  std::shared_ptr<Known> known_ = std::make_shared<Known>();
};

}  // namespace kai::kubeapi
